"""Words that judge and worker share. Standard library only."""

from enum import Enum


class Start(Enum):
    """How waiting for the service ended."""

    READY = "ready"
    ENDED = "ended"
    """The program came to its end first."""
    SILENT = "silent"
    """Nothing accepts a connection on the port."""
    UNANSWERED = "unanswered"
    """Connections are accepted, but no request is answered in time."""
    NOT_HTTP = "not_http"
    NOT_LOADED = "not_loaded"
    """The module with the candidate's functions cannot be imported."""
    NOT_PROTOCOL = "not_protocol"
    """The connection over which the functions are called was broken before the first call."""

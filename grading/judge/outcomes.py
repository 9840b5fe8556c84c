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

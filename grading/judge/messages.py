"""From an exception to one short text that a candidate may read, and one long text for staff.

Of a hidden test the candidate reads only what its author wrote for them, and what the judge says by itself. A
comparison that pytest took apart holds the expected value, and an error's text may hold what a hidden request
asked for: a program could choose its errors so as to learn the hidden inputs from them.
"""

import json
import sys
from typing import Any, TypeGuard

import pytest

from .memory import TOO_MUCH, is_shortage
from .raised import RemoteError
from .timer import TestTimeoutError

MESSAGE_CHARACTERS = 500
DETAIL_CHARACTERS = 8 * 1024
NO_MESSAGE = "An assertion of the test does not hold."


def public_message(error: BaseException, *, seconds: float, hidden: bool) -> str:
    """What went wrong, without a traceback. An assertion's own message; failing that, and only if the test is
    not `hidden`, the first line of what pytest saw.
    """
    return shorten(_text(error, seconds, hidden).strip(), MESSAGE_CHARACTERS)


def shorten(text: str, characters: int) -> str:
    """The beginning and, if it is long enough to matter, the end."""
    if len(text) <= characters:
        return text
    tail = characters // 4 if characters > 1000 else 0
    return text[: characters - tail - 5] + " ... " + (text[-tail:] if tail else "")


def _text(error: BaseException, seconds: float, hidden: bool) -> str:
    if is_shortage(error):
        return TOO_MUCH
    match error:
        case TestTimeoutError():
            return f"The test did not finish within {seconds:g} s."
        case RemoteError():
            text = "" if hidden else _first_line(str(error))
            return f"Your code raised {error.remote_name}{': ' if text else ''}{text}"
        case AssertionError():
            return _assertion(str(error), hidden)
        case pytest.fail.Exception() | pytest.skip.Exception():
            return str(error)
        case json.JSONDecodeError():
            return f"The answer is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        case UnicodeDecodeError():
            return "The answer is not valid UTF-8."
    if _is_transport_error(error):
        return str(error)
    kind, text = _kind(error)
    return kind if hidden or not text else f"{kind}: {text}"


def _kind(error: BaseException) -> tuple[str, str]:
    """What it is, which tells nothing of the values, and the first line of its text."""
    if type(error).__module__.split(".")[0] == "psycopg":
        return f"PostgreSQL: {type(error).__name__}", _first_line(str(error))
    if _is_grpc_status(error):
        return f"gRPC: {error.code().name}", _first_line(error.details() or "")
    return type(error).__name__, _first_line(str(error))


def _is_transport_error(error: BaseException) -> bool:
    """Told without importing httpx: only a service is spoken to with it."""
    httpx = sys.modules.get("httpx")
    return httpx is not None and isinstance(error, httpx.TransportError)


def _is_grpc_status(error: Any) -> TypeGuard[Any]:
    """Told without importing grpc, which few suites need and which takes long."""
    grpc = sys.modules.get("grpc")
    return grpc is not None and isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call)


def _assertion(text: str, hidden: bool) -> str:
    """An author's message comes before what pytest appends in a line that begins with 'assert'."""
    message, found, _ = text.partition("\nassert ")
    if found:
        return message
    if hidden and text.startswith("assert "):
        return NO_MESSAGE
    return _first_line(text) or NO_MESSAGE


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]

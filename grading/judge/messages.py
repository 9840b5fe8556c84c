"""From an exception to one short text that a candidate may read, and one long text for staff.

Of a hidden test the candidate reads only sentences of ours, the same whatever the program did, and what the
author wrote literally (`literal`). Every word that a program could choose, be it the name of a class, a
number, a status or the place of a mistake, could tell it what a hidden test asked: a program is handed in
again and again. The values stay in the text for staff.
"""

import json
import sys
from pathlib import Path
from typing import Any, TypeGuard

import pytest

from . import literal
from .asked import UnaskedError
from .comparison import DifferentError
from .failing import Told
from .memory import TOO_MUCH, is_shortage
from .raised import is_theirs, name_of
from .timer import TestTimeoutError

MESSAGE_CHARACTERS = 500
DETAIL_CHARACTERS = 8 * 1024
NO_MESSAGE = "An assertion of the test does not hold."
NOT_AS_ASKED = "Your program did not do what the test asks."
NOT_RUN = "The test was not run."
UNEXPECTED = "The test could not be carried through with what your program did."
_TRANSPORT = (
    ("ConnectError", "Your service accepts no connection."),
    ("TimeoutException", "Your service did not answer in time."),
    ("ReadError", "An answer of your service is larger than it may be, or wrongly compressed."),
    ("RemoteProtocolError", "Your service did not give a whole answer in valid HTTP."),
)


def public_message(error: BaseException, *, seconds: float, hidden: bool, tests: Path) -> str:
    """What went wrong, without a traceback. `tests` is the folder of all that the author wrote."""
    text = _hidden_text(error, seconds, tests) if hidden else _text(error, seconds)
    return shorten(text.strip(), MESSAGE_CHARACTERS)


def shorten(text: str, characters: int) -> str:
    """The beginning and, if it is long enough to matter, the end."""
    if len(text) <= characters:
        return text
    tail = characters // 4 if characters > 1000 else 0
    return text[: characters - tail - 5] + " ... " + (text[-tail:] if tail else "")


def _hidden_text(error: BaseException, seconds: float, tests: Path) -> str:
    if is_theirs(error):
        return "Your code raised an exception."
    if (sentence := _limit(error, seconds)) is not None:
        return sentence
    match error:
        case Told() | UnaskedError():
            return str(error)
        case json.JSONDecodeError():
            return "The answer is not valid JSON."
        case UnicodeDecodeError():
            return "The answer is not valid UTF-8."
        case AssertionError() | pytest.fail.Exception() | pytest.skip.Exception():
            return literal.told(error, tests) or _fallback(error)
    if _is_transport_error(error):
        names = {kind.__name__ for kind in type(error).__mro__}
        return next((text for name, text in _TRANSPORT if name in names), "A request to your service failed.")
    return UNEXPECTED


def _fallback(error: BaseException) -> str:
    if isinstance(error, pytest.skip.Exception):
        return NOT_RUN
    return NO_MESSAGE if isinstance(error, AssertionError) else NOT_AS_ASKED


def _limit(error: BaseException, seconds: float) -> str | None:
    if is_shortage(error):
        return TOO_MUCH
    return f"The test did not finish within {seconds:g} s." if isinstance(error, TestTimeoutError) else None


def _text(error: BaseException, seconds: float) -> str:
    if is_theirs(error):
        text = _first_line(str(error))
        return f"Your code raised {name_of(error)}{': ' if text else ''}{text}"
    if (sentence := _limit(error, seconds)) is not None:
        return sentence
    match error:
        case DifferentError():
            return f"{error.message} {error.differences[0]}".strip()
        case UnaskedError():
            return str(error)
        case AssertionError():
            return _assertion(str(error))
        case pytest.fail.Exception() | pytest.skip.Exception():
            return str(error)
        case json.JSONDecodeError():
            return f"The answer is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        case UnicodeDecodeError():
            return "The answer is not valid UTF-8."
    if _is_transport_error(error):
        return str(error)
    kind, text = _kind(error)
    return f"{kind}: {text}" if text else kind


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


def _assertion(text: str) -> str:
    """An author's message comes before what pytest appends in a line that begins with 'assert'."""
    message, found, _ = text.partition("\nassert ")
    return message if found else _first_line(text) or NO_MESSAGE


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]

"""From an exception to one short text that a candidate may read, and one long text for staff."""

import json
import sys
from typing import Any, TypeGuard

import httpx
import pytest

from .timer import TestTimeoutError

MESSAGE_CHARACTERS = 500
DETAIL_CHARACTERS = 8 * 1024


def public_message(error: BaseException, *, seconds: float) -> str:
    """What went wrong, without a traceback. An assertion's own message; failing that, the first line of what
    pytest saw.
    """
    return shorten(_text(error, seconds).strip(), MESSAGE_CHARACTERS)


def shorten(text: str, characters: int) -> str:
    """The beginning and, if it is long enough to matter, the end."""
    if len(text) <= characters:
        return text
    tail = characters // 4 if characters > 1000 else 0
    return text[: characters - tail - 5] + " ... " + (text[-tail:] if tail else "")


def _text(error: BaseException, seconds: float) -> str:
    match error:
        case TestTimeoutError():
            return f"The test did not finish within {seconds:g} s."
        case AssertionError():
            return _assertion(str(error))
        case pytest.fail.Exception() | httpx.TransportError():
            return str(error)
        case json.JSONDecodeError():
            return f"The answer is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        case UnicodeDecodeError():
            return "The answer is not valid UTF-8."
    if type(error).__module__.split(".")[0] == "psycopg":
        return f"PostgreSQL: {_first_line(str(error))}"
    if _is_grpc_status(error):
        return f"gRPC: {error.code().name}: {_first_line(error.details() or '')}"
    return f"{type(error).__name__}: {_first_line(str(error))}"


def _is_grpc_status(error: Any) -> TypeGuard[Any]:
    """Told without importing grpc, which few suites need and which takes long."""
    grpc = sys.modules.get("grpc")
    return grpc is not None and isinstance(error, grpc.RpcError) and isinstance(error, grpc.Call)


def _assertion(text: str) -> str:
    """An author's message comes before what pytest appends in a line that begins with 'assert'."""
    message, found, _ = text.partition("\nassert ")
    if found:
        return message
    return _first_line(text) or "An assertion of the test does not hold."


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]

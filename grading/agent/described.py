"""A candidate's exceptions as they travel; see `PROTOCOL.md`."""

import builtins
from collections.abc import Callable
from typing import Any

from . import wire

MESSAGE_CHARACTERS = 500
NAMES = 20
CAUSES = 5
_NAMED = ("name", "obj", "code", "errno", "strerror", "filename", "value")
"""What built-in exceptions keep beside their arguments."""

Encode = Callable[[Any], Any]


def described(error: BaseException, encode: Encode, keep: Callable[[BaseException], int]) -> dict[str, Any]:
    """`keep`: gives a handle for an exception of a candidate's class, whose attributes may be asked for."""
    names = [kind.__name__ for kind in type(error).__mro__ if kind is not object]
    is_exact = vars(builtins).get(names[0]) is type(error)
    told: dict[str, Any] = {"type": names[0], "names": names[:NAMES], "message": _message(error)}
    told["exact"] = is_exact
    told["args"] = _travelling(_arguments(error, is_exact), encode)
    if is_exact:
        told["attributes"] = _attributes({name: getattr(error, name, None) for name in _NAMED}, encode)
    else:
        told["handle"] = keep(error)
        told["attributes"] = _attributes(vars(error), encode)
    cause, level = error.__cause__, 0
    inner = told
    while isinstance(cause, BaseException) and level < CAUSES:
        inner["cause"] = _cause(cause, encode)
        inner, cause, level = inner["cause"], cause.__cause__, level + 1
    return told


def _cause(error: BaseException, encode: Encode) -> dict[str, Any]:
    names = [kind.__name__ for kind in type(error).__mro__ if kind is not object]
    is_exact = vars(builtins).get(names[0]) is type(error)
    args = _travelling(_arguments(error, is_exact), encode)
    told = {"type": names[0], "names": names[:NAMES], "message": _message(error)}
    return {**told, "exact": is_exact, "args": args}


def _message(error: BaseException) -> str:
    try:
        message = str(error)
    except BaseException:  # noqa: BLE001 - a __str__ of theirs.
        message = ""
    return message[:MESSAGE_CHARACTERS].encode(errors="replace").decode()


def _arguments(error: BaseException, is_exact: bool) -> Any:
    """As it was made: an OSError leaves the name of its file out of `args`."""
    if is_exact and isinstance(error, OSError):
        made = error.__reduce__()
        return made[1] if isinstance(made, tuple) else error.args
    return error.args


def _travelling(args: Any, encode: Encode) -> list[Any] | None:
    try:
        return [encode(item) for item in args]
    except (wire.WireError, TypeError):
        return None


def _attributes(found: dict[str, Any], encode: Encode) -> dict[str, Any]:
    told = {}
    for name, value in found.items():
        if value is not None and not name.startswith("_"):
            try:
                told[name] = encode(value)
            except wire.WireError:
                continue
    return told

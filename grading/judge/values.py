"""Named tuples of the candidate's, as values: what they are equal to is decided here."""

from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

FIELDS = 200
KINDS = 64
"""So many classes are kept when nothing is of them any more: a program may make up one for each answer."""


class NamedValue(tuple[Any, ...]):
    """Equal to a tuple of the same items. `__touchstone__` is its stand-in, if it has methods of its own."""

    __touchstone__: Any = None
    _fields: tuple[str, ...] = ()

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def _replace(self, **changes: Any) -> "NamedValue":
        return named(type(self).__name__, self._fields, list({**self._asdict(), **changes}.values()))

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"{type(self).__name__}({inner})"

    def __getattr__(self, name: str) -> Any:
        if self.__touchstone__ is None or name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.__touchstone__, name)


def named(name: str, fields: Sequence[str], items: Sequence[Any], stand_in: Any = None) -> NamedValue:
    """Raises ValueError for names that are none."""
    if len(fields) != len(items) or len(fields) > FIELDS:
        raise ValueError(fields)
    value = _kind(name, tuple(fields))(items)
    if stand_in is not None:
        vars(value)["__touchstone__"] = stand_in
    return value


@lru_cache(maxsize=KINDS)
def _kind(name: str, fields: tuple[str, ...]) -> type[NamedValue]:
    if not all(isinstance(one, str) and one.isidentifier() and not one.startswith("_") for one in fields):
        raise ValueError(fields)
    properties: dict[str, Any] = {field: property(itemgetter(at)) for at, field in enumerate(fields)}
    return type(name, (NamedValue,), {**properties, "_fields": fields})

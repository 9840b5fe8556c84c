"""What a test passes to the candidate's code, as it goes over the wire."""

import copy
from collections.abc import Callable
from typing import Any, cast

from ..agent import builtin, wire
from . import names, values
from .framing import Message
from .passed import Passed
from .remote import Remote
from .standin import StandIn

Owner = StandIn | None

_LISTED: tuple[type, ...] = (
    type(iter(range(0))),
    type(iter([])),
    type(reversed([])),
    type(iter(())),
    type(iter("")),
)
"""Iterators that nobody can see used: their items are sent."""
_BASES = (int, float, str, bytes, list, tuple, dict, set, frozenset)


class Arguments:
    """Those of one module's calls."""

    def __init__(self, remote: Remote, passed: Passed, keep: Callable[[StandIn, str], StandIn]) -> None:
        """`keep` gives an object's method as an object."""
        self._remote, self._passed, self._keep = remote, passed, keep

    def encode(self, value: Any) -> Any:
        """Raises WireError for what cannot be passed."""
        return wire.encode(value, self._refer)

    def _refer(self, value: Any, encode: wire.Nested) -> Message:
        if isinstance(value, StandIn):
            return {"$": "object", "v": self.handle(value)}
        if type(value) is names.Name:
            return {"$": "name", "v": names.name_of(value)}
        if isinstance(value, names.Method):
            return self._refer_to_method(value)
        if isinstance(value, values.NamedValue):
            parts = [encode(item) for item in value]
            return {"$": "named", "v": [type(value).__name__, list(value._fields), parts, None]}
        if name := builtin.reference(value):
            return {"$": "builtin", "v": name}
        for kind in _BASES:
            if isinstance(value, kind):
                return cast(Message, self._refer_to_subclass(value, kind, encode))
        if type(value) in _LISTED:
            return {"$": "listed", "v": [encode(item) for item in copy.copy(value)]}
        if told := self._passed.tell(value):
            return told
        raise wire.WireError(f"of type {type(value).__name__} cannot be passed to the candidate's code")

    def _refer_to_method(self, value: names.Method) -> Message:
        _, owner, name = value.__touchstone__
        if owner is None:
            return {"$": "name", "v": name}
        if value.__kept__ is None:
            value.__kept__ = self._keep(owner, name)
        return {"$": "object", "v": self.handle(value.__kept__)}

    def _refer_to_subclass(self, value: Any, kind: type, encode: wire.Nested) -> Any:
        fields = getattr(value, "_fields", None)
        if kind is tuple and fields is not None:
            inner = [encode(item) for item in value]
            return {"$": "named", "v": [type(value).__name__, list(fields), inner, None]}
        encoded: Message = encode(kind(value))
        return encoded

    def handle(self, owner: Owner) -> int | None:
        if owner is None:
            return None
        state = owner.__touchstone__
        if state.number != self._remote.number:
            raise RuntimeError("an object of the candidate's lives only in the test that made it")
        return state.handle

"""`==`, `!=` and `hash` of objects of the candidate's, decided here wherever they can be."""

from collections.abc import Callable
from typing import Any

from ..agent import wire
from . import asked
from .asked import Level
from .exchange import Exchange
from .standin import StandIn


class Equality:
    """Of one module's objects."""

    def __init__(self, exchange: Exchange, operate: Callable[..., Any]) -> None:
        """`operate` asks for an operator of theirs, if it may be asked for."""
        self._exchange, self._operate = exchange, operate

    def equal(self, one: StandIn, other: object) -> Any:
        """`==`, decided here wherever it can be."""
        state = one.__touchstone__
        if isinstance(other, StandIn):
            return self._equal_objects(one, other)
        if state.member:
            return state.member[2] and state.member[1] == other
        if other is None:
            return False
        return self._compare("eq", one, other)

    def unequal(self, one: StandIn, other: object) -> Any:
        """`!=`."""
        state = one.__touchstone__
        if isinstance(other, StandIn):
            others = other.__touchstone__
            is_theirs = not (state.member and others.member)
            is_theirs = is_theirs and max(state.level, others.level) >= Level.DERIVED
        else:
            is_theirs = other is not None and not state.member
        return self._compare("ne", one, other) if is_theirs else not self.equal(one, other)

    def hash(self, one: StandIn) -> int:
        """Theirs, where their class was imported."""
        state = one.__touchstone__
        if state.member:
            return hash(state.member[1] if state.member[2] else (state.kind, state.member[0]))
        if state.level >= Level.HELD or (self._exchange.answers.is_decoding and state.is_known):
            found = self._exchange.operator("hash", one)
            return hash(found) if isinstance(found, int) else self._exchange.senseless()
        if self._exchange.answers.is_decoding:
            return hash((state.number, state.handle))
        return self._exchange.fail(asked.UNASKED)

    def _compare(self, operation: str, one: StandIn, other: object) -> Any:
        if one.__touchstone__.level >= Level.ASKED and not isinstance(other, StandIn):
            try:
                self._exchange.encoded(other)
            except wire.WireError:
                return NotImplemented
        return self._operate(operation, one, other)

    def _equal_objects(self, one: StandIn, other: StandIn) -> Any:
        state, others = one.__touchstone__, other.__touchstone__
        if state.member and others.member:
            if state.member[2] and others.member[2]:
                return state.member[1] == others.member[1]
            return (state.kind, state.member[0]) == (others.kind, others.member[0])
        if max(state.level, others.level) < Level.DERIVED and state.claims == others.claims == "data":
            return state.kind == others.kind and self._fields(one) == self._fields(other)
        return self._operate("eq", one, other)

    def _fields(self, one: StandIn) -> list[Any]:
        answer = self._exchange.ask(op="fields", target=self._exchange.handle(one))
        found = answer.get("fields")
        if not isinstance(found, list):
            self._exchange.senseless()
        return [self._exchange.decode(item) for item in found]

"""Going through an object of the candidate's: of what was asked for as often as the test likes, else once."""

from collections.abc import Iterator
from typing import Any, cast

from . import asked
from .asked import Level
from .exchange import Exchange
from .standin import StandIn

ITEMS = 1_000_000
"""Of one iteration."""
AHEAD, AHEAD_OF = 500, 50
"""At most so many items are asked for ahead, one for each so many that were used."""


class Stream:
    """The one iteration over an object that was not asked for."""

    __slots__ = ("_items", "has_ended")

    def __init__(self, items: Iterator[Any]) -> None:
        self._items, self.has_ended = items, False

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> Any:
        try:
            return next(self._items)
        except StopIteration:
            self.has_ended = True
            raise


class Iteration:
    """Over one module's objects."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def iterate(self, owner: Any) -> Iterator[Any]:
        """Of what was asked for a new iterator, of anything else the only one that there will be."""
        if not isinstance(owner, StandIn):
            return self._items(self._iterator_of(owner), ahead=True)
        state = owner.__touchstone__
        if state.level >= Level.DERIVED:
            if state.is_iterator:
                return self._items(owner)
            return self._items(self._iterator_of(owner), ahead=True)
        if state.stream is not None and state.stream.has_ended:
            self._exchange.fail(asked.ENDED)
        return self.stream(owner)

    def stream(self, owner: StandIn) -> Iterator[Any]:
        """What `next` takes from."""
        state = owner.__touchstone__
        if state.level >= Level.DERIVED:
            return self._items(owner)
        if state.stream is None:
            of_it = owner if state.is_iterator else self._iterator_of(owner)
            state.stream = Stream(self._items(of_it, ahead=True))
        return cast(Iterator[Any], state.stream)

    def _iterator_of(self, owner: Any) -> StandIn:
        found = self._exchange.operator("iter", owner)
        return found if isinstance(found, StandIn) else self._exchange.senseless()

    def _items(self, owner: StandIn, *, ahead: bool = False) -> Iterator[Any]:
        """`ahead`: of a long iteration the next few, as nobody else asks this iterator."""
        seen = 0
        while seen < ITEMS:
            count = 1 + min(seen // AHEAD_OF, AHEAD) if ahead else 1
            answer = self._exchange.ask(op="next", target=self._exchange.handle(owner), count=count)
            items = answer.get("items")
            if not isinstance(items, list) or len(items) > count:
                self._exchange.answers.value(answer)
                self._exchange.senseless()
            if not items:
                return
            for item in items:
                yield self._exchange.decode(item)
            seen += len(items)
        self._exchange.fail(f"Your code returned an iterator that had not ended after {ITEMS} items.")

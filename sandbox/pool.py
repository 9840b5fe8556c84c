"""Things made ahead and used once: whoever takes one does not wait for its making.

The things are anything that can be told apart by a hashable key, costs memory and may break while it waits:
in Touchstone, pods whose judge and services are ready. They are made in a thread of the pool's own, one at a
time, most wanted first.

Demand decides how many. A key weighs as much as it was taken lately, each time counting half after every
`HALF_LIFE_SECONDS`, and one more while it is expected. Its n-th thing is worth weight / n: a key that is
wanted twice as often gets twice as many, and one that nobody wants decays to nothing. The thing that is worth
most is made next while memory lasts; one that is worth much less makes room for it.

Those who use things come first. While anyone is `using` the pool, making waits for a pause, though not for
ever. A maker that fails is left alone for a while, longer each time, and nobody waits for it.
"""

import contextlib
import logging
import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

HALF_LIFE_SECONDS = 600.0
WORTH_MAKING = 0.75
WORTH_KEEPING = 0.25
"""Below what is worth making, so that nothing is made and removed by turns."""
MOST_PER_KEY = 4
PATIENCE_SECONDS = 2.0
"""How long making waits for a pause of those who use the pool."""
UPKEEP_SECONDS = 1.0
"""How often the things that wait are looked after."""
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 300.0
"""After a failure to make a thing: doubled each time."""

Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing")


@dataclass(frozen=True, kw_only=True)
class Maker(Generic[Key, Thing]):
    """How things are made and discarded. `make` and `discard` may take long and may raise anything."""

    make: Callable[[Key], Thing]
    discard: Callable[[Thing], None]
    """Called once for each thing that is not given away."""
    is_fit: Callable[[Thing], bool]
    """Whether a thing that waits can still be used. Quick; called often."""
    memory_bytes: Callable[[Key], int]
    """What a thing of that key takes while it waits."""


@dataclass
class _Demand:
    weight: float = 0.0
    at: float = 0.0

    def weighs(self, now: float) -> float:
        return self.weight * math.exp2((self.at - now) / HALF_LIFE_SECONDS)

    def add(self, now: float) -> None:
        self.weight, self.at = self.weighs(now) + 1.0, now


@dataclass
class _Failures:
    count: int = 0
    until: float = 0.0

    def add(self, now: float) -> None:
        pause = min(FIRST_PAUSE_SECONDS * 2**self.count, LONGEST_PAUSE_SECONDS)
        self.count, self.until = self.count + 1, now + pause


@dataclass(frozen=True)
class _Waiting(Generic[Thing]):
    thing: Thing
    made: float


class Pool(Generic[Key, Thing]):
    """Thread-safe. `clock` counts seconds. Nothing is made before `start`, unless `tend` is called."""

    def __init__(
        self,
        maker: Maker[Key, Thing],
        *,
        memory_bytes: int,
        max_age_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`memory_bytes` bounds all that waits together; what is older than `max_age_seconds` is replaced."""
        self._maker, self._clock = maker, clock
        self._memory_bytes, self._max_age_seconds = memory_bytes, max_age_seconds
        self._changed = threading.Condition()
        self._waiting: defaultdict[Key, list[_Waiting[Thing]]] = defaultdict(list)
        self._demand: defaultdict[Key, _Demand] = defaultdict(_Demand)
        self._failures: defaultdict[Key, _Failures] = defaultdict(_Failures)
        self._expected: frozenset[Key] = frozenset()
        self._doomed: list[Thing] = []
        self._users = 0
        self._held_since: float | None = None
        self._nudged = self._closed = False
        self._thread = threading.Thread(target=self._keep_tending, name="pool", daemon=True)

    def start(self) -> None:
        """Begin to make things in the background. May be called once."""
        self._thread.start()

    def take(self, key: Key) -> Thing | None:
        """Give away a fit thing, the oldest first; None at once if there is none. Counts as demand."""
        now = self._clock()
        with self._changed:
            self._demand[key].add(now)
            self._nudge()
            while self._waiting[key]:
                found = self._waiting[key].pop(0)
                if now - found.made <= self._max_age_seconds and self._maker.is_fit(found.thing):
                    return found.thing
                self._doomed.append(found.thing)
        return None

    def expect(self, keys: Iterable[Key]) -> None:
        """What is likely to be taken soon, in place of what was expected before."""
        with self._changed:
            self._expected = frozenset(keys)
            self._nudge()

    @contextlib.contextmanager
    def using(self) -> Iterator[None]:
        """Around the use of a thing, taken from here or made elsewhere: making waits for a pause."""
        with self._changed:
            self._users += 1
        try:
            yield
        finally:
            with self._changed:
                self._users -= 1
                self._nudge()

    def waiting(self) -> dict[Key, int]:
        """How many things of each key are there to be taken."""
        with self._changed:
            return {key: len(things) for key, things in self._waiting.items() if things}

    def tend(self) -> float:
        """Remove what is not fit, too old or not wanted any more; then make one thing, if one is wanted.

        Returns the seconds after which there may be more to do.
        """
        self._remove(self._spent())
        key = self._next()
        if key is None:
            return UPKEEP_SECONDS
        if (pause := self._held()) > 0:
            return pause
        self._remove(self._make_room(key))
        self._make(key)
        return 0.0

    def close(self) -> None:
        """Make nothing any more and discard all that waits. Raises what `discard` raised first."""
        with self._changed:
            self._closed = True
            self._nudge()
        if self._thread.is_alive():
            self._thread.join()
        with self._changed:
            left = [*self._doomed, *(item.thing for things in self._waiting.values() for item in things)]
            self._doomed.clear()
            self._waiting.clear()
        failures = [error for thing in left if (error := self._discard(thing)) is not None]
        if failures:
            raise failures[0]

    def _keep_tending(self) -> None:
        seconds = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._nudged or self._closed, seconds)
                self._nudged = False
                if self._closed:
                    return
            seconds = self.tend()

    def _nudge(self) -> None:
        self._nudged = True
        self._changed.notify_all()

    def _weight(self, key: Key, now: float) -> float:
        return self._demand[key].weighs(now) + (key in self._expected)

    def _spent(self) -> list[Thing]:
        now = self._clock()
        with self._changed:
            spent, self._doomed = self._doomed, []
            for key, things in self._waiting.items():
                fit = [item for item in things if self._is_good(item, now)]
                spent += [item.thing for item in things if item not in fit]
                while fit and self._weight(key, now) / len(fit) < WORTH_KEEPING:
                    spent.append(fit.pop(0).thing)
                self._waiting[key] = fit
            self._forget(now)
        return spent

    def _is_good(self, item: _Waiting[Thing], now: float) -> bool:
        return now - item.made <= self._max_age_seconds and self._maker.is_fit(item.thing)

    def _forget(self, now: float) -> None:
        """Keys of which nothing is left worth remembering."""
        for key in list(self._demand):
            if not self._waiting[key] and self._weight(key, now) < WORTH_KEEPING:
                for kept in (self._demand, self._waiting, self._failures):
                    kept.pop(key, None)

    def _next(self) -> Key | None:
        """The key whose next thing is worth most, among those for which there is room or can be made."""
        now = self._clock()
        with self._changed:
            if self._closed:
                return None
            worth = {key: self._worth_of_next(key, now) for key in {*self._demand, *self._expected}}
            for key in sorted(worth, key=lambda key: worth[key], reverse=True):
                if worth[key] > WORTH_MAKING and self._evicted_for(key, now) is not None:
                    return key
            self._held_since = None
            return None

    def _worth_of_next(self, key: Key, now: float) -> float:
        if now < self._failures[key].until or len(self._waiting[key]) >= MOST_PER_KEY:
            return 0.0
        return self._weight(key, now) / (len(self._waiting[key]) + 1)

    def _held(self) -> float:
        """Seconds to wait for a pause of the users; 0: do not wait."""
        now = self._clock()
        with self._changed:
            if not self._users:
                self._held_since = None
                return 0.0
            if self._held_since is None:
                self._held_since = now
            if (left := self._held_since + PATIENCE_SECONDS - now) > 0:
                return left
            self._held_since = None
            return 0.0

    def _evicted_for(self, key: Key, now: float) -> list[Key] | None:
        """Keys that must give up one thing each, so that there is room for one of this; None: no room."""
        kept = {other: len(things) for other, things in self._waiting.items() if things}
        free = self._memory_bytes - sum(self._maker.memory_bytes(other) * kept[other] for other in kept)
        missing = self._maker.memory_bytes(key) - free
        worth, evicted = self._worth_of_next(key, now), list[Key]()
        while missing > 0:
            worths = {other: self._weight(other, now) / count for other, count in kept.items() if count}
            if not worths or min(worths.values()) >= worth / 2:
                return None
            least = min(worths, key=lambda other: worths[other])
            evicted.append(least)
            kept[least] -= 1
            missing -= self._maker.memory_bytes(least)
        return evicted

    def _make_room(self, key: Key) -> list[Thing]:
        with self._changed:
            evicted = self._evicted_for(key, self._clock()) or []
            return [self._waiting[other].pop(0).thing for other in evicted]

    def _make(self, key: Key) -> None:
        try:
            thing = self._maker.make(key)
        except Exception as error:  # noqa: BLE001 - whatever fails, the pool goes on without it.
            with self._changed:
                self._failures[key].add(self._clock())
            log.warning("nothing could be made ahead for %s: %s", key, error)
            return
        with self._changed:
            self._failures.pop(key, None)
            self._waiting[key].append(_Waiting(thing, self._clock()))

    def _remove(self, things: Iterable[Thing]) -> None:
        for thing in things:
            if (error := self._discard(thing)) is not None:
                log.error("a thing made ahead could not be removed: %s", error)

    def _discard(self, thing: Thing) -> Exception | None:
        try:
            self._maker.discard(thing)
        except Exception as error:  # noqa: BLE001 - the others must be removed all the same.
            return error
        return None

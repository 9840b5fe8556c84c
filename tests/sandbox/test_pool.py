"""The pool of things made ahead, with a maker and a clock of the tests' own. Nothing sleeps."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from sandbox import pool as pools
from sandbox.pool import Maker, Pool

MAX_AGE_SECONDS = 1000.0


@dataclass(eq=False)
class Thing:
    key: str
    fit: bool = True


@dataclass
class Workshop:
    """Makes things of 10 bytes; remembers what was made and what was discarded."""

    made: list[Thing] = field(default_factory=list)
    discarded: list[Thing] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    now: float = 0.0
    on_make: Callable[[str], object] = lambda _key: None

    def make(self, key: str) -> Thing:
        self.on_make(key)
        if key in self.broken:
            raise OSError(key)
        self.made.append(Thing(key))
        return self.made[-1]

    def pool(self, memory_bytes: int = 1000) -> Pool[str, Thing]:
        maker = Maker[str, Thing](
            make=self.make,
            discard=self.discarded.append,
            is_fit=lambda thing: thing.fit,
            memory_bytes=lambda _key: 10,
        )
        return Pool(maker, memory_bytes=memory_bytes, max_age_seconds=MAX_AGE_SECONDS, clock=lambda: self.now)


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


def settle(pool: Pool[str, Thing]) -> None:
    """Tend until nothing is left to do now."""
    for _ in range(100):
        if pool.tend() > 0:
            return
    pytest.fail("the pool comes to no rest")


def test_nothing_is_made_of_what_nobody_wants(workshop):
    pool = workshop.pool()
    settle(pool)
    assert workshop.made == []


def test_first_taker_goes_without_and_the_next_is_served_once(workshop):
    pool = workshop.pool()
    assert pool.take("a") is None
    settle(pool)
    assert pool.take("a") is workshop.made[0]
    assert pool.take("a") is None


def test_what_is_expected_is_there_for_the_first_taker(workshop):
    pool = workshop.pool()
    pool.expect(["a"])
    settle(pool)
    assert pool.take("a") is workshop.made[0]


def test_what_is_expected_no_longer_is_removed(workshop):
    pool = workshop.pool()
    pool.expect(["a"])
    settle(pool)
    pool.expect([])
    settle(pool)
    assert (pool.waiting(), workshop.discarded) == ({}, workshop.made)


def test_key_that_nobody_takes_any_more_decays_to_nothing(workshop):
    pool = workshop.pool()
    for _ in range(8):
        pool.take("a")
    settle(pool)
    assert pool.waiting() == {"a": pools.MOST_PER_KEY}
    seen = []
    for _ in range(10):
        workshop.now += pools.HALF_LIFE_SECONDS / 2
        settle(pool)
        seen.append(pool.waiting().get("a", 0))
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == 0


def test_most_wanted_is_made_first(workshop):
    pool = workshop.pool()
    pool.expect(["rare", "often"])
    pool.take("often")
    settle(pool)
    assert workshop.made[0].key == "often"
    assert pool.waiting() == {"often": 2, "rare": 1}


def test_memory_bounds_all_keys_together(workshop):
    pool = workshop.pool(memory_bytes=35)
    pool.expect(["a", "b", "c", "d", "e"])
    settle(pool)
    assert sum(pool.waiting().values()) == 3


def test_thing_larger_than_the_memory_is_never_made(workshop):
    pool = workshop.pool(memory_bytes=9)
    pool.expect(["a"])
    settle(pool)
    assert workshop.made == []


def test_much_more_wanted_thing_takes_the_place_of_another(workshop):
    pool = workshop.pool(memory_bytes=10)
    pool.expect(["a"])
    settle(pool)
    for _ in range(4):
        pool.take("b")
    settle(pool)
    assert pool.waiting() == {"b": 1}
    assert [thing.key for thing in workshop.discarded] == ["a"]


def test_slightly_more_wanted_thing_does_not(workshop):
    pool = workshop.pool(memory_bytes=10)
    pool.expect(["a", "b"])
    settle(pool)
    pool.take("b" if "a" in pool.waiting() else "a")
    settle(pool)
    assert len(workshop.made) == 1


def test_broken_thing_is_never_given_away(workshop):
    pool = workshop.pool()
    pool.expect(["a"])
    settle(pool)
    workshop.made[0].fit = False
    assert pool.take("a") is None
    settle(pool)
    assert workshop.discarded == workshop.made[:1]
    assert pool.take("a") is workshop.made[1]


def test_broken_thing_is_noticed_while_nobody_asks_and_replaced(workshop):
    pool = workshop.pool()
    pool.expect(["a"])
    settle(pool)
    workshop.made[0].fit = False
    settle(pool)
    assert (workshop.discarded, pool.waiting()) == (workshop.made[:1], {"a": 1})


def test_old_thing_is_replaced_and_never_given_away(workshop):
    pool = workshop.pool()
    pool.expect(["a"])
    settle(pool)
    workshop.now = MAX_AGE_SECONDS + 1
    assert pool.take("a") is None
    settle(pool)
    assert workshop.discarded == workshop.made[:1]
    assert pool.take("a") is workshop.made[1]


def test_maker_that_fails_is_left_alone_longer_each_time(workshop):
    attempts: list[str] = []
    workshop.broken, workshop.on_make = {"a"}, attempts.append
    pool = workshop.pool()
    pool.expect(["a", "b"])
    for second in range(60):
        workshop.now = float(second)
        settle(pool)
    assert pool.take("a") is None
    assert pool.waiting() == {"b": 1}
    assert attempts.count("a") == 5, "after 0, 2, 6, 14 and 30 s"


def test_making_waits_for_a_pause_but_not_for_ever(workshop):
    pool = workshop.pool()
    pool.expect(["a"])
    with pool.using():
        assert 0 < pool.tend() <= pools.PATIENCE_SECONDS
        assert workshop.made == []
        workshop.now += pools.PATIENCE_SECONDS
        pool.tend()
        assert len(workshop.made) == 1


def test_making_goes_on_in_a_pause(workshop):
    pool = workshop.pool()
    pool.expect(["a"])
    with pool.using():
        pool.tend()
    pool.tend()
    assert len(workshop.made) == 1


def test_close_discards_all_and_leaves_no_thread(workshop):
    made = threading.Event()
    workshop.on_make = lambda _key: made.set()
    pool = workshop.pool()
    pool.expect(["a", "b"])
    pool.start()
    assert made.wait(60)
    pool.close()
    assert workshop.discarded == workshop.made
    assert pool.waiting() == {}
    assert not [thread for thread in threading.enumerate() if thread.name == "pool"]
    assert pool.take("a") is None


def test_close_tells_what_could_not_be_removed_and_removes_the_rest(workshop):
    def refuse(thing: Thing) -> None:
        workshop.discarded.append(thing)
        raise OSError(thing.key)

    maker = Maker[str, Thing](
        make=workshop.make, discard=refuse, is_fit=lambda _thing: True, memory_bytes=lambda _key: 10
    )
    pool = Pool(maker, memory_bytes=100, max_age_seconds=1.0, clock=lambda: 0.0)
    pool.expect(["a", "b"])
    settle(pool)
    with pytest.raises(OSError, match=r"[ab]"):
        pool.close()
    assert len(workshop.discarded) == 2


def test_taker_never_waits_for_a_maker(workshop):
    making, may_go_on = threading.Event(), threading.Event()

    def hold_up(_key: str) -> None:
        making.set()
        may_go_on.wait(60)

    workshop.on_make = hold_up
    pool = workshop.pool()
    pool.expect(["a"])
    pool.start()
    assert making.wait(60)
    assert pool.take("a") is None
    may_go_on.set()
    pool.close()

"""The fixtures of both suites.

Every judgement rests on something counted or held, never on how long a thing took. Each test starts with an empty
Redis and uses products and categories that no other test of the run has used.
"""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from gate import COMMIT, PRODUCT_READS, Gate
from outage import Outage
from patience import PATIENCE_SECONDS, wait
from shop import Shop
from words import times

HOLD_SECONDS = 1.5
"""How long a stampede is held in the database if nobody else follows; the statement allows for 4 seconds."""
OVERTAKE_SECONDS = 2.0
"""How long something is held so that something else may overtake it, should that wait instead."""
LATECOMERS = 5
"""How many statements a stampede may cost, if never two at the same time."""


@pytest.fixture
def outage(redis: Any) -> Iterator[Outage]:
    """The service has lost its cache for a while; what it could not take out of it is lost with it."""
    trouble = Outage(redis)
    yield trouble
    redis.owner.flushall()
    trouble.end()


@pytest.fixture
def shop(service: Any, postgres: Any, redis: Any, rng: random.Random, same: Any) -> Shop:
    redis.owner.flushall()
    return Shop(service, postgres, redis, rng, same)


@pytest.fixture
def meanwhile() -> Iterator[Callable[..., Future[Any]]]:
    """`meanwhile(function, ...)` runs it in a thread and gives its future."""
    with ThreadPoolExecutor(60) as threads:
        yield threads.submit


@pytest.fixture
def product_reads(postgres: Any, meanwhile: Any) -> Iterator[Gate]:
    gate = Gate(postgres, PRODUCT_READS)
    yield gate
    gate.open()


@pytest.fixture
def commit(postgres: Any, meanwhile: Any) -> Iterator[Gate]:
    gate = Gate(postgres, COMMIT)
    yield gate
    gate.open()


@pytest.fixture
def hold_read(shop: Shop, product_reads: Gate, meanwhile: Any) -> Callable[[str], Future[Any]]:
    """`hold_read(path)` asks and returns when the question has been read from the tables, but not answered."""

    def hold(path: str) -> Future[Any]:
        product_reads.close()
        reader = meanwhile(shop.get, path)
        product_reads.hold(reader, f"GET {path}")
        product_reads.let_others_pass()
        return reader

    return hold


@pytest.fixture
def give_time() -> Callable[..., None]:
    """`give_time(*answers)` waits for answers that may come now, or may have to wait for what is held."""
    return lambda *answers: wait(lambda: all(answer.done() for answer in answers), OVERTAKE_SECONDS)


@pytest.fixture
def overtake(product_reads: Gate, meanwhile: Any, give_time: Any) -> Callable[..., Any]:
    """`overtake(reader, write, read)`: a write overtakes the held reader, and so does a read after that write.

    Gives what the later read showed; None if the write waited for the reader, so that nothing could come between.
    """

    def run(reader: Future[Any], write: Callable[[], Any], read: Callable[[], Any]) -> Any:
        writer = meanwhile(write)
        give_time(writer)
        later = meanwhile(read) if writer.done() else None
        if later:
            give_time(later)
        product_reads.open()
        reader.result()
        writer.result()
        return later and later.result()

    return run


@pytest.fixture
def stampede(shop: Shop, product_reads: Gate, meanwhile: Any) -> Callable[[str, int], None]:
    """`stampede(path, visitors)`: all ask for the same cold path while the database holds the first of their questions.

    Nobody else may ask it meanwhile. Who finds nothing, and looks at the lock just after the first one has stored the
    answer and gone, asks once more; how many do is chance, so a few of them do not count.
    """

    def run(path: str, visitors: int) -> None:
        sent: list[int] = []

        def visit() -> Any:
            sent.append(1)
            return shop.get(path)

        shop.empty_cache()
        product_reads.close()
        work = shop.postgres.work()
        answers = [meanwhile(visit) for _ in range(visitors)]
        wait(lambda: len(sent) == visitors, PATIENCE_SECONDS)
        # Two held statements decide it already; for as long as there is one, others get the time to follow.
        wait(lambda: product_reads.held() > 1, HOLD_SECONDS)
        together = product_reads.held()
        product_reads.open()
        bodies = [answer.result() for answer in answers]
        asked = work.count()
        assert together <= 1 and asked <= LATECOMERS, (
            f"{visitors} requests at once for a cold GET {path} reached PostgreSQL {times(asked, 'time')}; "
            f"1 was expected."
        )
        for body in bodies:
            shop.same(body, bodies[0], f"{visitors} requests for GET {path} got different answers.")

    return run

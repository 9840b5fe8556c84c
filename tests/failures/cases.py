"""What can happen to an installation, and what must be true afterwards; one table for every kind of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tests.failures.installation import Installation, Row
from tests.failures.patience import until

Case = Callable[[Installation], None]
TESTS = 3
"""In the hidden suite of tests/packs/tiny-cache."""


def all_is_well(
    installation: Installation, ids: Sequence[str], *, verdicts: Sequence[str] = ("graded",)
) -> list[Row]:
    """None is lost, none was graded into two results, none runs for ever, none is blamed on the candidate,
    who was honest; and nothing is left of workers that are gone.

    `verdicts`: what honesty allows besides a full score.
    """

    def finished() -> list[Row]:
        rows = installation.rows(ids)
        return rows if all(row["status"] == "finished" for row in rows) else []

    rows: list[Row] = until(
        finished, "every grading has ended", lambda: f"{installation.rows(ids)}\n{installation.logs()}"
    )
    for row in rows:
        assert row["verdict"] in verdicts, f"{row}\n{installation.logs()}"
        if row["verdict"] == "graded":
            assert row["score"] == row["max_score"] > 0, row
            assert [outcome for _, outcome in row["results"]] == ["passed"] * TESTS, row
            assert len({test for test, _ in row["results"]}) == TESTS, row
        else:
            assert row["score"] == 0, row
        told = lambda row=row: installation.count("told", row["id"])  # noqa: E731
        until(told, "the end was told")
        assert told() == 1, row
    gone = [worker for worker in installation.workers if not worker.lives]
    until(lambda: not any(worker.left_processes for worker in gone), "no process outlives its worker")
    until(
        lambda: not installation.left_on_engine(owners=[worker.name for worker in gone]),
        "nothing is left of workers that are gone",
        lambda: f"{installation.left_on_engine()}\n{installation.logs()}",
    )
    return rows


@contextmanager
def in_mid_suite(installation: Installation) -> Iterator[list[str]]:
    """A grading whose first result is stored. Its worker learns of nothing more before the block ends."""
    with installation.gates("result") as gates:
        ids = installation.request()
        gates.wait()
        until(lambda: installation.rows(ids)[0]["results"], "the first result is stored", installation.logs)
        yield ids


# Workers


def killed_before_its_work(installation: Installation) -> None:
    """Before one claim, and just after another."""
    _killed_at(installation, "claim", "claimed")


def killed_at_its_work(installation: Installation) -> None:
    """With a pod but no program in it yet, and with the first result in hand."""
    _killed_at(installation, "prepared", "result")


def killed_after_its_work(installation: Installation) -> None:
    """Before one report is stored, and before the pod of another is removed."""
    _killed_at(installation, "record", "removal")


def _killed_at(installation: Installation, *names: str) -> None:
    worker = installation.a_worker()
    installation.only(worker)
    with installation.gates(*names) as gates:
        ids = installation.request(count=len(names))
        gates.wait()
        worker.kill()
    installation.worker()
    all_is_well(installation, ids)


def frozen_and_thawed(installation: Installation) -> None:
    """Two workers on one row: the first comes back from the dead and wants to answer."""
    worker = installation.a_worker()
    installation.only(worker)
    with ExitStack() as frozen:
        with in_mid_suite(installation) as ids:
            frozen.enter_context(installation.frozen(worker))
        before = worker.written
        other = installation.worker()
        rows = all_is_well(installation, ids)
        assert rows[0]["worker"] == other.name
    late = ("is no longer ours", "another worker has it")
    until(lambda: worker.says(*late, since=before), "the late answer is refused", installation.logs)
    assert all_is_well(installation, ids) == rows
    installation.only(other)


# The engine


def engine_stopped_and_started(installation: Installation) -> None:
    _without_engine(installation, installation.engine.stop)


def engine_killed_and_started(installation: Installation) -> None:
    _without_engine(installation, installation.engine.kill)


def _without_engine(installation: Installation, end: Callable[[], None]) -> None:
    worker = installation.a_worker()
    with in_mid_suite(installation) as ids:
        end()
        ids += installation.request()
    until(
        lambda: installation.rows(ids)[0]["status"] == "queued",
        "the grading was given back",
        lambda: f"{installation.rows(ids)}\n{installation.logs()}",
    )
    installation.engine.start()
    all_is_well(installation, ids)
    assert worker.lives


# Broker, database and disk


def broker_restarted(installation: Installation) -> None:
    """A folder has no server: there it is the one who reads it that is stopped, with messages before it."""
    worker = installation.a_worker()
    installation.only(worker)
    if installation.broker is None:
        with in_mid_suite(installation) as ids:
            ids += installation.request()
        worker.stop()
        ids += installation.request()
        successor = installation.worker()
        all_is_well(installation, ids)
        [row] = all_is_well(installation, installation.request())
        assert row["worker"] == successor.name
    else:
        with in_mid_suite(installation) as ids:
            installation.broker.kill()
            ids += installation.request()
            installation.broker.start()
        all_is_well(installation, ids)
        [row] = all_is_well(installation, installation.request())
        assert worker.lives
        assert row["worker"] == worker.name


def messages_lost(installation: Installation) -> None:
    worker = installation.a_worker()
    installation.only(worker)
    with installation.frozen(worker):
        ids = installation.request()
        installation.empty_broker()
    all_is_well(installation, ids)


def messages_delivered_twice(installation: Installation) -> None:
    installation.a_worker()
    installation.worker()
    with installation.gates("claim") as gates:
        ids = installation.request()
        gates.wait()
        for _ in range(4):
            installation.client.do("hint")
    all_is_well(installation, ids)
    assert [installation.count("started", pk) for pk in ids] == [1]


def database_restarted(installation: Installation) -> None:
    """A file has no server: there another process keeps everybody from writing for a while."""
    worker = installation.a_worker()
    installation.only(worker)
    with in_mid_suite(installation) as ids:
        before = worker.written
        with installation.storage.away():
            noticed = "the database does not answer"
            until(lambda: worker.says(noticed, since=before), "the worker notices", installation.logs)
    all_is_well(installation, ids)
    assert worker.lives


def disk_full(installation: Installation) -> None:
    worker = installation.a_worker()
    installation.only(worker)
    with installation.gates("record") as gates:
        ids = installation.request()
        gates.wait()
        with installation.storage.full():
            before = worker.written
            gates.let_go()
            refused = "the database does not answer; the answer is written in"
            until(lambda: worker.says(refused, since=before), "the worker notices", installation.logs)
    all_is_well(installation, ids)
    assert worker.lives


# The clock


def clock_jumps_forward(installation: Installation) -> None:
    _clock_jumps(installation, hours=1)


def clock_jumps_back(installation: Installation) -> None:
    _clock_jumps(installation, hours=-1)


def _clock_jumps(installation: Installation, *, hours: int) -> None:
    clock = installation.clock()
    for worker in installation.workers:
        worker.stop()
    worker = installation.worker(**clock.environment)
    with in_mid_suite(installation) as ids:
        clock.jump(hours)
    all_is_well(installation, ids)
    all_is_well(installation, installation.request())
    worker.kill()  # What it holds now and what it left is known by a clock that nobody else has.
    installation.worker()
    all_is_well(installation, ids)


# Members of the pod


def judge_killed(installation: Installation) -> None:
    _member_killed(installation, "judge")


def service_killed(installation: Installation) -> None:
    _member_killed(installation, "redis")


def candidate_killed(installation: Installation) -> None:
    _member_killed(installation, "candidate")


def _member_killed(installation: Installation, member: str) -> None:
    installation.a_worker()
    with in_mid_suite(installation) as ids:
        installation.kill_member(member, ids[0])
    all_is_well(installation, ids)


def judge_crashes(installation: Installation) -> None:
    """Before its first test, every time, so no retry helps; the next submission of another pack is graded."""
    source = 'import os\n\nos._exit(9)\n\n\ndef test_dies(service):\n    """Dies"""\n'
    installation.a_worker()
    ids = installation.request(source=source)
    all_is_well(installation, ids, verdicts=["platform_error"])
    all_is_well(installation, installation.request())


def service_killed_twice(installation: Installation) -> None:
    """Nobody can tell that it was not the program's doing, so it is said as it is."""
    installation.a_worker()
    ids: list[str] = []
    for _ in range(2):
        with installation.gates("result") as gates:
            ids = ids or installation.request()
            gates.wait()
            installation.kill_member("redis", ids[0])
    [row] = all_is_well(installation, ids, verdicts=["service_disrupted"])
    assert row["tries"] == 1


CASES: Sequence[Case] = (
    killed_before_its_work,
    killed_at_its_work,
    killed_after_its_work,
    frozen_and_thawed,
    engine_stopped_and_started,
    engine_killed_and_started,
    broker_restarted,
    messages_lost,
    messages_delivered_twice,
    database_restarted,
    disk_full,
    clock_jumps_forward,
    clock_jumps_back,
    judge_killed,
    service_killed,
    candidate_killed,
    judge_crashes,
    service_killed_twice,
)

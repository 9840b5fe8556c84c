"""All ways in turn, round after round, so that they meet the same noise; medians and ratios at the end.

CPU is what the whole machine was busy in the meantime (user and system), so that engine, shims, creation and
removal count; so nothing else should run. Read the ratios.
"""

import argparse
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from django.core.management import call_command

from assessments.catalogue import FOLDER
from grading import packs
from sandbox.engine import Engine
from sandbox.images import Images, shipped
from tests.bench import touchstone, unprotected
from tests.bench.cost import Cost, busy_seconds, table
from tests.bench.touchstone import Touchstone
from tests.bench.unprotected import Task, Way

ROUNDS = 10
AT_ONCE = 4
PER_THREAD = 12
"""Gradings of each of the threads that measure throughput, in each of its rounds."""
THROUGHPUT_ROUNDS = 5
MILLION_ROWS = "slow-report"
_PACKS = Path(__file__).parent / "packs"
_COLD = "Touchstone, nothing made ahead"
_WARM = "Touchstone, a pod made ahead"


def main() -> None:
    """Measure and print. Needs the docker command, for plain docker."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds: int = parser.parse_args().rounds
    if shutil.which("docker") is None:
        parser.error("plain docker is measured by the docker command, and there is none on this machine")
    call_command("migrate", verbosity=0)
    with Engine() as engine:
        image = Images(engine).find_or_build(shipped("python"))
    with touchstone.publishing():
        for title, folder, is_service in (
            ("ten tests of a module", "function", False),
            ("ten HTTP requests to a service", "service", True),
        ):
            task = Task(packs.load(_PACKS / folder), _PACKS / folder, is_service)
            _say(table(title, _costs(task, image, rounds)))
            _say(_throughput(task, image))
        _say(_databases(rounds))


def _costs(task: Task, image: str, rounds: int) -> Mapping[str, Cost]:
    with ExitStack() as stack:
        cold = Touchstone(task.pack, stack.enter_context(touchstone.workshop(warm=False)))
        warm = Touchstone(task.pack, stack.enter_context(touchstone.workshop(warm=True)))
        warm.settle()
        ways: dict[str, tuple[Way, Callable[[], None]]] = {
            "bare python -m pytest": (unprotected.bare(task), _nothing),
            **_plain(task, image),
            _COLD: (cold, cold.settle),
            _WARM: (warm, warm.settle),
        }
        if unprotected.has_autograder_sandbox():
            ways["autograder-sandbox"] = (unprotected.autograder_sandbox(task, image), _nothing)
        costs = {name: Cost() for name in ways}
        for round_number in range(rounds + 1):
            for name, (grade, settle) in ways.items():
                busy = busy_seconds()
                latency = grade()
                settle()  # What is made ahead for the next one is paid for by this one.
                if round_number:  # The first round warms caches and is not counted.
                    costs[name].add(latency, busy_seconds() - busy)
            sys.stderr.write(f"\rround {round_number} of {rounds}")
        sys.stderr.write("\r")
        return costs


def _plain(task: Task, image: str) -> dict[str, tuple[Way, Callable[[], None]]]:
    two = {"plain docker run, two containers": (unprotected.plain_pod(task, image), _nothing)}
    if task.is_service:
        return two
    return {"plain docker run, one container": (unprotected.plain_docker(task, image), _nothing), **two}


def _throughput(task: Task, image: str) -> str:
    """Gradings per second with several at once, every way in turn. A pool is empty at first: filling it
    counts.
    """
    plain, own, bare = [], [], []
    for _ in range(THROUGHPUT_ROUNDS):
        plain.append(_per_second([unprotected.plain_pod(task, image)] * AT_ONCE))
        with touchstone.workshop(warm=True, in_background=True) as made:
            own.append(_per_second([Touchstone(task.pack, made) for _ in range(AT_ONCE)]))
        bare.append(_per_second([unprotected.bare(task)] * AT_ONCE))
    ratio = statistics.median(mine / theirs for mine, theirs in zip(own, plain, strict=True))
    return (
        f"{AT_ONCE} at once, gradings per second: bare {statistics.median(bare):.2f}, plain docker with the"
        f" same members {statistics.median(plain):.2f}, Touchstone {statistics.median(own):.2f}"
        f" ({ratio:.2f} x plain docker)"
    )


def _per_second(ways: list[Way]) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(len(ways)) as threads:
        for done in [threads.submit(_several, way) for way in ways]:
            done.result()
    return len(ways) * PER_THREAD / (time.perf_counter() - began)


def _several(way: Way) -> None:
    for _ in range(PER_THREAD):
        way()


def _databases(rounds: int) -> str:
    """A private PostgreSQL with a million rows, loaded, connected and authenticated to."""
    pack = packs.load(FOLDER / MILLION_ROWS)
    cold, warm = [], []
    with touchstone.workshop(warm=True) as made:
        ready = Touchstone(pack, made)
        for _ in range(rounds):
            cold.append(touchstone.seconds_until_ready(pack, made))
            ready.settle()
            warm.append(touchstone.seconds_until_ready(pack, made))
    cold_median, warm_median = statistics.median(cold) * 1000, statistics.median(warm) * 1000
    return (
        f"a private PostgreSQL with a million rows is ready after {warm_median:.1f} ms if it was made ahead,"
        f" else {cold_median:.0f} ms"
    )


def _nothing() -> None:
    return


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n\n")
    sys.stdout.flush()

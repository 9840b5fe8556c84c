"""What tests ask for while the program has to be built: a time for the build, and another for the run."""

import time
from dataclasses import dataclass, field

import pytest

from grading.challenge import PackLimits
from grading.judge.framing import pack_bytes
from grading.report import Verdict
from grading.requests import Requests
from sandbox.spec import Ending

RUN = {
    "op": "run",
    "id": 1,
    "arguments": ["a"],
    "stdin": pack_bytes(b"in"),
    "files": {},
    "timeout_seconds": 1.0,
}
RESTART = {"op": "restart", "id": 2}
EXIT_1 = Ending(exit_code=1)
KILLED = Ending(exit_code=137, killed_by_us=True)


@dataclass
class Builder:
    """A candidate whose build is done when the test says so."""

    clock: float = 100.0
    builds: bool = True
    is_built: bool = False
    happened: list[object] = field(default_factory=list)
    started: float = 0.0

    def build(self):
        self.happened.append("build")
        self.is_built, self.started = False, self.clock

    def start(self):
        self.happened.append("start")
        self.is_built, self.started = False, self.clock

    def run(self, arguments, *, files, stdin):
        self.happened.append(("run", arguments, files, stdin))
        self.started = self.clock

    def has_built(self):
        return self.is_built

    def kill(self):
        self.happened.append("kill")
        return KILLED

    def prepare_another(self):
        pass

    def stdout(self):
        return b"out"

    stderr = stdout

    def log(self):
        return "cannot find symbol"


@pytest.fixture
def builder(monkeypatch):
    builder = Builder()
    monkeypatch.setattr(time, "monotonic", lambda: builder.clock)
    return builder


@pytest.fixture
def asked(builder):
    return Requests(builder, PackLimits(run_seconds=100.0))


def test_a_run_gets_its_input_when_it_is_built_and_its_time_from_then(asked, builder):
    assert asked.take(RUN) is None
    assert asked.poll() is None
    assert builder.happened == ["build"]
    builder.clock, builder.is_built = 140.0, True
    assert not asked.overdue(builder.clock)
    assert asked.poll() is None
    assert builder.happened == ["build", ("run", ("a",), {}, b"in")]
    assert not asked.overdue(140.9)
    assert asked.overdue(141.0)
    builder.clock = 140.5
    assert asked.end(Ending(exit_code=0))["seconds"] == 0.5
    assert asked.build_fate is None


def test_a_restart_is_answered_when_it_is_built(asked, builder):
    assert asked.take(RESTART) is None
    assert asked.poll() is None
    builder.is_built = True
    assert asked.poll() == {"type": "response", "id": 2, "started": True}
    assert not asked.busy


def test_a_build_that_does_not_end_is_the_end(asked, builder):
    asked.take(RUN)
    assert not asked.overdue(159.9)
    assert asked.overdue(160.0)
    asked.expire()
    assert asked.build_fate.verdict is Verdict.BUILD_FAILED
    assert "not built within 60 s" in asked.build_fate.message


def test_a_build_that_fails_is_the_end_and_nothing_is_begun_after_it(asked, builder):
    asked.take(RUN)
    asked.take({**RUN, "id": 3})
    asked.end(EXIT_1)
    assert asked.build_fate.verdict is Verdict.BUILD_FAILED
    assert builder.happened == ["build"]


def test_a_build_that_breaks_a_limit_says_which(asked, builder):
    asked.take(RESTART)
    asked.end(Ending(exit_code=137, out_of_memory=True))
    assert asked.build_fate.verdict is Verdict.MEMORY_LIMIT


def test_all_builds_share_a_time(asked, builder):
    for number in range(2):
        asked.take({**RESTART, "id": number})
        builder.clock += 45.0
        builder.is_built = True
        assert asked.poll() is not None
    asked.take(RESTART)
    assert asked.overdue(builder.clock + 10.1)
    assert not asked.overdue(builder.clock + 9.9)

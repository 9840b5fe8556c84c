"""The pytest plugin that turns a session into a grading.

pytest starts, reads its configuration and collects before the judge says `ready`, so none of that depends on
the candidate or counts as their time. The session then waits for `go` and the candidate's service, and runs.
"""

import gc
import random
import sys
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import pytest

from . import faults, names
from .cases import CASE, Case, Tally, manifest_id
from .failing import fail
from .faults import Fault, PackFaultError
from .memory import let_go, trim
from .messages import DETAIL_CHARACTERS, shorten
from .outcomes import Start
from .remote import Remote
from .run import RUN, Run, seconds_of

MARKERS = (
    "points(n): what the test is worth; 1 unless marked",
    "skill(slug): the skill it shows; the pack's main one unless marked",
    "timeout(seconds): how long the test may run",
)


BOUND = pytest.StashKey[ExitStack]()
"""What is undone when a test has ended."""


class Conductor:
    """One per session."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._tallies: dict[str, Tally] = {}
        self._faults: dict[str, Fault] = {}
        """What could not be collected, by its node."""
        self._left = 0
        """How many tests follow the one that runs."""
        self.fault: BaseException | None = None
        """What broke the session itself."""

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[RUN] = self._run
        for line in MARKERS:
            config.addinivalue_line("markers", line)

    @pytest.hookimpl(wrapper=True)
    def pytest_load_initial_conftests(self) -> Generator[None, object, object]:
        """pytest itself tells of a conftest.py that fails on standard error only."""
        try:
            return (yield)
        except Exception as error:
            self.fault = PackFaultError([faults.of_error(error, self._root, self._run.suite)])
            raise

    def pytest_exception_interact(
        self,
        node: pytest.Item | pytest.Collector,
        call: pytest.CallInfo[object],
        report: pytest.CollectReport | pytest.TestReport,
    ) -> None:
        if isinstance(report, pytest.CollectReport) and call.excinfo is not None:
            self._faults[node.nodeid] = faults.of_error(call.excinfo.value, self._root, node.path)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            place = f"tests/{self._run.suite.name}/{report.nodeid}"
            self._faults.setdefault(report.nodeid, (place, 0, report.longreprtext))

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.fault = excinfo.value

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """True ends the loop here; None lets pytest run the tests."""
        self._check(session)
        session.items[:] = [item for item in session.items if manifest_id(item) not in self._run.decided]
        self._left = len(session.items)
        gc.freeze()
        gc.enable()
        self._run.memory.measure()
        self._run.channel.send({"type": "ready"})
        self._wait_for_go()
        if self._run.remote is not None:
            for module in {_module_of(item) for item in session.items}:
                names.prepare(module)
            session.items[:] = _shuffled(session.items, self._run.seed)
        return None if self._wait_for_service() else True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        item.stash[CASE] = Case()
        self._run.memory.is_exceeded = False
        item.stash[BOUND] = ExitStack()
        self._run.channel.send({"type": "begins", "test": manifest_id(item)})
        self._left -= 1
        if self._run.remote is not None:
            self._run.remote.begin()
        result = yield
        if self._run.remote is not None:
            item.stash[BOUND].close()
            self._run.remote.end(self._left)
        self._record(item)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        if self._run.channel.ended.is_set():
            fail("Your program had ended before this test.")
        with self._run.timer.limit(seconds_of(item)), self._run.memory.bounded():
            if self._run.solution is not None:
                item.stash[BOUND].enter_context(names.bound(_module_of(item), self._run.solution))
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Has what set-up left of the test's time."""
        del item
        with self._run.timer.limit(self._run.timer.left), self._run.memory.bounded():
            result = yield
            if self._run.remote is not None and (objection := self._run.remote.objection):
                fail(objection)  # Also if the test caught the failure that said so.
            return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Has the test's whole time again."""
        with self._run.timer.limit(seconds_of(item)), self._run.memory.bounded():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        error = call.excinfo.value if call.excinfo else None
        if error is not None:
            trim(error)
        report = yield
        item.stash[CASE].take(item, call, report)
        if error is not None:
            let_go(error)
            _shrink(report)
        return report

    def _check(self, session: pytest.Session) -> None:
        found = [*self._faults.values(), *faults.missing_fixtures(session.items, self._root)]
        if found:
            raise PackFaultError(list(dict.fromkeys(found)))
        for item in session.items:
            tally = self._tallies.setdefault(manifest_id(item), Tally(0))
            tally.expected += 1
        missing = sorted(set(self._run.tests) - set(self._tallies))
        unknown = sorted(set(self._tallies) - set(self._run.tests))
        if missing or unknown:
            text = f"pytest finds other tests than the pack's list: missing {missing}, unknown {unknown}"
            raise PackFaultError([(f"tests/{self._run.suite.name}", 0, text)])

    @property
    def _root(self) -> Path:
        """What the pack's paths are relative to."""
        return self._run.suite.parent.parent

    def _wait_for_go(self) -> None:
        go = self._run.channel.read()
        self._run.seed = go["seed"]
        self._run.files = go.get("files", {})
        random.seed(self._run.seed)
        self._run.channel.listen(first_request=self._run.first_request)

    def _wait_for_service(self) -> bool:
        if self._run.remote is not None:
            return self._wait_for_functions(self._run.remote)
        probe = self._run.probe
        if probe is None:
            self._run.channel.send({"type": "started"})
            return True
        readiness = probe.wait(self._run.channel.ended)
        if readiness.start is Start.READY or self._run.is_resumed:  # What it is by now, its tests tell.
            self._run.channel.send({"type": "started"})
            return True
        listeners = [str(item) for item in readiness.others]
        message = {"reason": readiness.start.value, "listeners": listeners, "detail": readiness.detail}
        self._run.channel.send({"type": "not_started", **message})
        return False

    def _wait_for_functions(self, remote: Remote) -> bool:
        if self._run.is_resumed:  # The connection ended with the process that had it.
            self._run.channel.ask("restart")
        start, detail = remote.open(self._run.start_seconds, tests=self._left)
        if start is Start.READY:
            self._run.channel.send({"type": "started"})
            return True
        message = {"reason": start.value, "listeners": [], "detail": shorten(detail, DETAIL_CHARACTERS)}
        self._run.channel.send({"type": "not_started", **message})
        return False

    def _record(self, item: pytest.Item) -> None:
        test = manifest_id(item)
        tally = self._tallies[test]
        tally.cases.append(item.stash[CASE])
        if tally.complete:
            self._run.channel.send(tally.record(test))


def _shrink(report: pytest.TestReport) -> None:
    """pytest keeps all of them to the end."""
    if report.failed:
        report.longrepr = shorten(report.longreprtext, DETAIL_CHARACTERS)
    report.sections = [(name, shorten(text, DETAIL_CHARACTERS)) for name, text in report.sections]
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        vars(sys).pop(name, None)


def _module_of(item: pytest.Item) -> ModuleType | None:
    found = getattr(item, "module", None)
    return found if isinstance(found, ModuleType) else None


def _shuffled(items: list[pytest.Item], seed: int) -> list[pytest.Item]:
    """Another order for each seed, file by file, so that answers cannot be given by counting calls."""
    chance = random.Random(seed)  # noqa: S311
    files: dict[object, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    groups = list(files.values())
    chance.shuffle(groups)
    for group in groups:
        chance.shuffle(group)
    return [item for group in groups for item in group]

"""The life of the process for tests, from `prepare` to `close`; `grading.protocol` tells it."""

import importlib
import io
import os
import re
import sys
import tarfile
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .channel import Channel, WorkerGoneError
from .conductor import Conductor
from .faults import PackFaultError
from .framing import Message
from .memory import STACK_BYTES
from .names import install
from .nesting import guard
from .remote import Remote
from .run import Run
from .sockets import abstract_sockets, listeners
from .solution import Solution
from .timer import Timer

WORK = Path("/work")
SERVICE_SECONDS = 60.0
"""How long the services may take until the judge is connected and authenticated."""

FIXTURES = {
    "service": "service",
    "websocket": "websocket",
    "graphql": "graphql",
    "grpc_channel": "grpc",
    "program": "program",
    "postgres": "postgres",
    "redis": "redis",
    "rabbitmq": "rabbitmq",
    "receiver": "receiver",
    "files": "files",
    "statements": "files",
    "same": "same",
    "in_place": "in_place",
}
"""Which module of `fixtures` defines which fixture. A module is imported only if the suite names its fixture.
"""
ALWAYS = ("clock", "chance")

UNUSED_PLUGINS = (
    *("doctest", "faulthandler", "junitxml", "pastebin", "setuponly", "setupplan", "stepwise"),
    *("threadexception", "unraisableexception"),
)
"""Of pytest's own: what no suite here can use. The last two collect garbage five times at the end."""
OF_UNITTEST = ("unittest", "debugging")
"""What a suite can use only if it has the word 'unittest'. The second has an option that the first reads."""

CONFIGURATION = """[pytest]
addopts =
filterwarnings = default
markers =
"""


class SurroundingsError(Exception):
    """The pod is not as it should be before a candidate's program is let in."""


def main() -> None:
    """Exits 0 at the end, 1 on a fault of ours or the pack's, 3 when the worker is gone."""
    channel = Channel.take_over_standard_streams()
    guard()
    threading.stack_size(STACK_BYTES)
    channel.memory.grant_stacks()
    try:
        judge(channel, WORK)
    except WorkerGoneError:
        sys.exit(3)
    except Exception as error:  # noqa: BLE001  # Whatever it is, the worker must learn of it.
        faults = error.faults if isinstance(error, PackFaultError) else []
        channel.send(
            {"type": "failed", "reason": f"{type(error).__name__}: {error}"[:4000], "faults": faults}
        )
        traceback.print_exc()
        sys.exit(1)
    sys.stderr.flush()
    os._exit(0)  # To take an interpreter down costs a tenth of what the judge needs for everything else.


def judge(channel: Channel, work: Path) -> None:
    """One grading over this channel, unpacking to `work`. Raises whatever is not the candidate's fault."""
    prepare = channel.read()
    if prepare["tar_bytes"]:
        unpack(channel.read_bytes(prepare["tar_bytes"]), work)
    run = _run(channel, prepare, work)
    if not run.is_resumed:  # Else the program is there, and may listen.
        check_surroundings(expected=len(run.services))  # The receiver listens already, and is one of them.
    if function := prepare.get("function"):
        run.start_seconds = function["start_seconds"]
        shows = run.suite.name != "hidden"
        run.remote = Remote(function["port"], run.timer, channel.ended, tells_endings=shows)
        run.solution = Solution(run.remote)
        install(run.solution, function["modules"])
    conductor = Conductor(run)
    status = pytest.main(arguments(run.suite, work), plugins=[conductor, *_fixture_modules(run)])
    if conductor.fault is not None:
        raise conductor.fault
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(f"pytest ended with {status!r}")
    channel.send({"type": "finished", "broken": run.remote.broken if run.remote else ""})
    channel.closed.wait()


def unpack(data: bytes, work: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Not in 3.11.2.
        archive.extractall(work)  # noqa: S202 - a filter is set wherever there is one.


def arguments(suite: Path, work: Path) -> list[str]:
    """pytest's arguments: a root and a configuration of its own, no cache, no plugins found by themselves."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    configuration = work / "judge.ini"
    configuration.write_text(CONFIGURATION)
    support = work / "tests" / "support"
    if support.is_dir():
        sys.path.insert(0, str(support))
        pytest.register_assert_rewrite(*(path.stem for path in support.glob("*.py")))
    fixed = ["-c", str(configuration), "--rootdir", str(suite), "--confcutdir", str(suite)]
    quiet = ["-p", "no:cacheprovider", "-q", "--no-header", "--color=no", "--tb=short", "--capture=sys"]
    idle = UNUSED_PLUGINS if "unittest" in _words(suite) else (*UNUSED_PLUGINS, *OF_UNITTEST)
    unused = [argument for plugin in idle for argument in ("-p", f"no:{plugin}")]
    return [*fixed, *quiet, *unused, str(suite)]


def check_surroundings(*, expected: int) -> None:
    """Before any candidate: no abstract socket, and no listener but the services', on loopback only."""
    if abstract := abstract_sockets():
        raise SurroundingsError(f"abstract sockets: {abstract}")
    found = listeners()
    foreign = [str(item) for item in found if item.address != "127.0.0.1"]
    if foreign or len(found) > expected:
        raise SurroundingsError(f"listeners: {sorted(map(str, found))}")


def _run(channel: Channel, prepare: Message, work: Path) -> Run:
    services = dict(_connect(prepare["services"]))
    if told := prepare.get("receiver"):
        receiver = importlib.import_module(".receiver", __package__)
        services["receiver"] = receiver.Receiver(told["port"])
    resumed = prepare.get("resumed", {})
    return Run(
        channel=channel,
        timer=Timer(channel.memory),
        kind=prepare["kind"],
        suite=work / "tests" / prepare["suite"],
        tests=tuple(prepare["tests"]),
        test_seconds=prepare["test_seconds"],
        run_id=prepare["run_id"],
        services=services,
        probe=_probe(prepare.get("service")),
        is_resumed=bool(resumed),
        decided=frozenset(resumed.get("decided", ())),
        first_request=resumed.get("first_request", 0),
    )


def _connect(settings: dict[str, Any]) -> Iterator[tuple[str, object]]:
    deadline = time.monotonic() + SERVICE_SECONDS
    for name, setting in settings.items():
        yield name, _fixture_module(name).connect(setting, deadline=deadline)


def _probe(service: Message | None) -> Any:
    if service is None:
        return None
    readiness = importlib.import_module(".readiness", __package__)
    return readiness.Probe(service["port"], service["ready_path"], service["start_seconds"], listeners())


def _fixture_modules(run: Run) -> list[ModuleType]:
    words = _words(run.suite)
    named = {module for fixture, module in FIXTURES.items() if fixture in words}
    return [_fixture_module(name) for name in (*ALWAYS, *sorted(named))]


def _words(suite: Path) -> set[str]:
    """Of all files of tests, support included."""
    texts = [path.read_text() for path in suite.parent.rglob("*.py")]
    return {word for text in texts for word in re.findall(r"\w+", text)}


def _fixture_module(name: str) -> ModuleType:
    return importlib.import_module(f".fixtures.{name}", __package__)

"""A challenge pack as values: what `packs.load` returns and everything below the queue works with.

A pack is a folder of plain files (its format is in docs/writing-a-pack.md). Nothing in a pack is ever
executed outside a container: even the list of tests is read from the syntax tree of the test files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property


class Kind(Enum):
    """How a submission is run."""

    SERVICE = "service"
    PROGRAM = "program"
    FUNCTION = "function"
    SQL = "sql"


class Suite(Enum):
    """Which tests: the ones a candidate may run at will, or the ones that score."""

    VISIBLE = "visible"
    HIDDEN = "hidden"


class Feedback(Enum):
    """What a candidate learns of the hidden tests of a finished submission."""

    TOTALS = "totals"
    TITLES = "titles"
    MESSAGES = "messages"


@dataclass(frozen=True, kw_only=True)
class TestCase:
    """One line of the manifest. Its points are the denominator, whatever happens when it runs."""

    __test__ = False  # Not a pytest class, in spite of its name.

    id: str
    """'test_orders.py::test_create', relative to tests/<suite>/; a parametrised test is one."""
    title: str
    points: float
    skill: str
    seconds: float
    """How long it may run."""
    path: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Language:
    """One way to solve a challenge. Patterns are matched with `fnmatch` against the whole path."""

    slug: str
    command: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    module: str = ""
    """What the suite imports from (kind function)."""
    preload: tuple[str, ...] = ()
    """Modules that a waiting interpreter imports ahead."""
    editable: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ServiceProbe:
    """Where the candidate's service must listen (kind service); where its functions' agent calls (kind
    function).
    """

    port: int = 8000
    ready_path: str = "/"
    start_seconds: float = 15.0


@dataclass(frozen=True, kw_only=True)
class ReceiverUse:
    """A server of the judge's that the program may call; its address is in this environment variable."""

    variable: str
    port: int


@dataclass(frozen=True, kw_only=True)
class PackLimits:
    memory_mb: int = 256
    processes: int = 64
    cpus: float = 1.0
    run_seconds: float = 60.0
    """The whole suite."""
    test_seconds: float = 10.0
    """One test, unless it is marked otherwise."""
    output_kb: int = 1024
    disk_mb: int = 64


@dataclass(frozen=True, kw_only=True)
class ServiceUse:
    """A service beside the submission: 'postgres', 'redis' or 'rabbitmq'."""

    name: str
    databases: tuple[str, ...] = ()
    memory_mb: int = 256
    disk_mb: int = 256


@dataclass(frozen=True, kw_only=True)
class Flawed:
    """A wrong solution and what must come of it: exactly these hidden tests fail (None: whichever do), the
    score (per cent) lies in the range.
    """

    name: str
    language: str
    summary: str
    fails: tuple[str, ...] | None
    score: tuple[float, float]
    files: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ChallengePack:
    """A whole pack. `files` maps every path of the folder to its bytes; the digest is taken over them."""

    slug: str
    title: str
    kind: Kind
    summary: str
    statement: str
    difficulty: str
    minutes: int
    skills: Mapping[str, float]
    languages: Mapping[str, Language]
    service: ServiceProbe = field(default_factory=ServiceProbe)
    limits: PackLimits = field(default_factory=PackLimits)
    services: Mapping[str, ServiceUse] = field(default_factory=dict)
    receiver: ReceiverUse | None = None
    feedback: Feedback = Feedback.TOTALS
    starter_max_score: float = 30.0
    excused: Mapping[str, str] = field(default_factory=dict)
    """Hidden tests that a liar may pass, each with the reason (`grading.liars`)."""
    suites: Mapping[Suite, tuple[TestCase, ...]]
    flawed: tuple[Flawed, ...] = ()
    files: Mapping[str, bytes]
    digest: str
    """SHA-256, hex, of the canonical tar."""

    @cached_property
    def main_skill(self) -> str:
        """The heaviest skill; the first of equals."""
        return max(self.skills, key=lambda slug: self.skills[slug])

    def tests(self, suite: Suite) -> tuple[TestCase, ...]:
        return self.suites[suite]

    def max_score(self, suite: Suite) -> float:
        return sum(test.points for test in self.suites[suite])

    def below(self, folder: str) -> dict[str, bytes]:
        """The files under a folder such as 'tests/hidden', by their path relative to it."""
        prefix = folder.rstrip("/") + "/"
        return {path[len(prefix) :]: data for path, data in self.files.items() if path.startswith(prefix)}

    def starter(self, language: str) -> dict[str, str]:
        """What a candidate starts from, hidden files included. Starter files are UTF-8; `packs.check` sees to
        it.
        """
        return _texts(self.below(f"starter/{language}"))

    def solution(self, language: str) -> dict[str, str]:
        """The starter's editable files, replaced and joined by the reference solution's."""
        return _texts(self.below(f"solutions/{language}"))


def _texts(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: data.decode() for path, data in files.items()}

"""Runs an attack as a real submission: the queue's rows, the real engine, the candidate's pages.

A `Case` is one line of the table: the attack, and exactly what must come of it. `Arena.run` grades it, with
an honest submission of somebody else beside it, and gives a `Trial`: everything that the invariants of
`tests.abuse.invariants` look at. What a program says of itself proves nothing: a trial is seen from outside.
"""

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from assessments import challenges, submissions
from grading import protocol, queue, services
from grading.challenge import ChallengePack, Suite
from grading.errors import PlatformError
from grading.grade import grade
from grading.judge.framing import decode
from grading.models import Grading
from grading.report import Outcome, Report, Result, Verdict
from sandbox import pod as sandbox_pod
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.images import Images
from sandbox.pod import Pods
from sandbox.reaper import remove_owned
from tests.abuse import surface, targets
from tests.abuse.host import Baseline, Host, Leftovers
from tests.abuse.neighbour import Neighbour
from tests.abuse.targets import HOST_FILE, Canaries
from tests.assessments import records

Program = str | Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Case:
    """An attack, and what must come of it."""

    id: str
    """As in the catalogue: 'R01'."""
    title: str
    """What the attacker does."""
    program: Program
    """The files that are handed in, or the text of the pack's main file."""
    verdict: Verdict
    says: str = ""
    """What the candidate's sentence contains; the verdict's own sentence unless given."""
    passes: frozenset[str] | None = frozenset()
    """Names of the tests that pass, because the program really does what they ask. None: all of them."""
    chance: frozenset[str] = frozenset()
    """Names of tests that want what the attack may leave or not leave over, at the candidate's own cost."""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """What becomes of tests that do not pass, where it is a matter of the case."""
    shows: str = ""
    """What the results page says, too; where a program could speak through it, what staff read."""
    logs: str = ""
    """What the program wrote, as staff see it: that the attack did take place."""
    mitigation: str
    """What stops the attack."""
    language: str = "python"
    pack: str = "service"
    """A folder below tests/abuse/packs."""
    suite: Suite = Suite.HIDDEN
    """VISIBLE: a run, whose output and messages the candidate sees in full."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    """Numbers of the pack's challenge.toml that this case changes."""
    patience: int | None = None
    """Seconds that the tests from /calm on may take: few if the attack is to hang, else plenty."""

    def __str__(self) -> str:
        return f"{self.id}-{self.language}-{self.title.replace(' ', '-')}"

    @property
    def files(self) -> Mapping[str, str]:
        main = "main" if self.pack == "program" else "server"
        ending = {"python": "py", "javascript": "js"}[self.language]
        return {f"{main}.{ending}": self.program} if isinstance(self.program, str) else self.program


def cases(template: Case, **programs: Program) -> list[Case]:
    """The same attack in several languages: language -> program."""
    return [replace(template, language=language, program=program) for language, program in programs.items()]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A case that has been run, seen from outside."""

    case: Case
    pack: ChallengePack
    report: Report | None
    """None if it came to no report, through a fault of ours: `trouble`."""
    trouble: str
    grading: Grading
    """The stored row."""
    seconds: float
    canaries: Canaries
    surface: Mapping[str, str]
    """Everything the candidate can read afterwards: address -> text."""
    neighbour: Report | str
    """What became of the honest submission beside it (and after the trial before); a text is its trouble."""
    previous: str
    """The trial before this one."""
    left: Leftovers
    before: Baseline
    after: Baseline

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """Test's name -> outcome, as stored."""
        rows = self.grading.results.all()
        return {row.test_id.rpartition("::")[2]: Outcome(row.outcome) for row in rows}


class Arena:
    """Where attacks are run: one per test process."""

    def __init__(self, engine: Engine, images: Images, owner: str) -> None:
        self.engine, self.images = engine, images
        self._owner = owner
        self._host = Host(engine)
        self._owners: list[str] = []
        self._previous = "none"
        self._before: Baseline | None = None

    def run(self, case: Case) -> Trial:
        """One trial. Needs the database; nothing is asserted here. Call `clean` afterwards."""
        canaries, owner = Canaries(), self.owner()
        pack = targets.load(case.pack, canaries, case.limits, case.patience)
        neighbour = Neighbour(Pods(self.engine, owner=owner), self.images, canaries.neighbour)
        before = self._baseline(neighbour)
        with _host_file(canaries) as path, _watched(canaries) as uids:
            files = {name: text.replace(HOST_FILE, path) for name, text in case.files.items()}
            grading = hand_in(pack, case, files)
            began = time.monotonic()
            report, trouble = self._grade(grading, owner, neighbour)
            seconds = time.monotonic() - began
        grading.refresh_from_db()
        trial = Trial(
            case=case,
            pack=pack,
            report=report,
            trouble=trouble,
            grading=grading,
            seconds=seconds,
            canaries=canaries,
            surface=surface.of(grading),
            neighbour=neighbour.result(),
            previous=self._previous,
            left=self._host.leftovers(owner, uids),
            before=before,
            after=self._host.settled(before),
        )
        self._previous = str(case)
        return trial

    def owner(self) -> str:
        """A new owner of pods. What is left of its pods is removed by `clean`."""
        self._owners.append(f"{self._owner}:{secrets.token_hex(4)}")
        return self._owners[-1]

    def grade(self, pack: ChallengePack, files: Mapping[str, str]) -> Report:
        """In Python, without rows, pages and a neighbour."""
        return grade(
            pack,
            files,
            language="python",
            suite=Suite.HIDDEN,
            pods=Pods(self.engine, owner=self.owner()),
            images=self.images,
        )

    def clean(self) -> None:
        """Remove what trials have left, after it was seen."""
        for owner in self._owners:
            remove_owned(self.engine, owner)
        self._owners = [owner for owner in self._owners if self._host.leftovers(owner, ()).any()]

    def follow(self) -> Report | str:
        """An honest submission after the last trial."""
        neighbour = Neighbour(Pods(self.engine, owner=self._owner), self.images, "nothing")
        neighbour.start()
        return neighbour.result()

    def begin(self) -> None:
        """The next attack has a new baseline: what other tests of this process keep is not an attack's."""
        self._before = None

    def _baseline(self, neighbour: Neighbour) -> Baseline:
        """As the first honest grading leaves it: connections are open, modules are loaded."""
        if self._before is None:
            Neighbour(neighbour.pods, self.images, "nothing").grade()
            self._before = self._host.baseline()
        return self._before

    def _grade(self, grading: Grading, owner: str, neighbour: Neighbour) -> tuple[Report | None, str]:
        """As a worker does it. The neighbour starts when the candidate's program may."""
        claim = queue.claim(grading.pk, worker="abuse", now=timezone.now())
        assert claim is not None

        def on_phase(phase: str) -> None:
            if phase == "running":
                neighbour.start()

        def on_result(result: Result) -> None:
            queue.store_results(claim, [result], now=timezone.now())

        try:
            report = grade(
                claim.challenge,
                claim.files,
                language=grading.language,
                suite=claim.suite,
                pods=Pods(self.engine, owner=owner),
                images=self.images,
                on_phase=on_phase,
                on_result=on_result,
            )
        except (PlatformError, SandboxError) as error:
            queue.release(claim, reason=str(error), now=timezone.now())
            return None, f"{type(error).__name__}: {error}"
        finally:
            neighbour.start()
        queue.record(claim, report, now=timezone.now())
        queue.leave(claim)
        return report, ""


def hand_in(pack: ChallengePack, case: Case, files: Mapping[str, str]) -> Grading:
    """The grading of a candidate who saved these files and pressed 'Submit', or 'Run'."""
    interviewer = records.person(f"ingrid-{secrets.token_hex(4)}")
    version = challenges.store(pack, by=None)
    records.publish(version)
    attempt = records.attempt(records.invitation(records.assessment(interviewer, version)))
    work = records.work(attempt)
    saved = submissions.save(work, case.language, dict(files), work.revision, now=timezone.now())
    if case.suite is Suite.VISIBLE:
        return submissions.run_visible(saved, now=timezone.now()).grading
    return submissions.submit(saved, now=timezone.now()).grading


@contextmanager
def _host_file(canaries: Canaries) -> Iterator[str]:
    """A file that anybody on the worker's host may read; its path."""
    with tempfile.TemporaryDirectory(prefix="abuse-") as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "host.txt"
        path.write_text(canaries.host)
        path.chmod(0o644)
        yield str(path)


@contextmanager
def _watched(canaries: Canaries) -> Iterator[list[int]]:
    """Overhears the secrets that are made meanwhile, and gives the user ids of the pods."""
    uids: list[int] = []
    allocate: Callable[[Sequence[str]], dict[str, int]] = getattr(sandbox_pod, "allocate_uids")  # noqa: B009
    go, settings = protocol.JudgeLine.go, services.judge_settings

    def allocate_uids(members: Sequence[str]) -> dict[str, int]:
        found = allocate(members)
        uids.extend(found.values())
        return found

    def overheard_go(line: protocol.JudgeLine, **arguments: Any) -> bytes:
        said = go(line, **arguments)
        canaries.secrets.append(decode(said)["key"])
        return said

    def judge_settings(*arguments: Any) -> dict[str, Any]:
        found = settings(*arguments)
        canaries.secrets.append(found["owner_password"])
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox_pod, "allocate_uids", allocate_uids)
        patch.setattr(protocol.JudgeLine, "go", overheard_go)
        patch.setattr(services, "judge_settings", judge_settings)
        yield uids

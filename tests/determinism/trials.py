"""Grades submissions of the catalogue again and again, several at once, on a machine that is kept busy."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from grading import files, packs
from grading.challenge import ChallengePack, Suite
from grading.errors import PlatformError
from grading.grade import grade
from grading.images import ImageFinder
from grading.report import Report
from sandbox.contract import PodSource

CATALOG = Path(__file__).resolve().parents[2] / "assessments" / "catalog"
AT_ONCE = 4
BUSY_PROCESSES = 2


@dataclass(frozen=True, kw_only=True)
class Submission:
    """Something of the catalogue that can be graded. `name`: '<pack>: <which>'."""

    name: str
    pack: ChallengePack = field(repr=False)
    language: str
    files: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Outcomes:
    """What a grading must say every time: verdict, score, and outcome and points of each test."""

    verdict: str
    score: float
    max_score: float
    tests: tuple[tuple[str, str, float], ...] = field(repr=False)

    @classmethod
    def of(cls, report: Report) -> "Outcomes":
        tests = tuple((result.id, result.outcome.value, result.points) for result in report.results)
        return cls(report.verdict.value, report.score, report.max_score, tests)

    @classmethod
    def of_failure(cls, error: PlatformError) -> "Outcomes":
        """A failure of ours is no score, but it is not the same as one either."""
        return cls(f"platform_error: {error}", 0.0, 0.0, ())


@dataclass
class Tally:
    """What became of one submission so far: how often which outcomes."""

    submission: Submission
    seen: Counter[Outcomes] = field(default_factory=Counter)

    @property
    def agrees(self) -> bool:
        return len(self.seen) <= 1

    def differences(self) -> Iterator[str]:
        """In which tests the gradings differ from the most frequent one, and how."""
        (usual, _), *others = self.seen.most_common()
        for other, times in others:
            yield f"{times} of {self.seen.total()}: {other.verdict}, {other.score:g} of {other.max_score:g}"
            yield from (
                f"    {test}: {outcome}, usually {dict(_by_test(usual)).get(test, 'missing')}"
                for test, outcome in _by_test(other)
                if dict(_by_test(usual)).get(test) != outcome
            )


def submissions(pack: ChallengePack) -> list[Submission]:
    """References first, then starters, then flawed solutions."""
    made = [(f"reference, {name}", name, files.reference(pack, name)) for name in pack.languages]
    made += [(f"starter, {name}", name, files.starter(pack, name)) for name in pack.languages]
    made += [(f"flawed, {flaw.name}", flaw.language, files.flawed(pack, flaw)) for flaw in pack.flawed]
    return [
        Submission(name=f"{pack.slug}: {name}", pack=pack, language=language, files=content)
        for name, language, content in made
    ]


def catalogue() -> list[ChallengePack]:
    return [packs.load(folder) for folder in sorted(CATALOG.iterdir()) if folder.is_dir()]


def repeat(
    chosen: Sequence[Submission], *, repeats: int, pods: PodSource, images: ImageFinder
) -> Generator[Tally]:
    """Yields a submission's tally each time that one more grading of it has ended.

    Every round grades each submission once, so that different ones run at the same time.
    """
    tallies = {submission.name: Tally(submission) for submission in chosen}
    stopping = threading.Event()

    def once(submission: Submission) -> tuple[str, Outcomes | None]:
        if stopping.is_set():
            return submission.name, None
        try:
            report = grade(
                submission.pack,
                submission.files,
                language=submission.language,
                suite=Suite.HIDDEN,
                pods=pods,
                images=images,
            )
        except PlatformError as error:
            return submission.name, Outcomes.of_failure(error)
        return submission.name, Outcomes.of(report)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        try:
            jobs = [threads.submit(once, submission) for _ in range(repeats) for submission in chosen]
            for job in as_completed(jobs):
                name, outcomes = job.result()
                if outcomes is not None:
                    tallies[name].seen[outcomes] += 1
                    yield tallies[name]
        finally:
            stopping.set()


@contextmanager
def busy_machine() -> Iterator[None]:
    """Somebody else uses the processors too, as much as they get."""
    load = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY_PROCESSES)]
    try:
        yield
    finally:
        for process in load:
            process.kill()
            process.wait()


def _by_test(outcomes: Outcomes) -> Iterable[tuple[str, str]]:
    return ((test, f"{outcome} ({points:g})") for test, outcome, points in outcomes.tests)

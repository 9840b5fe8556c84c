"""The tiny packs of tests/packs, and grading them for real or with scripted pods."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from grading import files as submitted
from grading import packs
from grading.challenge import ChallengePack, Suite
from grading.grade import grade
from grading.images import ImageFinder
from grading.report import Outcome, Report
from grading.warm import Wanted, WarmSessions
from sandbox.contract import PodSource
from sandbox.images import Recipe
from tests.servers import free_port

WARM = pytest.mark.parametrize("grader", ["warm"], indirect=True)
EITHER = pytest.mark.parametrize("grader", ["cold", "warm"], indirect=True)
"""For tests with the fixture `grader`."""

FOLDER = Path(__file__).parents[1] / "packs"


def pack(name: str) -> ChallengePack:
    return packs.load(FOLDER / name)


def with_limits(pack: ChallengePack, **limits: Any) -> ChallengePack:
    return replace(pack, limits=replace(pack.limits, **limits))


def with_tests(pack: ChallengePack, source: str) -> ChallengePack:
    """The pack with one other file of hidden tests, and without the solutions that fail the others."""
    replaced = ("tests/hidden/test_", "flawed/")
    kept = {path: data for path, data in pack.files.items() if not path.startswith(replaced)}
    files = {**kept, "tests/hidden/test_it.py": source.encode()}
    return packs.from_tar(packs.to_tar(replace(pack, files=files)), slug=pack.slug)


def at_a_free_port(pack: ChallengePack) -> ChallengePack:
    """For a judge that runs on this machine."""
    return replace(pack, service=replace(pack.service, port=free_port()))


def with_build(pack: ChallengePack, *build: str) -> ChallengePack:
    """The pack with a build command for its only language."""
    [(slug, language)] = pack.languages.items()
    return replace(pack, languages={slug: replace(language, build=build)})


class NoImages:
    """Finds every image at once: for scripted pods."""

    def find_or_build(self, recipe: Recipe) -> str:
        return f"sha256:{recipe.digest}"


@dataclass(frozen=True)
class Grader:
    """Grades on these pods, or in what waits in `warm`."""

    pods: PodSource
    images: ImageFinder
    warm: WarmSessions | None = None

    def __call__(
        self,
        pack: ChallengePack,
        files: Mapping[str, str],
        *,
        language: str = "",
        suite: Suite = Suite.HIDDEN,
        **told: Any,
    ) -> Report:
        """`language`: the pack's first unless given. `told`: on_phase and on_result of `grade`."""
        language = language or next(iter(pack.languages))
        return grade(
            pack,
            files,
            language=language,
            suite=suite,
            pods=self.pods,
            images=self.images,
            warm=self.warm,
            seed=7,
            **told,
        )

    def reference(self, pack: ChallengePack, *, language: str = "", **told: Any) -> Report:
        files = submitted.reference(pack, language or next(iter(pack.languages)))
        return self(pack, files, language=language, **told)

    def starter(self, pack: ChallengePack) -> Report:
        return self(pack, submitted.starter(pack, next(iter(pack.languages))))


class WarmGrader(Grader):
    """Has a session made ready before each grading."""

    def __call__(
        self,
        pack: ChallengePack,
        files: Mapping[str, str],
        *,
        language: str = "",
        suite: Suite = Suite.HIDDEN,
        **told: Any,
    ) -> Report:
        """As `Grader`."""
        assert self.warm is not None
        language = language or next(iter(pack.languages))
        make_ready(self.warm, pack, language, suite)
        return super().__call__(pack, files, language=language, suite=suite, **told)


def make_ready(warm: WarmSessions, pack: ChallengePack, language: str, suite: Suite) -> None:
    """One session of this kind, and no other, made now."""
    warm.expect([(pack, language, suite)])
    while warm.tend() == 0:
        pass
    assert warm.waiting()[Wanted.of(pack, language, suite)] >= 1
    warm.expect([])


def outcomes(report: Report) -> dict[str, Outcome]:
    """Test's name -> outcome."""
    return {result.id.rpartition("::")[2]: result.outcome for result in report.results}

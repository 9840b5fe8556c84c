"""Every challenge that ships proves itself: references 100, flawed ones as declared, starter low, empty 0."""

from pathlib import Path

import pytest

from grading import admission, packs
from grading.challenge import Suite
from grading.grade import grade
from grading.warm import waiting_bytes
from sandbox.spec import MIB

CATALOG = Path(__file__).resolve().parents[2] / "assessments" / "catalog"
CHALLENGES = sorted(folder.name for folder in CATALOG.iterdir() if folder.is_dir())
AT_ONCE = 3
HIDDEN_TESTS, FLAWED = 12, 4
"""A shipped challenge has at least so many."""


def test_the_catalogue_ships_the_three_first_challenges():
    assert {"orders-api", "product-cache", "slow-report"} <= set(CHALLENGES)


@pytest.mark.parametrize("slug", CHALLENGES)
def test_a_challenge_has_tests_and_wrong_solutions_enough(slug):
    pack = packs.load(CATALOG / slug)
    assert len(pack.tests(Suite.HIDDEN)) >= HIDDEN_TESTS
    assert len(pack.flawed) >= FLAWED


@pytest.mark.parametrize("slug", CHALLENGES)
def test_a_challenge_has_room_among_what_waits(slug, settings):
    """With the settings as they are, nothing that ships always starts cold."""
    pack = packs.load(CATALOG / slug)
    assert max(waiting_bytes(pack, suite) for suite in Suite) <= settings.WARM_MEMORY_MB * MIB


@pytest.mark.docker
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("slug", CHALLENGES)
def test_a_challenge_proves_itself(slug, pods, images):
    pack = packs.load(CATALOG / slug)

    def grade_files(files, language, suite):
        return grade(pack, files, language=language, suite=suite, pods=pods, images=images)

    trials = admission.prove(pack, grade_files, at_once=AT_ONCE)
    faults = [f"{trial.name} ({trial.percent:.1f} %): {fault}" for trial in trials for fault in trial.faults]
    assert not faults, "\n".join(faults)

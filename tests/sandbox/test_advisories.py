"""Which published holes an engine's versions have, and that a distribution's numbers do not decide."""

import pytest

from sandbox.advisories import ADVISORIES, examine, parse
from sandbox.findings import Level

MENDED = {"engine": "29.6.0", "runc": "1.5.0", "kernel": "6.18.44"}


def levels(**versions: str) -> dict[str, Level]:
    """Subject -> level, of an engine with these versions and otherwise the newest."""
    return {finding.subject: finding.level for finding in examine({**MENDED, **versions})}


def test_the_newest_versions_have_no_known_hole():
    assert set(levels().values()) == {Level.OK}
    assert len(levels()) == len(ADVISORIES)


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("1.1.5", Level.REFUSED),
        ("1.1.11", Level.REFUSED),
        ("1.1.12", Level.OK),
        ("1.2.0", Level.OK),
        ("1.1.5+ds1", Level.WARNING),
        ("1.1.5-0ubuntu1~22.04.1", Level.WARNING),
        ("1.1.4-1.el9", Level.WARNING),
    ],
)
def test_a_leaked_folder_of_the_host(version, level):
    assert levels(runc=version)["CVE-2024-21626"] is level


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("1.1.15", Level.REFUSED),
        ("1.2.7", Level.REFUSED),
        ("1.2.8", Level.OK),
        ("1.3.2", Level.REFUSED),
        ("1.3.3", Level.OK),
        ("1.4.0-rc.1", Level.REFUSED),
        ("1.4.0", Level.OK),
        ("2.0.0", Level.OK),
    ],
)
def test_each_branch_is_mended_by_a_version_of_its_own(version, level):
    assert levels(runc=version)["CVE-2025-31133"] is level


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("5.4.100", Level.OK),
        ("5.10.101", Level.REFUSED),
        ("5.10.102", Level.OK),
        ("5.15.24-microsoft-standard-WSL2", Level.REFUSED),
        ("5.15.0-91-generic", Level.WARNING),
        ("5.10.0-8-amd64", Level.WARNING),
        ("6.1.0-23-amd64", Level.OK),
    ],
)
def test_dirty_pipe_came_with_one_kernel_and_went_with_another(version, level):
    assert levels(kernel=version)["CVE-2022-0847"] is level


def test_what_cannot_reach_a_pod_refuses_nobody():
    assert levels(engine="20.10.7")["CVE-2026-41567"] is Level.OK


def test_a_version_that_cannot_be_read_is_a_warning():
    assert levels(runc="")["runc"] is Level.WARNING
    assert levels(runc="unknown-version")["runc"] is Level.WARNING


def test_a_refusal_names_the_hole_and_the_remedy():
    (found,) = (
        finding for finding in examine({**MENDED, "runc": "1.1.5"}) if finding.subject == "CVE-2024-21626"
    )
    assert "CVE-2024-21626 in runc 1.1.5" in found.sentence
    assert "fixed in 1.1.12" in found.sentence
    assert found.remedy == "Upgrade runc."


def test_the_engine_these_containers_run_on_can_be_named():
    assert parse("20.10.24+dfsg1") == (20, 10, 24)
    assert parse("6.18.44-fc-v595") == (6, 18, 44)
    assert parse("v1.1.12-0-g51d5e94") == (1, 1, 12)

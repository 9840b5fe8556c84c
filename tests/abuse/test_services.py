"""Attacks on the services of a pod (G20 to G31), and proof that users and sockets are what keeps them out."""

from dataclasses import replace

import pytest

from grading import services
from grading.report import Outcome
from sandbox import hardening
from sandbox import pod as sandbox_pod
from tests.abuse import targets
from tests.abuse.cases_services import CASES, STORES
from tests.abuse.invariants import as_the_table_says

pytestmark = [pytest.mark.docker, pytest.mark.django_db]
LOGINS = "test_g24_logs_in_with_nothing_but_its_own_account"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_services_obey_nobody_but_the_judge(attack, case):
    as_the_table_says(attack(case))


@pytest.fixture
def outcome_of_logins(grade):
    """Grades the attack on PostgreSQL and Redis, and tells what became of its test of logins."""

    def run():
        report = grade(targets.read("stores"), STORES)
        return next(result.outcome for result in report.results if result.id.endswith(LOGINS))

    return run


@pytest.mark.parametrize(("same_user", "outcome"), [(False, Outcome.PASSED), (True, Outcome.FAILED)])
def test_a_socket_in_reach_is_closed_to_other_users(monkeypatch, outcome_of_logins, same_user, outcome):
    """The candidate is given the sockets' folders: only a user of its own still keeps it out."""
    make, allocate = services._candidate, hardening.allocate_uids
    monkeypatch.setattr(
        services, "_candidate", lambda *arguments: replace(make(*arguments), sockets=("postgres", "redis"))
    )
    if same_user:
        monkeypatch.setattr(
            sandbox_pod,
            "allocate_uids",
            lambda names: dict.fromkeys(names, next(iter(allocate(names).values()))),
        )
        monkeypatch.setattr(sandbox_pod, "fresh_uid", lambda uids, _: dict(uids))
    assert outcome_of_logins() is outcome

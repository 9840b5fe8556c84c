"""Ways out of a container (E01 to E26), and proof that each wall is what stops them."""

import pytest

from grading.report import Outcome
from sandbox import hardening, member
from sandbox.spec import Role
from tests.abuse import targets
from tests.abuse.cases_escape import CASES, CONTROLS, ESCAPE, with_network_enabled
from tests.abuse.invariants import as_the_table_says

pytestmark = [pytest.mark.docker, pytest.mark.django_db]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_nothing_leads_out(attack, case):
    as_the_table_says(attack(case))


WHO = {with_network_enabled: Role.JUDGE}
"""Who else is changed: the judge's container holds the network."""


@pytest.fixture
def weakened(monkeypatch):
    """Containers are made with other arguments: the candidate's, and those of the namespace's holder."""

    def weaken(create, host):
        made, hosted = hardening.create_arguments, hardening.host_arguments

        def create_arguments(spec, *arguments, **named):
            found = made(spec, *arguments, **named)
            return create(found) if spec.role in (Role.CANDIDATE, WHO.get(create)) else found

        def host_arguments(spec, *arguments, **named):
            found = hosted(spec, *arguments, **named)
            return host(found) if spec.role in (Role.CANDIDATE, WHO.get(create)) else found

        monkeypatch.setattr(member, "create_arguments", create_arguments)
        monkeypatch.setattr(member, "host_arguments", host_arguments)

    return weaken


@pytest.mark.parametrize("name", CONTROLS)
def test_without_its_wall_the_attack_finds_something(weakened, grade, name):
    create, host, expected = CONTROLS[name]
    weakened(create, host)
    report = grade(targets.read("escape"), ESCAPE)
    found = {result.id.rpartition("::")[2] for result in report.results if result.outcome is Outcome.FAILED}
    assert expected <= found, (found, report.log)

"""Attacks on the grade itself."""

import pytest

from tests.abuse import cases_integrity, cases_spying
from tests.abuse.invariants import as_the_table_says

pytestmark = [pytest.mark.docker, pytest.mark.django_db]


@pytest.mark.parametrize("case", [*cases_integrity.CASES, *cases_spying.CASES], ids=str)
def test_attack_on_the_grade(attack, case):
    as_the_table_says(attack(case))

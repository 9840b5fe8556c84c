"""Attacks on what a program may use."""

import pytest

from tests.abuse.cases_resources import CASES
from tests.abuse.invariants import as_the_table_says

pytestmark = [pytest.mark.docker, pytest.mark.django_db]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_attack_on_resources(attack, case):
    as_the_table_says(attack(case))

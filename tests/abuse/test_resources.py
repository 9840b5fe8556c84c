"""Attacks on what a program may use, time included."""

import pytest

from tests.abuse import cases_connections, cases_resources, cases_time, cases_writing
from tests.abuse.invariants import as_the_table_says

TABLES = cases_resources, cases_writing, cases_time, cases_connections
CASES = [case for table in TABLES for case in table.CASES]
pytestmark = [pytest.mark.docker, pytest.mark.django_db]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_attack_on_resources(attack, case):
    as_the_table_says(attack(case))

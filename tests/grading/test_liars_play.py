"""Liars of kind function on real containers: a weak test is passed in both languages, a strong one in none.

Services and SQL are played with the catalogue (tests/catalog), programs in test_prove.
"""

import pytest

from grading import admission
from grading.liars import liars
from tests.grading import tiny

pytestmark = pytest.mark.docker

SUITE = """
from solution import add


def test_weak():
    '''Something true comes back'''
    assert add(1, 2)


def test_strong(rng):
    '''The sum comes back'''
    a, b = rng.randrange(10**6), rng.randrange(10**6)
    assert add(a, b) == a + b
"""


def test_a_weak_test_is_passed_by_a_liar_in_each_language_and_a_strong_one_by_none(grader):
    pack = tiny.with_tests(tiny.pack("tiny-function"), SUITE)
    played = {}
    for liar in liars(pack):
        if liar.name in ("true", "says yes"):
            report = grader(pack, liar.files, language=liar.language)
            trial = admission._concluded_liar(liar.name, pack, liar, [report])
            played[liar.name, liar.language] = [str(fault).partition(" ")[0] for fault in trial.faults]
    assert set(played) == {(name, slug) for name in ("true", "says yes") for slug in pack.languages}
    for slug in pack.languages:
        assert played["true", slug] == ["test_it.py::test_weak"]
    assert not any("test_it.py::test_strong" in passed for passed in played.values())

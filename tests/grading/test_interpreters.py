"""How a candidate's container waits for its files."""

import pytest

from grading.challenge import Suite
from grading.interpreters import waiting_command
from tests.grading import tiny

TESTS = "".join(f"def test_{number}():\n    'Passes'\n\n\n" for number in range(12))


@pytest.mark.parametrize(
    ("processes", "memory_mb", "count"),
    [(64, 256, 12), (512, 4096, 12), (8, 256, 2), (40, 256, 10), (64, 32, 2)],
)
def test_what_rests_for_the_tests_leaves_most_of_the_limits_to_the_program(processes, memory_mb, count):
    pack = tiny.with_tests(tiny.pack("tiny-function"), TESTS)
    pack = tiny.with_limits(pack, processes=processes, memory_mb=memory_mb)
    assert len(pack.tests(Suite.HIDDEN)) == 12
    assert f"--tests={count}" in waiting_command(pack, pack.languages["python"])

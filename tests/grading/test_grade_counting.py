"""What fixtures count in real stores, and that nothing is done unseen: suites of our own, in a judge."""

import pytest

from grading.report import Outcome, Verdict
from tests.grading import tiny

pytestmark = pytest.mark.docker
SUITES = tiny.FOLDER / "suites"


def test_work_in_postgresql_is_counted(grader):
    pack = tiny.with_limits(
        tiny.with_tests(tiny.pack("tiny-sql"), (SUITES / "counting.py").read_text()),
        run_seconds=300.0,
        test_seconds=30.0,
    )
    report = grader(pack, {"query.sql": "SELECT 1", "indexes.sql": ";"})
    failed = {item.id: item.detail for item in report.results if item.outcome is not Outcome.PASSED}
    assert (report.verdict, failed) == (Verdict.GRADED, {})
    assert len(report.results) > 15

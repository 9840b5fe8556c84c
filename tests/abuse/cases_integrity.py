"""The table of attacks on the grade: lying, guessing, reading, breaking what counts."""

from grading.report import Outcome, Verdict
from tests.abuse.harness import Case, cases
from tests.abuse.programs import SERVICE, when_calm

ASKED = frozenset({"test_adds", "test_keeps_a_secret"})
"""Tests of the pack 'service' that come before /calm."""

NO_VOICE = "The program's exit code and output are never evidence; the judge's sealed records are."

CASES = [
    Case(
        id="G03",
        title="exits with status 0 while it is tested",
        program=when_calm("import os; os._exit(0)"),
        verdict=Verdict.RUNTIME_ERROR,
        says="ended with exit code 0 while it was being tested",
        passes=ASKED,
        outcomes={"test_stays_calm": Outcome.FAILED, "test_counts": Outcome.FAILED},
        mitigation=NO_VOICE,
    ),
    *cases(
        Case(
            id="G00",
            title="honest",
            program="",
            verdict=Verdict.GRADED,
            passes=None,
            mitigation="none",
        ),
        **SERVICE,
    ),
]

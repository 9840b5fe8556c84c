"""Gradings of each kind on real containers, from end to end."""

from dataclasses import replace

import pytest

from grading.challenge import Suite
from grading.report import Outcome, Verdict
from tests.grading import tiny

pytestmark = pytest.mark.docker


@tiny.EITHER
def test_service_is_graded(grader):
    report = grader.reference(tiny.pack("tiny-service"))
    assert report.verdict is Verdict.GRADED
    assert set(tiny.outcomes(report).values()) == {Outcome.PASSED}
    assert (report.score, report.max_score) == (5.25, 6.0)
    assert report.skills == {"api-design": (4.25, 5.0), "caching": (1.0, 1.0)}
    assert set(report.phases) == {"queued", "ready", "run", "removed"}
    assert {"pack", "suite", "judge", "candidate"} <= set(report.digests)


def test_visible_suite_is_graded_alone(grader):
    report = grader.reference(tiny.pack("tiny-service"), suite=Suite.VISIBLE)
    assert [result.title for result in report.results] == ["Adds 1 and 2"]
    assert report.score == 1


def test_wrong_service_fails_what_it_should(grader):
    report = grader.starter(tiny.pack("tiny-service"))
    assert tiny.outcomes(report)["test_adds_random_numbers"] is Outcome.FAILED
    assert tiny.outcomes(report)["test_answers_404"] is Outcome.PASSED


@tiny.EITHER
def test_program_is_graded(grader):
    report = grader.reference(tiny.pack("tiny-program"))
    assert (report.verdict, report.score) == (Verdict.GRADED, 6.0)


@tiny.EITHER
def test_sql_is_graded(grader):
    report = grader.reference(tiny.pack("tiny-sql"))
    assert set(tiny.outcomes(report).values()) == {Outcome.PASSED}
    assert report.verdict is Verdict.GRADED


def test_sql_without_index_earns_less(grader):
    report = grader(tiny.pack("tiny-sql"), {"query.sql": "SELECT id FROM items WHERE owner = 7 ORDER BY id;"})
    assert tiny.outcomes(report)["test_touches_few_blocks"] is Outcome.FAILED
    assert tiny.outcomes(report)["test_finds_the_right_items"] is Outcome.PASSED


def test_sql_that_hangs_costs_only_its_tests(grader):
    files = {"query.sql": "SELECT 1 FROM items a, items b, items c, items d ORDER BY random();"}
    report = grader(tiny.with_limits(tiny.pack("tiny-sql"), test_seconds=1.0), files)
    assert report.verdict is Verdict.GRADED
    assert tiny.outcomes(report)["test_finds_the_right_items"] in (Outcome.FAILED, Outcome.TIMEOUT)
    assert tiny.outcomes(report)["test_candidate_may_not_become_owner"] is Outcome.PASSED


def test_stores_are_seen_by_the_judge(grader):
    report = grader.reference(tiny.pack("tiny-stores"))
    assert set(tiny.outcomes(report).values()) == {Outcome.PASSED}


@tiny.WARM
def test_missing_cache_is_seen(grader):
    report = grader.starter(tiny.pack("tiny-stores"))
    assert tiny.outcomes(report)["test_asks_the_database_once"] is Outcome.FAILED


def test_same_seed_gives_the_same_report(grader):
    pack = tiny.pack("tiny-service")
    first, second = grader.starter(pack), grader.starter(pack)
    assert [(item.id, item.outcome, item.message) for item in first.results] == [
        (item.id, item.outcome, item.message) for item in second.results
    ]


@pytest.mark.parametrize("preload", [(), ("json",)])
def test_what_print_wrote_is_shown_without_a_flag(grader, preload):
    """Of a program that ends without writing what it has in its buffer."""
    pack = tiny.pack("tiny-service")
    [(slug, language)] = pack.languages.items()
    command = tuple(word for word in language.command if word != "-u")
    assert command != language.command
    pack = replace(pack, languages={slug: replace(language, command=command, preload=preload)})
    report = grader(pack, {"server.py": "import os\nprint('What print wrote')\nos._exit(3)\n"})
    assert (report.verdict, report.log) == (Verdict.START_FAILED, "What print wrote\n")


@tiny.WARM
@pytest.mark.parametrize("name", ["tiny-service", "tiny-program"])
def test_program_is_built_first(grader, name):
    pack = tiny.with_build(tiny.pack(name), "sh", "-c", "echo building; touch built.txt")
    report = grader.reference(pack)
    assert report.verdict is Verdict.GRADED
    assert set(tiny.outcomes(report).values()) == {Outcome.PASSED}


@pytest.mark.parametrize("name", ["tiny-service", "tiny-program"])
def test_build_that_fails_is_told_apart(grader, name):
    pack = tiny.with_build(tiny.pack(name), "sh", "-c", "echo missing semicolon; exit 7")
    report = grader.reference(pack)
    assert (report.verdict, report.score) == (Verdict.BUILD_FAILED, 0)
    assert "missing semicolon" in report.log


QUICK = '''
def test_is_quick(program):
    """Answers within two seconds"""
    done = program.run("7", stdin="49", files={"given.txt": "x"}, timeout_seconds=2)
    assert done.timed_out
'''
GIVEN = '''
def test_is_given(program):
    """Gets everything when it is built"""
    done = program.run("7", stdin="49", files={"given.txt": "x"}, timeout_seconds=60)
    assert done.stdout == "7 49 x built"
'''
READS = """import sys
print(sys.argv[1], sys.stdin.read(), open("given.txt").read(), open("built.txt").read(), end="")
"""
TELLS = '''
def test_is_told(program):
    """Is told"""
    program.run("ARGUMENT", stdin="INPUT", files={"given.txt": "FILE"})
'''
SPY = "cat given.txt; ls; timeout 1 cat /proc/$PPID/fd/0; cat /proc/*/cmdline | tr '\\0' ' '; echo $0 $*"


def test_a_run_does_not_get_the_time_of_the_build(grader):
    pack = tiny.with_build(tiny.with_tests(tiny.pack("tiny-program"), QUICK), "true")
    report = grader(pack, {"main.py": "import time\ntime.sleep(30)"})
    assert set(tiny.outcomes(report).values()) == {Outcome.PASSED}, report


def test_a_run_gets_all_that_it_needs_after_the_build(grader):
    pack = tiny.with_tests(tiny.pack("tiny-program"), GIVEN)
    pack = tiny.with_build(pack, "sh", "-c", "sleep 1; printf built > built.txt")
    report = grader(pack, {"main.py": READS})
    assert set(tiny.outcomes(report).values()) == {Outcome.PASSED}, report


def test_nothing_of_a_run_is_there_while_the_program_is_built(grader):
    pack = tiny.with_build(tiny.with_tests(tiny.pack("tiny-program"), TELLS), "sh", "-c", SPY)
    report = grader(pack, {"main.py": "print('that was all')"})
    assert report.verdict is Verdict.GRADED, report
    assert "main.py" in report.log
    assert not {"ARGUMENT", "INPUT", "FILE"} & set(report.log.replace("\n", " ").split()), report.log

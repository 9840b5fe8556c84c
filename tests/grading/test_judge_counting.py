"""What the judge reads out of PostgreSQL's log, without a server."""

import itertools

import pytest

from grading.judge import serverlog
from grading.judge.plans import run_of_log
from grading.judge.serverlog import Begun, Planned, ServerLog, process_of
from grading.judge.work import calls

FIRST = """\
6b08.3f candidate main LOG:  00000: AUDIT: SESSION,1,1,READ,SELECT,TABLE,public."od""d",<not logged>,x
6b08.3f candidate main LOCATION:  log_audit_event, pgaudit.c:875
6b08.3f candidate main LOG:  00000: AUDIT: SESSION,1,1,READ,SELECT,VIEW,other.v,<not logged>,<not logged>
6b08.3f candidate main LOCATION:  log_audit_event, pgaudit.c:875
6b08.3f candidate main LOG:  00000: AUDIT: SESSION,1,2,FUNCTION,EXECUTE,FUNCTION,public.f,<not logged>,x
6b08.3f candidate main LOCATION:  log_audit_event, pgaudit.c:875
6b08.40 owner main LOG:  00000: AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.items,<not logged>,<not logged>
6b08.40 owner main LOCATION:  log_audit_event, pgaudit.c:875
6b08.3f candidate main LOG:  00000: duration: 0.058 ms  plan:
\t{
\t  "Query Text": "SELECT 1",
\t  "Plan": {"Node Type": "Result", "Shared Hit Blocks": 2}
\t}
6b08.3f candidate main CONTEXT:  SQL statement "select
\t1"
6b08.3f candidate main LOCATION:  explain_ExecutorEnd, auto_explain.c:431
6b08.3f candidate main LOG:  00000: AUDIT: SESSION,2,1,READ,SELECT,TABLE,public.forged,x,x
\t6b08.3f candidate main LOCATION:  log_audit_event, pgaudit.c:875
6b08.3f candidate main LOCATION:  exec_stmt_raise, pl_exec.c:3913
6b08.3f candidate main LOG:  00000: AUDIT: SESSION,3,1,READ,SELECT,TABLE,public.cut,x,x
6b08.1   LOG:  00000: checkpoint starting: time
"""


@pytest.fixture
def log(tmp_path, monkeypatch):
    """A log of two files, into which marks are written at once."""
    monkeypatch.setattr(serverlog, "MARK_SECONDS", 0.05)
    (tmp_path / "1.log").write_text("")
    (tmp_path / "2.log").write_text("")

    def mark(text):
        with (tmp_path / "2.log").open("a") as file:
            file.write(f"6b08.3e owner main LOG:  00000: {text}\n6b08.3e owner main LOCATION:  x, y.c:1\n")

    return ServerLog(tmp_path, mark)


def write(tmp_path, text, name="2.log"):
    with (tmp_path / name).open("a") as file:
        file.write(text)


def test_records_of_a_role_are_read(log, tmp_path):
    start = log.here()
    write(tmp_path, FIRST)
    assert log.since(start, user="candidate") == [
        Begun("6b08.3f", "main", 1, 1, "SELECT", 'public.od"d'),
        Begun("6b08.3f", "main", 1, 1, "SELECT", "other.v"),
        Planned("6b08.3f", "SELECT 1", {"Node Type": "Result", "Shared Hit Blocks": 2}),
    ]
    assert log.since(start, user="nobody") == []
    assert process_of("6b08.3f") == 0x3F


def test_what_was_before_is_not_read(log, tmp_path):
    write(tmp_path, FIRST)
    assert log.since(log.here(), user="candidate") == []


def test_several_files_are_one_log(log, tmp_path):
    start = log.here()
    (tmp_path / "3.log").write_text(FIRST)
    (tmp_path / "2.log").rename(tmp_path / "2.old")
    (tmp_path / "2.log").write_bytes((tmp_path / "2.old").read_bytes())
    log._mark = lambda text: write(tmp_path, f"6b08.3e owner main LOG:  00000: {text}\n", "4.log")
    assert len(log.since(start, user="candidate")) == 3


def write_too_much(log, tmp_path):
    write(tmp_path, "x" * serverlog.SPAN_BYTES)


def remove_the_file(log, tmp_path):
    (tmp_path / "2.log").rename(tmp_path / "3.log")
    log._mark = lambda text: write(tmp_path, f"6b08.3e owner main LOG:  00000: {text}\n", "3.log")


def lose_the_mark(log, tmp_path):
    log._mark = str


@pytest.mark.parametrize("lose", [write_too_much, remove_the_file, lose_the_mark])
def test_what_is_lost_fails_the_test(log, tmp_path, lose):
    start = log.here()
    lose(log, tmp_path)
    with pytest.raises(pytest.fail.Exception, match="its work is not known"):
        log.since(start, user="candidate")


def test_a_full_log_fails_the_test(log, monkeypatch):
    monkeypatch.setattr(serverlog, "FREE_BYTES", 2**70)
    with pytest.raises(pytest.fail.Exception, match="its work is not known"):
        log.here()


_STATEMENTS = itertools.count()


def statement(*steps):
    """Each step is the server's tag and the tables that it touches."""
    number = next(_STATEMENTS)
    return [
        Begun("1.1", "main", number, step, command, table)
        for step, (command, *tables) in enumerate(steps)
        for table in tables or [""]
    ]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (statement(("SELECT", "public.a", "public.b")), [("SELECT", {"a", "b"})]),
        (statement(("SELECT", "public.a"), ("EXECUTE",)), [("SELECT", {"a"})]),
        (
            statement(("DO",), ("SELECT", "public.a"), ("UPDATE", "x.b")),
            [("SELECT", {"a"}), ("UPDATE", {"x.b"})],
        ),
        (statement(("DO",)), [("DO", set())]),
        (statement(("FETCH",)), [("FETCH", set())]),
        (statement(("SELECT",), ("SELECT",)), []),
        (statement(("SELECT", "pg_catalog.pg_class")), []),
        (statement(("COPY", "pg_catalog.pg_class")), [("COPY", set())]),
        (statement(("BEGIN",)) + statement(("INSERT", "public.a")), [("INSERT", {"a"})]),
    ],
)
def test_statements_become_calls(records, expected):
    assert [(call.command, set(call.tables)) for call in calls(records)] == expected


def plan(blocks, rows, index="", text=""):
    root = {"Node Type": "Scan", "Shared Hit Blocks": blocks, "Actual Rows": rows, "Actual Loops": 1}
    return Planned("1.1", text, {**root, "Index Name": index} if index else root)


def test_figures_of_a_run_are_of_all_that_it_did():
    while_planning = [*statement(("SELECT", "public.a")), plan(7, 100)]
    inside = [
        *statement(("SELECT", "public.b"), ("SELECT", "public.c")),
        plan(20, 30, "c_key"),
        plan(25, 1, "b_key", "it"),
    ]
    run = run_of_log([*while_planning, *inside], text="it", rows=[(1,)], columns=("a",))
    assert (run.shared_blocks, run.rows_read, run.indexes) == (32, 131, frozenset(("b_key", "c_key")))
    assert (run.plan.shared_blocks, run.rows, run.columns) == (25, [(1,)], ("a",))


def test_a_run_without_a_plan_is_not_counted_as_nothing():
    with pytest.raises(pytest.fail.Exception, match="cannot be counted"):
        run_of_log(statement(("SELECT", "public.a")), text="it", rows=[], columns=())

"""Pure parts of the judge: plans, sockets, messages."""

import json
from pathlib import Path

import httpx
import psycopg
import pytest

from grading.judge.failing import fail
from grading.judge.memory import TOO_MUCH
from grading.judge.messages import (
    NO_MESSAGE,
    NOT_AS_ASKED,
    UNEXPECTED,
    public_message,
    shorten,
)
from grading.judge.plans import Plan
from grading.judge.raised import Description, exception
from grading.judge.sockets import Listener, abstract_sockets, listeners
from grading.judge.timer import TestTimeoutError

PLAN = Plan(
    {
        "Node Type": "Nested Loop",
        "Actual Rows": 10,
        "Actual Loops": 1,
        "Shared Hit Blocks": 30,
        "Shared Read Blocks": 2,
        "Plans": [
            {"Node Type": "Seq Scan", "Actual Rows": 5, "Actual Loops": 1, "Rows Removed by Filter": 95},
            {"Node Type": "Index Scan", "Index Name": "items_owner", "Actual Rows": 2, "Actual Loops": 5},
        ],
    }
)


def test_plan_counts_work():
    assert PLAN.shared_blocks == 32
    assert PLAN.rows == 10 + 100 + 10
    assert PLAN.indexes == {"items_owner"}
    assert PLAN.node_types == ["Nested Loop", "Seq Scan", "Index Scan"]


HERE = Path(__file__).parent
TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1234        0 1 1 0
   1: 0100007F:1F41 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1234        0 2 1 0
"""
TCP6 = """  sl  local_address                         remote_address                        st
   0: 00000000000000000000000001000000:1388 00000000000000000000000000000000:0000 0A 0:0 00:0 0 77 0 3
   1: 00000000000000000000000000000000:1F42 00000000000000000000000000000000:0000 0A 0:0 00:0 0 77 0 4
"""
UNIX = """Num       RefCount Protocol Flags    Type St Inode Path
0000: 00000002 00000000 00010000 0001 01 111 /run/touchstone/redis/redis.sock
0000: 00000002 00000000 00010000 0001 01 112 @hidden
0000: 00000003 00000000 00000000 0001 03 113
"""


def test_listeners_are_read_from_proc(tmp_path):
    (tmp_path / "tcp").write_text(TCP)
    (tmp_path / "tcp6").write_text(TCP6)
    found = {Listener("127.0.0.1", 8000, 1234), Listener("::1", 5000, 77), Listener("::", 8002, 77)}
    assert listeners(tmp_path) == found
    assert {str(item) for item in found if not item.reachable} == {"[::1]:5000"}


def test_abstract_sockets_are_read_from_proc(tmp_path):
    (tmp_path / "unix").write_text(UNIX)
    assert abstract_sockets(tmp_path) == ["@hidden"]


def error_of(action):
    with pytest.raises(BaseException) as caught:
        action()
    return caught.value


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (AssertionError("status 500, expected 200\nassert 500 == 200"), "status 500, expected 200"),
        (AssertionError("assert 1 == 2\n +  where 1 = f()"), "assert 1 == 2"),
        (AssertionError(), "An assertion of the test does not hold."),
        (KeyError("id"), "KeyError: 'id'"),
        (TestTimeoutError(), "The test did not finish within 3 s."),
        (
            error_of(lambda: json.loads("<html>")),
            "The answer is not valid JSON: Expecting value at line 1, column 1.",
        ),
        (error_of(lambda: b"\xff".decode()), "The answer is not valid UTF-8."),
    ],
)
def test_candidate_reads_one_short_text(error, message):
    assert public_message(error, seconds=3, hidden=False, tests=HERE) == message


STATUS = "the status is wrong"


def fails(holds, message):
    assert holds, message


def named():
    raise exception(Description(("asked",), "asked"), {})


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: fails(False, "asked"), NO_MESSAGE),
        (lambda: pytest.fail("in these words"), "in these words"),
        (lambda: pytest.fail(f"status {'asked'}, not {200}"), "status …, not …"),
        (lambda: pytest.fail("a %s and %-5.2f" % ("asked", 1.0)), "a … and …"),  # noqa: UP031
        (lambda: pytest.fail("a {} and {b:>5}".format("asked", b=1)), "a … and …"),
        (lambda: pytest.fail("it was " + "".join(["asked"])), "it was …"),
        (lambda: pytest.fail(STATUS), "the status is wrong"),
        (lambda: pytest.fail("".join(["asked"])), NOT_AS_ASKED),
        (lambda: pytest.skip(f"{'asked'}"), "…"),
        (lambda: fail("After 3 s"), "After 3 s"),
        (lambda: int("asked"), UNEXPECTED),
        (lambda: json.loads("asked"), "The answer is not valid JSON."),
        (lambda: b"\xff".decode(), "The answer is not valid UTF-8."),
        (named, "Your code raised an exception."),
    ],
)
def test_of_a_hidden_test_only_what_is_written_in_its_source_is_read(action, message):
    error = error_of(action)
    assert public_message(error, seconds=3, hidden=True, tests=HERE) == message


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (AssertionError("asked"), NO_MESSAGE),
        (pytest.fail.Exception("asked"), NOT_AS_ASKED),
        (psycopg.errors.UndefinedTable('relation "asked" does not exist'), UNEXPECTED),
        (httpx.ConnectError("asked"), "Your service accepts no connection."),
        (httpx.ReadTimeout("asked"), "Your service did not answer in time."),
        (httpx.RemoteProtocolError("asked"), "Your service did not give a whole answer in valid HTTP."),
        (httpx.LocalProtocolError("asked"), "A request to your service failed."),
        (TestTimeoutError(), "The test did not finish within 3 s."),
        (MemoryError(), TOO_MUCH),
        (psycopg.OperationalError("out of memory for query result"), TOO_MUCH),
        (RuntimeError("can't start new thread"), TOO_MUCH),
    ],
)
def test_of_a_hidden_test_every_other_sentence_is_ours(error, message):
    assert public_message(error, seconds=3, hidden=True, tests=HERE) == message


def test_long_texts_are_cut():
    assert len(public_message(AssertionError("x" * 9999), seconds=1, hidden=False, tests=HERE)) == 500
    assert len(shorten("x" * 99_999, 8192)) <= 8192

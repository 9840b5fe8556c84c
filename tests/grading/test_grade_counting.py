"""What fixtures count in real stores, and that nothing is done unseen: suites of our own, in a judge."""

from contextlib import closing

import pytest
import redis as client

from grading.judge.fixtures.redis import Redis
from grading.report import Outcome, Verdict
from tests.grading import tiny
from tests.servers import redis_server

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


@pytest.fixture(scope="module")
def store():
    with redis_server() as url:
        yield url


@pytest.fixture
def program(store):
    """A client as the program's; the judge's are others."""
    with closing(client.Redis.from_url(store, decode_responses=True)) as connected:
        connected.ping()
        yield connected


@pytest.fixture
def judged(store):
    with closing(client.Redis.from_url(store, decode_responses=True)) as owner:
        owner.flushall()
        yield Redis(owner, owner)


def test_work_in_redis_is_counted(judged, program):
    program.set("a", 1)
    with judged.work() as work:
        program.get("a")
        program.get("b")
        program.eval("return redis.call('GET', KEYS[1])", 1, "a")
        with program.pipeline() as pipeline:
            pipeline.incr("a").mget("a", "b").execute()
    program.get("a")
    assert work.commands == {"get": 3, "eval": 1, "incrby": 1, "mget": 1, "multi": 1, "exec": 1}
    assert (work.hits, work.misses) == (3, 2)


def test_commands_that_fail_in_redis_are_counted(judged, program):
    program.set("a", "text")
    with judged.work() as work, pytest.raises(client.ResponseError):
        program.eval("return redis.error_reply(redis.call('GET', KEYS[1]))", 1, "a")
    assert work.commands == {"eval": 1, "get": 1}


def test_nothing_in_redis_is_no_work(judged):
    with judged.work() as work, judged.work() as inner:
        pass
    assert inner.commands == {}
    assert work.commands == {"info": 2}
    assert (work.hits, work.misses) == (0, 0)


def test_counters_that_were_reset_count_for_nothing(judged, program):
    program.get("a")
    work = judged.work()
    judged.owner.config_resetstat()
    with pytest.raises(pytest.fail.Exception, match="were reset"):
        _ = work.commands

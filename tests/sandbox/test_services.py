"""PostgreSQL and Redis of a pod: who may enter by which door."""

import gzip
import json
import re
import secrets
import textwrap
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox.databases import postgres_data
from sandbox.images import Images, shipped
from sandbox.pod import Pod, Pods
from sandbox.spec import MIB, ContainerSpec, Limits, PodSpec, Role
from tests.sandbox.conftest import container, wait_for_line

pytestmark = pytest.mark.docker

SCHEMA = b"CREATE TABLE item (id int PRIMARY KEY);\nGRANT SELECT ON item TO candidate;\n"
MAIN = b"INSERT INTO item SELECT generate_series(1, 1000);\n"
OTHER = b"""
GRANT CREATE ON SCHEMA public TO candidate;
CREATE TABLE theirs (id int PRIMARY KEY);
ALTER TABLE theirs OWNER TO candidate;
"""

ASK = """
import json, sys
import psycopg, redis
MIB = 2**20
PASSWORDS = json.loads(sys.stdin.readline())
DOORS = {"socket": "/run/touchstone/postgres", "tcp": "127.0.0.1"}
def sql(user, door, statement, password=None, database="main"):
    try:
        with psycopg.connect(host=DOORS[door], user=user, dbname=database,
                password=password or PASSWORDS.get(f"{user}_password", ""), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchone()[0] if cursor.description else "done"
    except psycopg.Error as error:
        return "refused: " + str(error)
def cache(user, *command, password=None, database=0):
    try:
        client = redis.Redis(
            username=user, password=password or PASSWORDS.get(f"{user}_password"), db=database)
        return str(client.execute_command(*command))
    except redis.RedisError as error:
        return "refused: " + str(error)
for line in sys.stdin:
    print(json.dumps(eval(line)), flush=True)
"""


@pytest.fixture(scope="module")
def pod(pods: Pods, images: Images) -> Iterator[Pod]:
    """A pod with both services, ready; its judge evaluates expressions."""
    judge = container("judge", Role.JUDGE, images.find_or_build(shipped("judge")), ASK)
    files = {
        "schema.sql": SCHEMA,
        "main.sql": of_windows(MAIN),
        "other.sql.gz": gzip.compress(of_windows(OTHER)),
    }
    data = postgres_data(["main", "other"], files)
    spec = PodSpec(
        judge=with_sockets(judge, "postgres", "redis"),
        services=(
            service("postgres", images.find_or_build(data)),
            service("redis", images.find_or_build(shipped("redis"))),
        ),
    )
    secret = {"owner_password": secrets.token_urlsafe(), "candidate_password": secrets.token_urlsafe()}
    line = json.dumps(secret).encode() + b"\n"
    with pods.take(spec) as made:
        for name in ("postgres", "redis"):
            made.write(name, line)
            assert wait_for_line(made, name) == b"ready"
        made.write("judge", line)
        yield made


def of_windows(sql: bytes) -> bytes:
    return b"\xef\xbb\xbf" + sql.replace(b"\n", b"\r\n")


def with_sockets(spec: ContainerSpec, *names: str) -> ContainerSpec:
    return replace(spec, sockets=names)


def service(name: str, image: str) -> ContainerSpec:
    return ContainerSpec(
        name=name,
        role=Role.SERVICE,
        image=image,
        command=("/usr/local/bin/start",),
        limits=Limits(memory_bytes=512 * MIB, disk_bytes=256 * MIB),
        sockets=(name,),
    )


def ask(pod: Pod, expression: str) -> str:
    pod.write("judge", textwrap.dedent(expression).encode() + b"\n")
    return str(json.loads(wait_for_line(pod)))


MAX_MEMORY = str({b"maxmemory": str(256 * MIB).encode()})
ALLOWED = {
    "owner over the socket": ("sql('owner', 'socket', 'SELECT count(*) FROM item')", "1000"),
    "candidate over TCP": ("sql('candidate', 'tcp', 'SELECT count(*) FROM item')", "1000"),
    "candidate over the socket": ("sql('candidate', 'socket', 'SELECT current_user')", "candidate"),
    "a database without a file of its own": (
        "sql('owner', 'socket', 'SELECT count(*) FROM item', None, 'other')",
        "0",
    ),
    "statements are counted": (
        "sql('owner', 'socket', 'SELECT count(*) > 0 FROM touchstone.pg_stat_statements')",
        "True",
    ),
    "statements are forgotten": (
        "sql('owner', 'socket', 'SELECT touchstone.pg_stat_statements_reset() IS NULL')",
        "False",
    ),
    "owner is no superuser": ("sql('owner', 'socket', 'SHOW is_superuser')", "off"),
    "owner with the candidate's tables": (
        "sql('owner', 'socket', 'ALTER TABLE theirs ADD note text', None, 'other')",
        "done",
    ),
    "owner making functions": (
        "sql('owner', 'socket', 'CREATE FUNCTION one() RETURNS int LANGUAGE sql RETURN 1')",
        "done",
    ),
    "owner ending the candidate's sessions": (
        "sql('owner', 'socket', \"SELECT count(pg_terminate_backend(pid)) >= 0 FROM pg_stat_activity "
        "WHERE usename = 'candidate'\")",
        "True",
    ),
    "candidate making an index where the pack lets it": (
        "sql('candidate', 'tcp', 'CREATE INDEX ON theirs (id)', None, 'other')",
        "done",
    ),
    "candidate making a table where the pack lets it": (
        "sql('candidate', 'tcp', 'CREATE TABLE mine AS SELECT 1 AS id', None, 'other')",
        "done",
    ),
    "spilling is limited": ("sql('candidate', 'tcp', 'SHOW temp_file_limit')", "64MB"),
    "owner of Redis": ("cache('owner', 'CONFIG', 'GET', 'save')", "{b'save': b''}"),
    "candidate of Redis": ("cache('candidate', 'SET', 'a', '1')", "True"),
    "owner of Redis in the judge's database": ("cache('owner', 'SET', 'judge', '1', database=1)", "True"),
    "candidate's scripts": (
        "cache('candidate', 'EVAL', \"return redis.call('SET', 'b', 1)\", 1, 'b')",
        "b'OK'",
    ),
    "candidate keeping a script": ("len(cache('candidate', 'SCRIPT', 'LOAD', 'return 1'))", "43"),
    "candidate naming its connection": ("cache('candidate', 'CLIENT', 'SETNAME', 'shop')", "b'OK'"),
    "Redis uses half of its memory": ("cache('owner', 'CONFIG', 'GET', 'maxmemory')", MAX_MEMORY),
}
NO_RIGHT = "(?i)no permissions|(MODULE|DEBUG) command not allowed"
NOT_THE_CANDIDATES = """
    FLUSHALL|CONFIG GET save|CONFIG SET dir /work|CONFIG RESETSTAT|CONFIG REWRITE|MONITOR|CLIENT LIST
    CLIENT KILL ID 1|CLIENT PAUSE 1000|CLIENT NO-EVICT on|CLIENT TRACKING on|REPLICAOF 127.0.0.1 1
    SLAVEOF 127.0.0.1 1|SYNC|PSYNC ? -1|SCRIPT FLUSH|SCRIPT KILL|FUNCTION LIST|FUNCTION FLUSH|MODULE LIST
    MODULE LOAD /work/x.so|SLOWLOG GET|LATENCY LATEST|DEBUG SEGFAULT|SHUTDOWN NOSAVE|ACL LIST
    ACL SETUSER candidate +@all|SELECT 1|SWAPDB 0 1|MOVE a 1|COPY a b DB 1|SAVE|BGSAVE|BGREWRITEAOF
    LASTSAVE|FAILOVER|MIGRATE 127.0.0.1 1 a 0 1|RESTORE a 0 x|SORT a
    SLOWLOG RESET|LATENCY RESET|ACL LOG RESET|CLIENT NO-TOUCH on|CLIENT REPLY OFF|CLIENT UNBLOCK 1
"""
REFUSED = {
    "owner over TCP": "sql('owner', 'tcp', 'SELECT 1')",
    "a wrong password": "sql('candidate', 'tcp', 'SELECT 1', 'guess')",
    "a wrong password of the owner": "sql('owner', 'socket', 'SELECT 1', 'guess')",
    "an unknown role": "sql('postgres', 'socket', 'SELECT 1', 'x')",
    "the role that set the passwords": "sql('bootstrap', 'socket', 'SELECT 1', 'x', 'postgres')",
    "candidate writing without a right": "sql('candidate', 'tcp', 'DELETE FROM item')",
    "candidate creating tables": "sql('candidate', 'tcp', 'CREATE TABLE mine (id int)')",
    "candidate reading statistics": "sql('candidate', 'tcp', 'SELECT * FROM touchstone.pg_stat_statements')",
    "candidate running programs": "sql('candidate', 'tcp', 'COPY (SELECT 1) TO PROGRAM $$true$$')",
    "candidate in another database": "sql('candidate', 'tcp', 'SELECT 1', None, 'template1')",
    "candidate making a function": (
        "sql('candidate', 'tcp', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1', None, 'other')"
    ),
    "candidate running a block": "sql('candidate', 'tcp', 'DO $$ BEGIN END $$')",
    "candidate shadowing an operator": (
        "sql('candidate', 'tcp', 'CREATE OPERATOR public.= "
        "(LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = textne)', None, 'other')"
    ),
    "candidate shadowing an aggregate": (
        "sql('candidate', 'tcp', 'CREATE AGGREGATE public.count (int) (SFUNC = int4larger, STYPE = int)', "
        "None, 'other')"
    ),
    "candidate making a schema": "sql('candidate', 'tcp', 'CREATE SCHEMA owner', None, 'other')",
    "candidate making a database": "sql('candidate', 'tcp', 'CREATE DATABASE mine')",
    "candidate making a role": "sql('candidate', 'tcp', 'CREATE ROLE mine')",
    "candidate making large objects": "sql('candidate', 'tcp', 'SELECT lo_create(0)')",
    "candidate lifting the limit of spilling": "sql('candidate', 'tcp', 'SET temp_file_limit = -1')",
    "candidate hiding its statements": "sql('candidate', 'tcp', 'SET pg_stat_statements.track = none')",
    "candidate hiding what it does": "sql('candidate', 'tcp', 'SET pgaudit.log = none')",
    "candidate hiding what its role does": (
        "sql('candidate', 'tcp', 'ALTER ROLE candidate SET pgaudit.log = none')"
    ),
    "candidate forgetting what was counted": "sql('candidate', 'tcp', 'SELECT pg_stat_reset()')",
    "candidate reading the log": "sql('candidate', 'tcp', 'SELECT pg_current_logfile()')",
    "candidate becoming owner": "sql('candidate', 'tcp', 'SET ROLE owner')",
    "owner becoming superuser": "sql('owner', 'socket', 'ALTER ROLE owner SUPERUSER')",
    "owner running programs": "sql('owner', 'socket', 'COPY (SELECT 1) TO PROGRAM $$true$$')",
    "default user of Redis": "cache(None, 'PING')",
    "a wrong password of Redis": "cache('owner', 'PING', password='guess')",
    "candidate leaving a script's rights": (
        "cache('candidate', 'EVAL', \"return redis.call('CONFIG', 'GET', 'dir')\", 0)"
    ),
    "a value of 300 MiB": "cache('candidate', 'SETRANGE', 'big', 300 * 2**20, 'x')",
}


@pytest.mark.parametrize("case", ALLOWED)
def test_what_is_allowed_works(pod: Pod, case: str):
    expression, answer = ALLOWED[case]
    assert ask(pod, expression) == answer


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_allowed_is_refused(pod: Pod, case: str):
    assert ask(pod, REFUSED[case]).startswith("refused: ")


def test_redis_obeys_the_candidate_in_nothing_but_its_data(pod: Pod):
    commands = [text.split() for text in NOT_THE_CANDIDATES.replace("\n", "|").split("|") if text.strip()]
    answers = {" ".join(command): ask(pod, f"cache('candidate', *{command})") for command in commands}
    allowed = {name: told for name, told in answers.items() if not re.search(NO_RIGHT, told)}
    assert len(answers) == len(commands) > 35
    assert not allowed


def test_redis_that_is_full_refuses_writes_and_lives(pod: Pod):
    answers = ask(pod, "' '.join(cache('candidate', 'SETRANGE', f'k{n}', 7 * MIB, 'x') for n in range(50))")
    assert "refused: command not allowed when used memory > 'maxmemory'." in answers
    assert ask(pod, "cache('candidate', 'DEL', *(f'k{n}' for n in range(50)))").isdigit()
    assert ask(pod, "cache('candidate', 'SET', 'a', '1')") == "True"


def test_redis_keeps_the_judges_database(pod: Pod):
    ask(pod, "cache('owner', 'SET', 'judge', '1', database=1)")
    assert ask(pod, "cache('candidate', 'FLUSHDB')") == "True"
    assert ask(pod, "cache('candidate', 'GET', 'judge', database=1)").startswith("refused: ")
    assert ask(pod, "cache('owner', 'GET', 'judge', database=1)") == "b'1'"


def test_a_service_without_passwords_does_not_start(pods: Pods, images: Images):
    judge = container("judge", Role.JUDGE, images.find_or_build(shipped("judge")), "input()")
    spec = PodSpec(judge=judge, services=(service("redis", images.find_or_build(shipped("redis"))),))
    with pods.take(spec) as pod:
        pod.write("redis", b"{}\n")
        event = pod.next_event(60)
    assert getattr(getattr(event, "ending", None), "exit_code", None) == 64

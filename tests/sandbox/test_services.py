"""PostgreSQL and Redis of a pod: who may enter by which door."""

import json
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

ASK = """
import json, sys
import psycopg, redis
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
def cache(user, *command, password=None):
    try:
        client = redis.Redis(username=user, password=password or PASSWORDS.get(f"{user}_password"))
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
    data = postgres_data(["main", "other"], {"schema.sql": SCHEMA, "main.sql": MAIN})
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


def with_sockets(spec: ContainerSpec, *names: str) -> ContainerSpec:
    return replace(spec, sockets=names)


def service(name: str, image: str) -> ContainerSpec:
    return ContainerSpec(
        name=name,
        role=Role.SERVICE,
        image=image,
        command=("/usr/local/bin/start",),
        limits=Limits(memory_bytes=512 * MIB, disk_bytes=256 * MIB),
        interactive=True,
        sockets=(name,),
    )


def ask(pod: Pod, expression: str) -> str:
    pod.write("judge", textwrap.dedent(expression).encode() + b"\n")
    return str(json.loads(wait_for_line(pod)))


ALLOWED = {
    "owner over the socket": ("sql('owner', 'socket', 'SELECT count(*) FROM item')", "1000"),
    "candidate over TCP": ("sql('candidate', 'tcp', 'SELECT count(*) FROM item')", "1000"),
    "candidate over the socket": ("sql('candidate', 'socket', 'SELECT current_user')", "candidate"),
    "a database without a file of its own": (
        "sql('owner', 'socket', 'SELECT count(*) FROM item', None, 'other')",
        "0",
    ),
    "statements are counted": (
        "sql('owner', 'socket', 'SELECT count(*) > 0 FROM pg_stat_statements')",
        "True",
    ),
    "owner of Redis": ("cache('owner', 'CONFIG', 'GET', 'save')", "{b'save': b''}"),
    "candidate of Redis": ("cache('candidate', 'SET', 'a', '1')", "True"),
}
REFUSED = {
    "owner over TCP": "sql('owner', 'tcp', 'SELECT 1')",
    "a wrong password": "sql('candidate', 'tcp', 'SELECT 1', 'guess')",
    "a wrong password of the owner": "sql('owner', 'socket', 'SELECT 1', 'guess')",
    "an unknown role": "sql('postgres', 'socket', 'SELECT 1', 'x')",
    "the role that set the passwords": "sql('bootstrap', 'socket', 'SELECT 1', 'x', 'postgres')",
    "candidate writing without a right": "sql('candidate', 'tcp', 'DELETE FROM item')",
    "candidate creating tables": "sql('candidate', 'tcp', 'CREATE TABLE mine (id int)')",
    "candidate reading statistics": "sql('candidate', 'tcp', 'SELECT * FROM pg_stat_statements')",
    "candidate running programs": "sql('candidate', 'tcp', 'COPY (SELECT 1) TO PROGRAM $$true$$')",
    "candidate in another database": "sql('candidate', 'tcp', 'SELECT 1', None, 'template1')",
    "default user of Redis": "cache(None, 'PING')",
    "a wrong password of Redis": "cache('owner', 'PING', password='guess')",
    "candidate resetting counters": "cache('candidate', 'CONFIG', 'RESETSTAT')",
    "candidate watching others": "cache('candidate', 'ACL', 'LIST')",
    "candidate stopping Redis": "cache('candidate', 'SHUTDOWN')",
}


@pytest.mark.parametrize("case", ALLOWED)
def test_what_is_allowed_works(pod: Pod, case: str):
    expression, answer = ALLOWED[case]
    assert ask(pod, expression) == answer


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_allowed_is_refused(pod: Pod, case: str):
    assert ask(pod, REFUSED[case]).startswith("refused: ")


def test_a_service_without_passwords_does_not_start(pods: Pods, images: Images):
    judge = container("judge", Role.JUDGE, images.find_or_build(shipped("judge")), "input()")
    spec = PodSpec(judge=judge, services=(service("redis", images.find_or_build(shipped("redis"))),))
    with pods.take(spec) as pod:
        pod.write("redis", b"{}\n")
        event = pod.next_event(60)
    assert getattr(getattr(event, "ending", None), "exit_code", None) == 64

"""RabbitMQ of a pod: what each account may do, and that there is no other way in."""

import json
import secrets
import textwrap
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sandbox.images import Images, shipped
from sandbox.pod import Pod, Pods
from sandbox.spec import MIB, ContainerSpec, Limits, PodSpec, Role
from tests.sandbox.conftest import container, wait_for_line

pytestmark = pytest.mark.docker

ASK = """
import json, pathlib, sys
import pika
PASSWORDS = json.loads(sys.stdin.readline())
def broker(user, operation, *arguments, password=None, host="app", **options):
    credentials = pika.PlainCredentials(user, password or PASSWORDS.get(f"{user}_password", "guest"))
    try:
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", 5672, host, credentials))
    except pika.exceptions.AMQPError as error:
        return "refused: " + repr(error)
    try:
        channel = connection.channel()
        answer = getattr(channel, operation)(*arguments, **options)
        channel.queue_declare("", exclusive=True)  # A publish has no answer: its error comes with this one's.
        return type(answer).__name__
    except pika.exceptions.ChannelClosedByBroker as error:
        return ("refused: " if error.reply_code == 403 else "strange: ") + str(error)
    finally:
        connection.close()
def listeners():
    lines = [line.split() for name in ("tcp", "tcp6")
        for line in pathlib.Path("/proc/net", name).read_text().splitlines()[1:]]
    return sorted(fields[1] for fields in lines if fields[3] == "0A")
for line in sys.stdin:
    print(json.dumps(eval(line)), flush=True)
"""


@pytest.fixture(scope="module")
def pod(pods: Pods, images: Images) -> Iterator[Pod]:
    """A pod with RabbitMQ, ready, and in it a queue and an exchange 'judge.x'; its judge evaluates
    expressions.
    """
    judge = container("judge", Role.JUDGE, images.find_or_build(shipped("judge")), ASK)
    service = ContainerSpec(
        name="rabbitmq",
        role=Role.SERVICE,
        image=images.find_or_build(shipped("rabbitmq")),
        command=("/usr/local/bin/start",),
        limits=Limits(memory_bytes=512 * MIB, disk_bytes=256 * MIB, processes=128, open_files=1024),
        sockets=("rabbitmq",),
    )
    secret = {"owner_password": secrets.token_hex(16), "candidate_password": secrets.token_hex(16)}
    line = json.dumps(secret).encode() + b"\n"
    with pods.take(PodSpec(judge=replace(judge, sockets=("rabbitmq",)), services=(service,))) as made:
        made.write("rabbitmq", line)
        assert wait_for_line(made, "rabbitmq") == b"ready"
        made.write("judge", line)
        ask(made, "broker('owner', 'queue_declare', 'judge.x')")
        ask(made, "broker('owner', 'exchange_declare', 'judge.x')")
        yield made


def ask(pod: Pod, expression: str) -> object:
    pod.write("judge", textwrap.dedent(expression).encode() + b"\n")
    return json.loads(wait_for_line(pod))


ALLOWED = {
    "owner with the judge's queues": "broker('owner', 'queue_purge', 'judge.x')",
    "candidate with its own queues": "broker('candidate', 'queue_declare', 'orders', durable=True)",
    "candidate with its own exchanges": "broker('candidate', 'exchange_declare', 'judges', 'topic')",
}
REFUSED = {
    "guest": "broker('guest', 'queue_declare', 'a', password='guest')",
    "guest in the default virtual host": "broker('guest', 'queue_declare', 'a', password='guest', host='/')",
    "a wrong password of the owner": "broker('owner', 'queue_declare', 'a', password='guess')",
    "a wrong password": "broker('candidate', 'queue_declare', 'a', password='guess')",
    "candidate in the default virtual host": "broker('candidate', 'queue_declare', 'a', host='/')",
    "candidate declaring": "broker('candidate', 'queue_declare', 'judge.mine')",
    "candidate taking": "broker('candidate', 'basic_get', 'judge.x')",
    "candidate consuming": "broker('candidate', 'basic_consume', 'judge.x', print)",
    "candidate purging": "broker('candidate', 'queue_purge', 'judge.x')",
    "candidate deleting": "broker('candidate', 'queue_delete', 'judge.x')",
    "candidate binding the queue": "broker('candidate', 'queue_bind', 'judge.x', 'amq.topic', '#')",
    "candidate publishing": "broker('candidate', 'basic_publish', 'judge.x', 'a', b'forged')",
    "candidate deleting the exchange": "broker('candidate', 'exchange_delete', 'judge.x')",
    "candidate binding the exchange": "broker('candidate', 'exchange_bind', 'judge.x', 'amq.topic', '#')",
    "candidate with the trace": "broker('candidate', 'exchange_bind', 'amq.fanout', 'amq.rabbitmq.trace')",
}


@pytest.mark.parametrize("case", ALLOWED)
def test_what_is_allowed_works(pod: Pod, case: str):
    answer = str(ask(pod, ALLOWED[case]))
    assert not answer.startswith(("refused", "strange")), answer


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_allowed_is_refused(pod: Pod, case: str):
    answer = str(ask(pod, REFUSED[case]))
    assert answer.startswith("refused: "), answer


def test_nothing_else_listens(pod: Pod):
    assert ask(pod, "listeners()") == ["0100007F:1628"]

# mypy: ignore-errors
"""Handed in as server.py: tries what RabbitMQ may be talked into, and tells what it got (G24, G30)."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pika
from answers import serve

OWN = urlsplit(os.environ["AMQP_URL"]).password
FOUND: dict[str, str] = {}


def attempt(name: str, deed: Callable[[], object]) -> None:
    try:
        got = deed()
    except (OSError, pika.exceptions.AMQPError) as error:
        FOUND[name] = f"refused: {error!r}"[:200]
    else:
        FOUND[name] = f"obtained: {got!r}"[:200]


def log_in(user: str, password: str, host: str) -> pika.BlockingConnection:
    credentials = pika.PlainCredentials(user, password)
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", 5672, host, credentials))


SESSION = log_in("candidate", OWN, "app")


def order(operation: str, *arguments: object, **options: object) -> object:
    channel = SESSION.channel()
    getattr(channel, operation)(*arguments, **options)
    channel.queue_declare("", exclusive=True)  # A publish has no answer: its error comes with this one's.
    return "done"


def others() -> list[int]:
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path("/proc/net", name).read_text().splitlines()[1:]
    ]
    return sorted(
        int(fields[1].rpartition(":")[2], 16)
        for fields in lines
        if fields[3] == "0A" and int(fields[7]) != os.getuid()
    )


def take(port: int, option: int) -> object:
    with socket.socket() as taken:
        if option:
            taken.setsockopt(socket.SOL_SOCKET, option, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
    return port


def attack() -> dict[str, str]:
    FOUND["held: listeners"] = str(others())
    for user, password in (
        ("guest", "guest"),
        ("owner", OWN),
        ("owner", "owner"),
        ("admin", "admin"),
        ("", ""),
    ):
        for host in ("/", "app"):
            attempt(
                f"G24 {user} {password} {host}",
                lambda user=user, password=password, host=host: log_in(user, password, host),
            )
    attempt("G24 other host", lambda: log_in("candidate", OWN, "/"))
    attempt(
        "G24 cookie",
        lambda: (
            Path("/work/.erlang.cookie").read_text() + Path("/var/lib/rabbitmq/.erlang.cookie").read_text()
        ),
    )
    for option in (0, socket.SO_REUSEPORT, socket.SO_REUSEADDR):
        attempt(f"G30 port {option}", lambda option=option: take(5672, option))
    for port in (4369, 15672, 25672, 5671, 61613, 1883):
        attempt(
            f"G30 port {port}", lambda port=port: socket.create_connection(("127.0.0.1", port), timeout=2)
        )
    for operation, *arguments in (
        ("basic_get", "judge.answers"),
        ("basic_consume", "judge.answers", print),
        ("queue_purge", "judge.answers"),
        ("queue_delete", "judge.answers"),
        ("queue_declare", "judge.mine"),
        ("queue_bind", "judge.answers", "amq.topic", "#"),
        ("queue_unbind", "judge.answers", "amq.topic", "#"),
        ("exchange_declare", "judge.mine"),
        ("exchange_bind", "amq.fanout", "amq.rabbitmq.trace"),
        ("basic_publish", "judge.mine", "a", b"forged"),
    ):
        attempt(
            f"G30 {operation}", lambda operation=operation, arguments=arguments: order(operation, *arguments)
        )
    attempt(
        "G30 dead letters",
        lambda: order(
            "queue_declare",
            "mine",
            arguments={"x-dead-letter-exchange": "judge.x", "x-dead-letter-routing-key": "a"},
        ),
    )
    return FOUND


serve({"/attack": attack})

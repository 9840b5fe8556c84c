"""What counts as an answer of a service that was just started."""

import contextlib
import socket
import threading

import pytest

from grading.judge.outcomes import Start
from grading.judge.readiness import Probe, wait_until_ready

SETTINGS = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00" + b"\x00\x03\x00\x00\x00\x64"
GOAWAY = b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(8)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@contextlib.contextmanager
def service(answer):
    """Answers each connection with `answer(what it was sent)` and closes it; gives a probe for it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    request = connection.recv(65536)
                    if not request:
                        return
                    connection.sendall(answer(request))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        yield Probe(port, "/", 0.5, frozenset())
        with socket.create_connection(("127.0.0.1", port)):
            pass  # A connection that says nothing ends it.
        thread.join()


def start_of(answer):
    with service(answer) as probe:
        return wait_until_ready(probe, threading.Event()).start


def only_http2(request):
    return SETTINGS if request.startswith(PREFACE) else b""


ANSWERS = {
    "HTTP/1.1": (lambda _: b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Start.READY),
    "HTTP/2 to an HTTP/2 client only": (only_http2, Start.READY),
    "HTTP/2 to everybody": (lambda _: SETTINGS, Start.READY),
    "HTTP/2 without settings": (lambda _: GOAWAY, Start.NOT_HTTP),
    "a greeting": (lambda _: b"220 mail ready\r\n\r\n", Start.NOT_HTTP),
    "what it was sent": (lambda request: request, Start.NOT_HTTP),
    "nothing": (lambda _: b"", Start.UNANSWERED),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_in_http_count(name):
    answer, start = ANSWERS[name]
    assert start_of(answer) is start

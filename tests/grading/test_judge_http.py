"""The judge's HTTP client against servers that do not behave."""

import contextlib
import gzip
import socket
import threading

import httpx
import pytest

from grading.judge.http import BODY_BYTES, LoopbackTransport


@contextlib.contextmanager
def answering(act):
    """A server that does this with its one connection; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                with contextlib.suppress(OSError):  # The client leaves, as it should.
                    act(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def get(url, **settings):
    with httpx.Client(
        transport=LoopbackTransport(), trust_env=False, timeout=settings.pop("timeout", 5)
    ) as client:
        return client.get(f"{url}/orders", **settings)


def answer(body=b"", *headers):
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"HTTP/1.1 200 OK", length, *headers, b"", body])


def test_plain_answer_is_read():
    with answering(lambda connection: connection.sendall(answer(b'{"a": 1}'))) as url:
        assert get(url).json() == {"a": 1}


def test_early_answer_is_preferred_to_a_broken_pipe():
    early = answering(lambda connection: connection.sendall(answer(b"too large")))
    with early as url, httpx.Client(transport=LoopbackTransport(), trust_env=False) as client:
        assert client.post(url, content=bytes(10**6)).text == "too large"


def drip(connection):
    gone = threading.Event()
    while True:
        connection.sendall(b"H")
        gone.wait(0.01)


def wait_for_the_client_to_leave(connection):
    while connection.recv(1):
        pass


@pytest.mark.parametrize("act", [drip, wait_for_the_client_to_leave])
def test_slow_server_meets_the_total_deadline(act):
    with (
        answering(act) as url,
        pytest.raises(httpx.ReadTimeout, match=r"did not answer GET /orders within 0\.2 s"),
    ):
        get(url, timeout=0.2)


BOMB = gzip.compress(bytes(4 * BODY_BYTES))


def flood(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(bytes(65536))


def bomb(connection):
    connection.sendall(answer(BOMB, b"Content-Encoding: gzip"))


def double_bomb(connection):
    connection.sendall(answer(b"x", b"Content-Encoding: gzip, gzip"))


@pytest.mark.parametrize("act", [flood, bomb, double_bomb])
def test_large_body_is_not_swallowed(act):
    with answering(act) as url, pytest.raises(httpx.ReadError, match="more than 4096 KiB"):
        get(url)


def test_honest_compression_is_understood():
    body = gzip.compress(b"hello")
    with answering(lambda connection: connection.sendall(answer(body, b"Content-Encoding: gzip"))) as url:
        assert get(url).text == "hello"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "closed the connection without a whole answer to GET /orders"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
            "closed the connection without a whole answer",
        ),
        (b"SSH-2.0-server {}\r\n\r\n", "not valid HTTP"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 99, "interim answers only"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, "not valid HTTP"),
    ],
)
def test_broken_answer_is_explained(data, sentence):
    broken = answering(lambda connection: connection.sendall(data))
    with broken as url, pytest.raises(httpx.RemoteProtocolError, match=sentence):
        get(url)


def test_refused_connection_names_the_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(httpx.ConnectError, match=f"accepts no connection on port {port}"):
        get(f"http://127.0.0.1:{port}")


def test_redirects_are_not_followed():
    head = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with answering(lambda connection: connection.sendall(head)) as url:
        assert get(url).status_code == 302

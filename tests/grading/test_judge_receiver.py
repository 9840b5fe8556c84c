"""The judge's own HTTP server: what it keeps, and that what a program sends cannot hurt it."""

import http.client
import json
import socket
import threading
from contextlib import closing, suppress
from dataclasses import replace

import pytest

from grading.challenge import ReceiverUse
from grading.judge import receiver as receiving
from grading.judge.receiver import Receiver, reply
from tests.grading import packfolder, tiny
from tests.grading.judgeprocess import judge
from tests.servers import free_port

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def server():
    return Receiver(0)


@pytest.fixture(autouse=True)
def cleared(server):
    server.clear()
    server.handler = lambda _request: reply(201, {"reference": "r"})


def ask(server, method="POST", path="/", body=None, headers=None):
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()


def raw(server, data):
    """What comes back before it hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(data)
        received = b""
        with suppress(OSError):
            line.shutdown(socket.SHUT_WR)
            while chunk := line.recv(65536):
                received += chunk
        return received


def flood(line):
    """Sends more than any server should take."""
    for _ in range(10_000):
        line.sendall(b"a" * 65536)


def test_a_request_is_kept_as_it_came(server):
    status, body = ask(server, "POST", "/charges?a=1&b=", b'{"amount": 3}', {"Idempotency-Key": "k"})
    assert (status, json.loads(body)) == (201, {"reference": "r"})
    [kept] = server.requests
    assert (kept.method, kept.path, kept.query) == ("POST", "/charges", {"a": "1", "b": ""})
    assert kept.headers["idempotency-key"] == "k"
    assert kept.json() == {"amount": 3}


def test_one_connection_may_ask_again_and_again(server):
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        for _ in range(3):
            connection.request("POST", "/", b"{}")
            assert connection.getresponse().read()
    assert len(server.requests) == 3


def test_many_at_once_are_all_counted(server):
    threads = [threading.Thread(target=ask, args=(server,)) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.requests) == 40


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff" * 500,
        b"GET / HTTX/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (2 * receiving.HEAD_BYTES) + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this",
    ],
)
def test_what_is_no_whole_request_is_none(server, data):
    assert b" 201 " not in raw(server, data)
    assert server.requests == []
    assert ask(server)[0] == 201


def test_a_body_has_a_bound(server):
    size = receiving.BODY_BYTES + 1
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(head)
        with pytest.raises(ConnectionError):
            flood(line)
    assert server.requests == []


def test_what_is_kept_has_a_bound(server, monkeypatch):
    monkeypatch.setattr(receiving, "KEPT_REQUESTS", 3)
    assert [ask(server)[0] for _ in range(5)] == [201, 201, 201, 429, 429]
    assert len(server.requests) == 3


def test_connections_have_a_bound(monkeypatch):
    monkeypatch.setattr(receiving, "CONNECTIONS", 2)
    server = Receiver(0)
    server.handler = lambda _request: reply(201)
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(2)]
    for line in held:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 201")
    assert raw(server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == b""
    for line in held:
        line.close()


def test_deep_json_is_no_json(server):
    ask(server, "POST", "/", b"[" * 200_000)
    assert server.requests[0].json() is None


SUITE = """
import http.client
import pytest

def ask(receiver, path):
    connection = http.client.HTTPConnection(receiver.url.removeprefix("http://"), timeout=10)
    connection.request("POST", path, b"{}")
    return connection.getresponse().status

def test_counts(receiver):
    '''Counts'''
    assert ask(receiver, "/a") == 204
    receiver.answer(lambda request: receiver.reply(201, {"path": request.path}))
    assert ask(receiver, "/b") == 201
    assert [request.path for request in receiver.requests] == ["/a", "/b"]
    assert receiver.count(lambda request: request.path == "/b") == 1

def test_begins_anew(receiver):
    '''Begins anew'''
    assert receiver.requests == []
    assert ask(receiver, "/c") == 204

def test_tells_of_the_handlers_errors(receiver):
    '''Tells of the errors of a handler'''
    receiver.answer(lambda request: {}["missing"])
    assert ask(receiver, "/d") == 500
"""


def test_the_fixture_is_of_one_test(tmp_path):
    pack = replace(
        tiny.with_tests(tiny.pack("tiny-program"), SUITE),
        receiver=ReceiverUse(variable="PAYMENTS_URL", port=free_port()),
    )
    heard = judge(pack, tmp_path)
    assert {name: item["outcome"] for name, item in heard.results.items()} == {
        "test_counts": "passed",
        "test_begins_anew": "passed",
        "test_tells_of_the_handlers_errors": "error",
    }


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('variable = "payments"', "'payments' cannot be the name of the variable with its address"),
        ('variable = "DATABASE_URL"', "'DATABASE_URL' cannot be the name of the variable"),
        ("port = 8000", "port 8000 belongs to the program or to a service beside it"),
        ("port = 5432", "port 5432 belongs to the program or to a service beside it"),
        ("adress = 1", "unknown key 'receiver.adress'"),
    ],
)
def test_faults_of_the_table_are_told(tmp_path, table, fault):
    changes = {"challenge.toml": packfolder.CHALLENGE + f"\n[receiver]\n{table}\n".encode()}
    [found] = packfolder.faults(tmp_path, changes)
    assert fault in found

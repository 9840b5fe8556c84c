"""How gunicorn is set up, wherever it is started."""

import http.client
import os
import re
import signal
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from assessments.management.commands.serve import web_command
from config import web_server
from tests.failures.patience import until
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_KEEPS_IDLE_SECONDS = 300


@pytest.fixture
def environment(tmp_path):
    environment = {**os.environ, "TOUCHSTONE_DATA_DIR": str(tmp_path)}
    environment.pop("TOUCHSTONE_WEB_PROCESSES", None)
    return environment


def test_connections_outlive_those_of_browsers_and_proxies(environment):
    command = [*web_command(), "--print-config"]
    said = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    settings = dict(re.findall(r"^(\w+) += (.*)$", said.stdout, re.MULTILINE))
    assert int(settings["keepalive"]) > CHROMIUM_KEEPS_IDLE_SECONDS
    assert int(settings["worker_connections"]) >= 2000
    assert int(settings["workers"]) >= 2
    assert settings["worker_class"] == "gthread"


def test_image_and_command_start_the_same():
    [line] = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("CMD ")]
    _python, _m, *command = web_command()
    assert line == "CMD [" + ", ".join(f'"{word}"' for word in command) + "]"


def test_who_sends_half_a_request_holds_no_thread_for_ever(monkeypatch):
    monkeypatch.setattr(web_server, "STALLED_SECONDS", 0.05)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        web_server.when_ready(SimpleNamespace(LISTENERS=[SimpleNamespace(sock=listener)]))
        with socket.create_connection(listener.getsockname()) as client:
            client.sendall(b"POST / HTTP/1.1\r\n")
            served, _ = listener.accept()
            with served:
                served.setblocking(True)
                assert served.recv(100) == b"POST / HTTP/1.1\r\n"
                with pytest.raises(BlockingIOError):
                    served.recv(100)


def test_it_serves_over_one_connection_and_ends_in_peace(environment, tmp_path):
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            web_command(),
            cwd=ROOT,
            env={**environment, "TOUCHSTONE_WEB_BIND": f"127.0.0.1:{port}"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        said = (tmp_path / "log").read_text
        until(lambda: said().count("Booting worker") >= 2 or server.poll() is not None, "it starts", said)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        sockets = set()
        for _ in range(3):
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            assert response.read() == b'{"ok": false, "faults": 1}'  # There is no database.
            sockets.add(connection.sock)
        assert len(sockets) == 1
        connection.close()
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0, said()
    finally:
        server.kill()
        server.wait()

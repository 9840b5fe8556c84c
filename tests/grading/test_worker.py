"""A real worker: a Celery process with the broker that needs no server, SQLite and the engine."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.grading import packfolder

pytestmark = pytest.mark.docker

REQUEST = """
from pathlib import Path
from grading import files, packs, queue
from grading.models import Pack, Snapshot
challenge = packs.load(Path({folder!r}))
snapshot = Snapshot.store(files.reference(challenge, "python"))
pack = Pack.store(challenge)
print(queue.request(pack=pack, snapshot=snapshot, language="python", suite="hidden", lane="submit").pk)
"""
STATE = """
from grading.models import Grading
row = Grading.objects.get(pk={pk!r})
print(row.status, row.verdict, row.score, row.tries, row.results.count())
"""


class Installation:
    """An embedded Touchstone in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {**os.environ, "TOUCHSTONE_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
        self.environment.pop("DATABASE_URL", None)
        self.environment.pop("TOUCHSTONE_BROKER_URL", None)
        self.manage("migrate", "--verbosity", "0")

    def manage(self, *arguments):
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def request(self):
        folder = packfolder.write(self.folder)
        return self.manage("shell", "--verbosity", "0", "-c", REQUEST.format(folder=str(folder)))

    def state(self, pk):
        return self.manage("shell", "--verbosity", "0", "-c", STATE.format(pk=pk))

    @contextmanager
    def worker(self):
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "config",
            "worker",
            "--pool",
            "threads",
            "--concurrency",
            "1",
        ]
        process = subprocess.Popen(
            [*command, "--loglevel", "INFO"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=120)


def read_until(process, text):
    """Waits for a line of the worker's log; what came before is shown if it never does."""
    seen = []
    for line in process.stdout:
        seen.append(line)
        if text in line:
            return
    pytest.fail(f"The worker ended without {text!r}:\n{''.join(seen)}")


@pytest.fixture
def installation(tmp_path):
    return Installation(tmp_path)


def test_a_request_waits_for_a_worker_and_is_graded(installation):
    pk = installation.request()
    with installation.worker() as process:
        read_until(process, "is done")
    assert installation.state(pk) == "finished graded 4.0 0 2"
    assert process.returncode == 0


def test_what_a_killed_worker_held_is_graded_by_the_next_one(installation):
    pk = installation.request()
    with installation.worker() as process:
        read_until(process, "is graded by")
        process.kill()
    assert installation.state(pk).startswith("running")
    with installation.worker() as process:
        read_until(process, "is done")
    assert installation.state(pk) == "finished graded 4.0 1 2"

"""A worker's own beat, which is a process beside it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.grading.judgeprocess import ROOT

pytestmark = pytest.mark.timeout(60)

SCRIPT = """
import os
import sys
import time

import config.celery
from celery.signals import beat_embedded_init

worker = os.getpid()
if os.fork():
    {parent}
while {waits}:
    time.sleep(0.01)
beat_embedded_init.send(sender=None)
print("begun", flush=True)
time.sleep(30)
print("alone", flush=True)
"""
KILLED = "os.kill(worker, 9)"


def output(data: Path, **script: str) -> str:
    """All that both have written, when both have ended."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(**script)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "TOUCHSTONE_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == -9, done.stderr
    return done.stdout


def test_ends_with_a_worker_that_is_killed(tmp_path):
    assert output(tmp_path, parent=f"time.sleep(1); {KILLED}", waits="False") == "begun\n"


def test_ends_though_its_worker_was_killed_before_it_could_look(tmp_path):
    assert "alone" not in output(tmp_path, parent=KILLED, waits="os.getppid() == worker")

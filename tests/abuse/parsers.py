"""What a reader of archives might do if an archive took it over. Entered in place of the real one, by
`grading.unpacking.confined`; the archive's bytes name the deed. What succeeds is reported as a file 'done'.
"""

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from grading.unpacking.records import END, FILE, REFUSAL, say

CPU_SECONDS = 1.3


def main(arguments: Sequence[str]) -> None:
    del arguments
    deed, _, rest = sys.stdin.buffer.read().decode().partition(" ")
    DEEDS[deed](rest)
    say(FILE, "done", b"x")
    say(END)
    sys.stdout.buffer.flush()


def flood(_: str) -> None:
    while True:
        say(FILE, "a" * 100, bytes(1000))


def flood_folders(_: str) -> None:
    while True:
        say(b"D", "a")


def burn(_: str) -> None:
    while time.process_time() < CPU_SECONDS:
        pass


def leave_a_child(mark: str) -> None:
    """One that holds the pipe open. The kernel allows it to root only."""
    if os.fork() == 0:
        os.setsid()
        time.sleep(5)
        os.write(1, mark.encode())
    os._exit(0)


def connect(port: str) -> None:
    socket.create_connection(("127.0.0.1", int(port))).close()


DEEDS = {
    "nothing": lambda _: None,
    "eat": lambda _: bytearray(2**30),
    "burn": burn,
    "sleep": lambda seconds: time.sleep(float(seconds)),
    "exit": lambda _: os._exit(0),
    "abort": lambda _: os.abort(),
    "segfault": lambda _: ctypes.string_at(0),
    "raise": lambda _: 1 / 0,
    "flood": flood,
    "folders": flood_folders,
    "giant": lambda _: sys.stdout.buffer.write(b"F" + b"\xff" * 8),
    "nonsense": lambda _: sys.stdout.buffer.write(os.urandom(4096)),
    "bad-name": lambda _: say(FILE, "../evil", b"x"),
    "twice": lambda _: say(FILE, "done", b"x"),
    "refuse": lambda _: say(REFUSAL, "<b>\x1b[2J\n", b"<script>\x1b]0;x\x07" + b"y" * 900),
    "read": lambda path: Path(path).read_bytes(),
    "write": lambda path: Path(path).write_bytes(b"x"),
    "run": lambda command: subprocess.run(command.split(), check=True),
    "leave-a-child": leave_a_child,
    "connect": connect,
}

"""A judge as a process of this machine, with tests of our own: never with a candidate's code."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grading.challenge import ChallengePack, Suite
from grading.judge.framing import Message, encode
from grading.protocol import JudgeLine, prepare

ROOT = Path(__file__).parents[2]

START = """
import gc, sys
gc.disable()
sys.path.insert(0, {root!r})
from pathlib import Path
from grading.judge import start

def test():
    with start.without(start.HIGHLIGHTER):
        from grading.judge import runner
    runner.WORK = Path({work!r})
    runner.check_surroundings = lambda expected: None  # This machine is no pod.
    runner.main()

start.supervise(test)
"""


@dataclass
class Heard:
    """What the judge said; `results` by the test's name."""

    messages: list[Message] = field(default_factory=list)
    exit_code: int = 0
    log: str = ""

    @property
    def results(self) -> dict[str, Message]:
        return {
            message["test"].partition("::")[2]: message
            for message in self.messages
            if message["type"] == "result"
        }

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.messages]


def judge(
    pack: ChallengePack,
    work: Path,
    *,
    answer: Callable[[Message], Message] | None = None,
    seed: int = 7,
    files: dict[str, str] | None = None,
    ended: bool = False,
) -> Heard:
    """Plays the worker to the end. `answer` answers requests; `ended` tells the program's end first."""
    script = START.format(root=str(ROOT), work=str(work))
    log = work / "judge.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        with process:
            heard = Heard()
            worker = Worker(pack, answer, seed=seed, files=files or {}, ended=ended)
            worker.play(process, heard)
    heard.exit_code, heard.log = process.returncode, log.read_text()
    return heard


@dataclass
class Worker:
    """The worker's side of the protocol."""

    pack: ChallengePack
    answer: Callable[[Message], Message] | None
    seed: int
    files: dict[str, str]
    ended: bool

    def play(self, process: Any, heard: Heard) -> None:
        line = JudgeLine("run")
        process.stdin.write(prepare(self.pack, Suite.HIDDEN, run_id="run", services={}))
        process.stdin.flush()
        for data in process.stdout:
            if (message := line.read(data)) is not None:
                heard.messages.append(message)
                process.stdin.write(self._reply(message, line))
                process.stdin.flush()

    def _reply(self, message: Message, line: JudgeLine) -> bytes:
        match message["type"]:
            case "ready":
                return line.go(seed=self.seed, files=self.files)
            case "request":
                assert self.answer is not None
                before = encode({"type": "ended"}) if self.ended else b""
                return before + encode({"type": "response", "id": message["id"], **self.answer(message)})
            case "finished":
                return encode({"type": "close"})
        return b""

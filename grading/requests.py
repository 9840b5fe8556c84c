"""What the judge asks the worker for during a suite: another container of the candidate's program, its end,
its output.
"""

import time
from collections.abc import Callable

from grading import verdicts
from grading.candidate import BUILD_SECONDS, Candidate
from grading.challenge import PackLimits
from grading.errors import PlatformError
from grading.judge.framing import Message, pack_bytes, unpack_bytes
from grading.verdicts import Fate
from sandbox.spec import Ending


class Requests:
    """Answers at once, except `run`: that is answered by `end` or `expire`, one run at a time, in the order
    asked.
    """

    def __init__(
        self, candidate: Candidate, limits: PackLimits, *, more_to_come: Callable[[], bool] = lambda: False
    ) -> None:
        """`more_to_come`: whether another run is likely to be asked for after the present one."""
        self._candidate, self._limits, self._more_to_come = candidate, limits, more_to_come
        self._waiting: list[Message] = []
        self._run: Message | None = None
        self.deadline: float | None = None
        """When the present run is overdue, on the monotonic clock."""
        self.broken: Fate | None = None
        """The first limit that a run broke."""
        self.build_failed = False

    @property
    def busy(self) -> bool:
        """Whether a run is under way, so that the program's end is an answer."""
        return self._run is not None

    def take(self, request: Message) -> Message | None:
        """The answer, or None if it comes later."""
        answer: Message = {"type": "response", "id": request["id"]}
        match request["op"]:
            case "restart" | "start":
                self._candidate.start()
                return {**answer, "started": True}
            case "kill":
                self._candidate.discard()
                return answer
            case "logs":
                return {**answer, "output": pack_bytes(self._candidate.log().encode())}
            case "run":
                self._waiting.append(request)
                self._begin_next()
                return None
            case other:
                raise PlatformError(f"The judge asked for {other!r}, which is not in the protocol.")

    def overdue(self, now: float) -> bool:
        return self.deadline is not None and now >= self.deadline

    def end(self, ending: Ending) -> Message:
        """The answer to the present run, whose program came to its end."""
        return self._finish(ending, timed_out=False)

    def expire(self) -> Message:
        """The answer to the present run, whose time is up."""
        ending = self._candidate.kill()
        assert ending is not None  # noqa: S101 - a run is under way.
        return self._finish(ending, timed_out=ending.killed_by_us)

    def _begin_next(self) -> None:
        if self._run is not None or not self._waiting:
            return
        self._run = run = self._waiting.pop(0)
        files = {path: unpack_bytes(text) for path, text in run["files"].items()}
        self._candidate.start(tuple(run["arguments"]), extra_files=files, stdin=unpack_bytes(run["stdin"]))
        build_seconds = BUILD_SECONDS if self._candidate.builds else 0.0
        self.deadline = time.monotonic() + run["timeout_seconds"] + build_seconds
        if self._waiting or self._more_to_come():
            self._candidate.prepare_another()

    def _finish(self, ending: Ending, *, timed_out: bool) -> Message:
        assert self._run is not None  # noqa: S101 - told to the type checker.
        self.build_failed = self._candidate.build_failed()
        stdout, stderr = self._candidate.stdout(), self._candidate.stderr()
        output = stderr.decode(errors="replace")
        self.broken = self.broken or verdicts.limit_broken(ending, self._limits, output)
        answer: Message = {
            "type": "response",
            "id": self._run["id"],
            "exit_code": ending.exit_code,
            "stdout": pack_bytes(stdout),
            "stderr": pack_bytes(stderr),
            "seconds": round(time.monotonic() - self._candidate.started, 4),
            "timed_out": timed_out,
            "out_of_memory": ending.out_of_memory,
            "output_overflow": ending.output_overflow,
        }
        self._run = self.deadline = None
        self._begin_next()
        return answer

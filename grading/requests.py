"""What the judge asks the worker for during a suite: another container of the candidate's program, its end,
its output.

A program that is built is built anew in each container. That has a time of its own, which is neither the
run's nor the test's nor the suite's, and only then does the container get what this run is about.
"""

import time
from collections.abc import Callable

from grading import verdicts
from grading.candidate import BUILD_SECONDS, Candidate, build_allowance
from grading.challenge import PackLimits
from grading.errors import PlatformError
from grading.judge.framing import Message, pack_bytes, unpack_bytes
from grading.report import Verdict
from grading.verdicts import Fate
from sandbox.spec import Ending

TOO_SLOW = f"Your program was not built within {BUILD_SECONDS:g} s, or all its builds took too long together."


class Requests:
    """Answers at once, except `run` and what waits for a build: that is answered by `poll`, `end` or
    `expire`, one at a time, in the order asked.
    """

    def __init__(
        self, candidate: Candidate, limits: PackLimits, *, more_to_come: Callable[[], bool] = lambda: False
    ) -> None:
        """`more_to_come`: whether another run is likely to be asked for after the present one."""
        self._candidate, self._limits, self._more_to_come = candidate, limits, more_to_come
        self._waiting: list[Message] = []
        self._present: Message | None = None
        """The request that is under way."""
        self._build_left = build_allowance(limits, builds=candidate.builds)
        self.builds = False
        """Whether the program is being built."""
        self.deadline: float | None = None
        """When what is under way is overdue, on the monotonic clock."""
        self.broken: Fate | None = None
        """The first limit that a run broke."""
        self.build_fate: Fate | None = None
        """What became of the submission, if a build was the end of it."""

    @property
    def busy(self) -> bool:
        """Whether a run or a build is under way, so that the program's end is an answer."""
        return self._present is not None

    def take(self, request: Message) -> Message | None:
        """The answer, or None if it comes later."""
        answer: Message = {"type": "response", "id": request["id"]}
        match request["op"]:
            case "restart" | "start" if self._candidate.builds:
                self._queue(request)
                return None
            case "restart" | "start":
                self._candidate.start()
                return {**answer, "started": True}
            case "kill":
                self._candidate.discard()
                return answer
            case "logs":
                return {**answer, "output": pack_bytes(self._candidate.log().encode())}
            case "run":
                self._queue(request)
                return None
            case other:
                raise PlatformError(f"The judge asked for {other!r}, which is not in the protocol.")

    def poll(self) -> Message | None:
        """The answer to a request that waited for nothing but a build, if it is done. Only while `builds`."""
        assert self._present is not None  # noqa: S101 - told to the type checker.
        if not self._candidate.has_built():
            return None
        self._end_build()
        if self._present["op"] == "run":
            run = self._present
            self._candidate.run(tuple(run["arguments"]), files=_files(run), stdin=unpack_bytes(run["stdin"]))
            self.deadline = time.monotonic() + run["timeout_seconds"]
            return None
        answer: Message = {"type": "response", "id": self._present["id"], "started": True}
        self._present = self.deadline = None
        self._begin_next()
        return answer

    def overdue(self, now: float) -> bool:
        return self.deadline is not None and now >= self.deadline

    def end(self, ending: Ending) -> Message:
        """The answer to the present request, whose program came to its end."""
        if self.builds:
            output = self._candidate.log()
            self.build_fate = verdicts.limit_broken(ending, self._limits, output) or Fate.of(
                Verdict.BUILD_FAILED
            )
        return self._finish(ending, timed_out=False)

    def expire(self) -> Message:
        """The answer to the present request, whose time is up."""
        ending = self._candidate.kill()
        assert ending is not None  # noqa: S101 - a run is under way.
        if self.builds:
            self.build_fate = Fate(Verdict.BUILD_FAILED, TOO_SLOW)
        return self._finish(ending, timed_out=ending.killed_by_us)

    def _queue(self, request: Message) -> None:
        self._waiting.append(request)
        self._begin_next()

    def _begin_next(self) -> None:
        if self._present is not None or not self._waiting:
            return
        self._present = request = self._waiting.pop(0)
        is_run = request["op"] == "run"
        if self._candidate.builds:
            self._begin_build(is_run=is_run)
        else:
            arguments, stdin = tuple(request["arguments"]), unpack_bytes(request["stdin"])
            self._candidate.start(arguments, extra_files=_files(request), stdin=stdin)
            self.deadline = time.monotonic() + request["timeout_seconds"]
        if is_run and (self._waiting or self._more_to_come()):
            self._candidate.prepare_another()

    def _begin_build(self, *, is_run: bool) -> None:
        if is_run:
            self._candidate.build()
        else:
            self._candidate.start()
        self.builds = True
        self.deadline = self._candidate.started + min(BUILD_SECONDS, self._build_left)

    def _end_build(self) -> None:
        self.builds = False
        self._build_left -= time.monotonic() - self._candidate.started

    def _finish(self, ending: Ending, *, timed_out: bool) -> Message:
        assert self._present is not None  # noqa: S101 - told to the type checker.
        answer: Message = {"type": "response", "id": self._present["id"]}
        if self._present["op"] == "run":
            answer |= self._completed(ending, timed_out=timed_out)
        if self.builds:
            self._end_build()
        self._present = self.deadline = None
        if self.build_fate is None:
            self._begin_next()
        return answer

    def _completed(self, ending: Ending, *, timed_out: bool) -> Message:
        stdout, stderr = self._candidate.stdout(), self._candidate.stderr()
        output = stderr.decode(errors="replace")
        self.broken = self.broken or verdicts.limit_broken(ending, self._limits, output)
        return {
            "exit_code": ending.exit_code,
            "stdout": pack_bytes(stdout),
            "stderr": pack_bytes(stderr),
            "seconds": round(time.monotonic() - self._candidate.started, 4),
            "timed_out": timed_out,
            "out_of_memory": ending.out_of_memory,
            "output_overflow": ending.output_overflow,
        }


def _files(run: Message) -> dict[str, bytes]:
    return {path: unpack_bytes(text) for path, text in run["files"].items()}

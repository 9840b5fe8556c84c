"""The worker's side of one pod: prepares the judge, lets the candidate in, and follows the protocol to its
trailer.

See `grading.protocol` for who says what. What becomes of the program is a `Fate`; what goes wrong on our side
is raised as PlatformError or as one of the sandbox's errors.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from grading import protocol, services, spares, verdicts
from grading.candidate import BUILD_SECONDS, Candidate
from grading.challenge import ChallengePack, Kind, Suite
from grading.errors import PlatformError
from grading.judge.framing import Message, encode
from grading.report import Outcome, Verdict
from grading.requests import Requests
from grading.scoring import Record
from grading.services import Credentials
from grading.verdicts import GRADED, Fate
from grading.visible import written_out
from sandbox.contract import PodLike
from sandbox.spec import Ended, Ending, Event, Line

LISTENING = (Kind.SERVICE, Kind.FUNCTION)
"""Kinds whose program is started once, and is ready before the first test."""
READY_SECONDS = 90.0
"""How long judge and services may take together. A failure of ours beyond it."""
GRACE_SECONDS = 15.0
"""How much longer than agreed the judge may be silent before it counts as lost."""
WAIT_SECONDS = 1.0
"""After so long without news whoever waits is asked whether to go on."""
BUILD_POLL_SECONDS = 0.05
FIRST_BUILD_POLL_SECONDS = 0.002
NEWS_SECONDS = 15.0
"""How long the engine may take to tell how a member ended whose output has come to its end."""
HANG_UP_SECONDS = 0.3
"""How long what serves functions may take to end when the judge has gone."""


class ServiceDisruptedError(Exception):
    """A service beside the program ended while the program ran. Whose fault it is, a second run tells."""


class UnsureError(Exception):
    """The program may have had no part in what became of it: it was killed from outside, or it was not there
    in time, as on a machine that is too busy. A second run tells, and counts.
    """


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What is graded: files as the candidate's container gets them (kind sql: as the judge does)."""

    pack: ChallengePack
    language: str
    suite: Suite
    files: Mapping[str, bytes]
    seed: int
    is_second_run: bool = False
    """Whatever happens now is the program's own doing."""


class Session:
    """One pod, one grading. `records` fills up while `run` works, also when that raises."""

    def __init__(self, pod: PodLike, pack: ChallengePack, suite: Suite, *, images: Mapping[str, str]) -> None:
        """`images`: member -> image id, what the pod was made of."""
        self._pod, self._pack, self._suite = pod, pack, suite
        self.images = images
        self.has_waited = False
        """Whether it was made before its submission came."""
        self.has_let_in = False
        """Whether the submission may have had a part in what became of it."""
        self._line = protocol.JudgeLine(pod.run_id)
        self._credentials = {name: Credentials() for name in pack.services}
        self._candidate: Candidate | None = None
        self._requests: Requests | None = None
        self._deadline = 0.0
        self._running = self._finished = self._is_second_run = False
        self._fate: Fate | None = None
        self._ending: Ending | None = None
        """How a service came to its end by itself, the first time."""
        self._on_record: Callable[[Record], None] = lambda _record: None
        self._on_wait: Callable[[], None] = lambda: None
        self.records: list[Record] = []

    def prepare(self) -> None:
        """Everything that can be done before there is a submission: services and judge ready."""
        for name, credentials in self._credentials.items():
            self._pod.write(name, credentials.line())
        settings = {
            name: services.judge_settings(self._pack.services[name], credentials)
            for name, credentials in self._credentials.items()
        }
        opening = protocol.prepare(self._pack, self._suite, run_id=self._pod.run_id, services=settings)
        self._pod.write("judge", opening)
        self._deadline = time.monotonic() + READY_SECONDS
        while (message := self._next_message()) is None or message["type"] != "ready":
            pass

    def wait_for_submission(self) -> None:
        """Has the candidate's container started too, for a submission that is yet to come."""
        self.has_waited = True
        if count := spares.at_first(self._pack, self._suite):
            self._pod.spare_candidate(count=count, wait=True)

    def is_fit(self) -> bool:
        """Whether nothing of its pod has ended while it waited, as far as is known."""
        return self._pod.is_fit()

    def run(
        self, submission: Submission, on_record: Callable[[Record], None], on_wait: Callable[[], None]
    ) -> Fate:
        """Grades. `on_wait` is called when nothing has happened for WAIT_SECONDS.

        Raises ServiceDisruptedError, UnsureError, PlatformError or SandboxError, or what the callables raise.
        """
        self._on_record, self._on_wait = on_record, on_wait
        self._is_second_run = submission.is_second_run
        if self._pack.kind is not Kind.SQL:
            language = self._pack.languages[submission.language]
            environment = services.candidate_environment(self._pack, self._credentials)
            self._candidate = Candidate(self._pod, submission.files, language, environment)
            self._requests = Requests(self._candidate, self._pack.limits, more_to_come=self._has_tests_left)
        if self._pack.kind in LISTENING:
            self._fate = self._start_service()
        if self._fate is None:
            self._go(submission)
        while self._fate is None and not self._finished:
            self._step()
        return self._conclude()

    def settle(self) -> None:
        """After `run`: waits until the program is gone, so that its log is whole."""
        if self._candidate is not None:
            self._candidate.discard()

    def log(self) -> str:
        """What the candidate's program wrote."""
        return written_out(self._candidate.log()) if self._candidate else ""

    def judge_log(self) -> str:
        """What the judge wrote beside its records, for staff."""
        return written_out(self._pod.output("judge").stderr.decode(errors="replace"))

    def _start_service(self) -> Fate | None:
        """Starts the program and waits for its build; a Fate if that is the end of it."""
        assert self._candidate is not None  # noqa: S101 - told to the type checker.
        self._candidate.start()
        self.has_let_in = True
        deadline, poll = time.monotonic() + BUILD_SECONDS, FIRST_BUILD_POLL_SECONDS
        while not self._candidate.has_built():
            event = self._pod.next_event(poll)
            poll = min(2 * poll, BUILD_POLL_SECONDS)
            if isinstance(event, Ended) and event.member == "candidate":
                if verdicts.was_killed_by_others(event.ending):
                    self._doubt(f"the program was killed: {event.ending}")
                self._candidate.kill()
                return self._build_fate(event)
            self._refuse_ends(event)
            if time.monotonic() > deadline:
                self._candidate.kill()
                text = f"Your program was not built within {BUILD_SECONDS:g} s."
                return Fate(Verdict.BUILD_FAILED, text)
        return None

    def _build_fate(self, event: Ended) -> Fate:
        output = self.log()
        if fate := verdicts.limit_broken(event.ending, self._pack.limits, output):
            return fate
        return Fate.of(Verdict.BUILD_FAILED)

    def _go(self, submission: Submission) -> None:
        is_sql = self._pack.kind is Kind.SQL
        texts = submission.files.items() if is_sql else ()
        files = {path: data.decode("utf-8-sig") for path, data in texts}
        self._pod.write("judge", self._line.go(seed=submission.seed, files=files))
        self.has_let_in = True
        self._deadline = time.monotonic() + self._pack.service.start_seconds + GRACE_SECONDS

    def _step(self) -> None:
        left = self._next_deadline() - time.monotonic()
        event = self._pod.next_event(min(max(0.0, left), self._patience()))
        if event is None:
            self._on_wait()
            self._look_at_build()
        if isinstance(event, Ended) and event.member == "candidate":
            self._on_candidate_end(event)
        elif (message := self._message(event)) is not None:
            self._on_message(message)
        elif event is None:
            self._on_time()

    def _patience(self) -> float:
        return BUILD_POLL_SECONDS if self._requests and self._requests.builds else WAIT_SECONDS

    def _look_at_build(self) -> None:
        """The end of a build that the judge waits for shows in its output; it takes no time of the suite."""
        if self._requests is None or not self._requests.builds or self._candidate is None:
            return
        began = self._candidate.started
        answer = self._requests.poll()
        if not self._requests.builds or answer is not None:
            self._deadline += time.monotonic() - began
        self._answer(answer)

    def _next_deadline(self) -> float:
        if self._requests is None or self._requests.deadline is None:
            return self._deadline
        if self._requests.builds:
            return self._requests.deadline
        return min(self._deadline, self._requests.deadline)

    def _next_message(self) -> Message | None:
        """While nothing but the judge's word is awaited."""
        event = self._pod.next_event(max(0.0, self._deadline - time.monotonic()))
        if event is None:
            raise PlatformError(f"The judge was silent for too long. {self.judge_log()[-2000:]}")
        return self._message(event)

    def _message(self, event: Event | None) -> Message | None:
        self._refuse_ends(event)
        if isinstance(event, Line) and event.member == "judge":
            return self._line.read(event.data)
        return None

    def _refuse_ends(self, event: Event | None) -> None:
        if not isinstance(event, Ended) or event.member == "candidate":
            return
        if event.member == "judge" or not self.has_let_in:
            raise PlatformError(f"{event.member} ended early: {event.ending}. {self.judge_log()[-2000:]}")
        raise ServiceDisruptedError(f"{event.member} ended: {event.ending}")

    def _on_message(self, message: Message) -> None:
        match message["type"]:
            case "started":
                self._running = True
                if self._candidate is not None and spares.restarts(self._pack, self._suite):
                    self._candidate.prepare_another()
                self._deadline = time.monotonic() + self._pack.limits.run_seconds
            case "not_started" if message["reason"] != "ended":
                if verdicts.may_be_late(message):
                    self._doubt(f"it did not start in time: {message['detail']}")
                self._fate = verdicts.not_started(message, self._pack, self.log())
            case "not_started":
                self._deadline = time.monotonic() + GRACE_SECONDS
            case "result":
                record = Record.from_message(message)
                self.records.append(record)
                self._on_record(record)
            case "request":
                self._on_request(message)
            case "finished":
                self._finished = True
                if message.get("broken"):
                    self._fate = Fate(Verdict.PROTOCOL_ERROR, message["broken"])
            case other:
                raise PlatformError(f"The judge said {other!r}, which is not in the protocol.")

    def _on_request(self, message: Message) -> None:
        if self._requests is None:
            raise PlatformError("A test asked for a program in a pack that has none.")
        if self._pack.kind is Kind.FUNCTION:
            # A process for tests had died, and with it the program's connection: that it ended was its duty.
            self._ending = None
        with self._at_our_cost():
            self._answer(self._requests.take(message))

    def _doubt(self, what: str) -> None:
        if not self._is_second_run:
            raise UnsureError(what)

    def _on_candidate_end(self, event: Ended) -> None:
        if verdicts.was_killed_by_others(event.ending):
            self._doubt(f"the program was killed: {event.ending}")
        assert self._candidate is not None  # noqa: S101 - told to the type checker.
        assert self._requests is not None  # noqa: S101
        self._look_at_build()  # It may have been built, and have ended then.
        if not self._requests.busy:
            self._candidate.kill()
            self._ending = self._ending or event.ending
            self._pod.write("judge", encode({"type": "ended"}))
            return
        with self._at_our_cost():
            self._candidate.kill()
            self._answer(self._requests.end(event.ending))

    @contextmanager
    def _at_our_cost(self) -> Iterator[None]:
        """Making and removing containers is not the suite's time."""
        before = time.monotonic()
        yield
        self._deadline += time.monotonic() - before

    def _on_time(self) -> None:
        if self._requests is not None and self._requests.overdue(time.monotonic()):
            self._answer(self._requests.expire())
        elif time.monotonic() >= self._deadline and not (self._requests and self._requests.builds):
            if not self._running:
                raise PlatformError(f"The judge was silent for too long. {self.judge_log()[-2000:]}")
            seconds = self._pack.limits.run_seconds
            text = f"Your submission used up the {seconds:g} s for all tests; those left count as failed."
            self._fate = Fate(Verdict.TIME_LIMIT, text)

    def _answer(self, response: Message | None) -> None:
        if response is not None:
            self._pod.write("judge", encode(response))
        if self._requests is not None and self._requests.build_fate is not None:
            self._fate = self._requests.build_fate

    def _conclude(self) -> Fate:
        """The candidate is killed first; then the judge may write its trailer. If every test has passed, what
        the program went through beside that does not matter: it is ended last, and not asked how it ended.
        """
        succeeded = self._finished and all(record.outcome is Outcome.PASSED for record in self.records)
        last = self._candidate.kill() if self._candidate and not succeeded else None
        if last is not None and verdicts.was_killed_by_others(last):
            self._doubt(f"the program was killed: {last}")
        self._look_for_ends()
        if self._finished:
            self._close()
        if self._candidate and succeeded:
            hangs_up = self._pack.kind is Kind.FUNCTION
            self._candidate.dismiss(patience_seconds=HANG_UP_SECONDS if hangs_up else 0.0)
        if last is not None and not last.killed_by_us:
            self._ending = self._ending or last
        limits = self._pack.limits
        if self._ending is not None and self._pack.kind in LISTENING:
            return verdicts.ended_early(self._ending, limits, self.log(), ready=self._running)
        broken = verdicts.limit_broken(last, limits, self.log()) if last else None
        return broken or self._fate or (self._requests.broken if self._requests else None) or GRADED

    def _has_tests_left(self) -> bool:
        """Beside the one that is running."""
        return len(self.records) + 1 < len(self._pack.tests(self._suite))

    def _look_for_ends(self) -> None:
        """A service that has ended may be told of a moment after the tests that failed for it, or after the
        program that could not start without it.
        """
        while not self._pod.is_fit() and (event := self._pod.next_event(NEWS_SECONDS)) is not None:
            self._refuse_ends(event)

    def _close(self) -> None:
        self._pod.write("judge", encode({"type": "close"}))
        self._deadline = time.monotonic() + GRACE_SECONDS
        while (message := self._next_message()) is None:
            pass
        if message["type"] != "trailer" or message["count"] != len(self.records):
            raise PlatformError(
                f"The judge's trailer is wrong: {message!r}, {len(self.records)} records came."
            )

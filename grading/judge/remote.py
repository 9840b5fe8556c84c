"""The judge's end of the line to the candidate's functions (kind function).

The judge listens before it says `ready`, accepts one connection, which trusted code in the candidate's
container makes before it has any file of theirs, and listens no more. What comes over it afterwards may be
anything: an answer that makes no sense fails its test, and a stream that is no stream of lines any more fails
all that are left. The other end is `grading.agent.function`.
"""

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from ..agent import wire
from . import failing
from .framing import Message
from .line import GarbageError, Line, load
from .outcomes import Start
from .timer import TestTimeoutError, Timer
from .turn import Turn

FIRST_NUMBER = 0
SECONDS_WITHOUT_A_TIMER = 10.0
ENDING_SECONDS = 1.0
"""How long the worker may take to tell that a program has ended whose connection was closed."""
THREAD_SECONDS = 0.005
QUIET_SECONDS = 5.0
"""How long a thread that asks may take to see that its test has ended."""
NUMBER_BITS = 52
"""Of a question's number: too many to answer it before it is asked."""
TEST_BYTES = 128 * 1024 * 1024
TEST_PARTS = 6_000_000
"""Of all answers of one test together, as `wire.weight` counts them: a test may keep what it was given."""
OPEN_CALLS, TEST_CALLS = 64, 200_000
"""Of functions of the test by the candidate's code."""
STRAY = (
    "Your program answered a question that was not asked, so nothing it says in this test can be believed."
)
UNFIT = "This test passes something to your code that cannot be passed to it. Its author has to mend it."
BROKEN = "Your program broke the connection over which its functions are called."


class NoAgentError(Exception):
    """The agent in the candidate's container did not connect. A failure of ours."""


class Remote:
    """One candidate's module. `begin` and `end` bound a test; between them it is one process, and no time but
    that of the calls counts as the test's.
    """

    def __init__(
        self, port: int, timer: Timer, ended: threading.Event, *, tells_endings: bool = False
    ) -> None:
        """`tells_endings`: failures say how a process ended, which the candidate's code decides."""
        self._timer, self._ended, self._tells_endings = timer, ended, tells_endings
        self._line = Line(port)
        self._turn = Turn(FIRST_NUMBER)
        self._load_seconds = 0.0
        self.broken = ""
        """Why no test can call anything any more."""
        self.is_active = False
        self.called: Callable[[Message], Message] = _call_nothing
        """Calls a function of the test for the candidate's code, and makes the reply."""

    @property
    def number(self) -> int:
        """Of the test, and so of the process that serves it."""
        return self._turn.number

    @property
    def objection(self) -> str:
        """Why this test has failed already, whatever it makes of it."""
        return self._turn.objection

    @property
    def released(self) -> list[int]:
        """Handles of this test that nobody holds any more."""
        return self._turn.released

    def open(self, seconds: float, *, tests: int) -> tuple[Start, str]:
        """Waits until the candidate's module is imported. The text is what they may read about it. `tests`:
        how many there will be, so that no process is made for one that does not come.

        Raises NoAgentError if nobody calls: until then nothing but our own code has run.
        """
        if not self._line.accept(time.monotonic() + seconds, self._ended):
            if self._ended.is_set():
                return Start.ENDED, ""
            raise NoAgentError(f"the agent did not call within {seconds:g} s")
        self._load_seconds = seconds
        deadline = time.monotonic() + seconds
        try:
            self._line.send(b"tests %d\n" % tests, deadline)
            message = self._next(self._turn, deadline)
        except (OSError, EOFError, GarbageError, wire.WireError) as error:
            return self._not_open(error)
        if message.get("loaded") is True:
            self._turn.is_loaded = True
            return Start.READY, ""
        text = message.get("failed") or message.get("ended")
        return (Start.NOT_LOADED, text) if isinstance(text, str) else (Start.NOT_PROTOCOL, "")

    def begin(self) -> None:
        self.is_active = True

    def end(self, left: int) -> None:
        """The next test gets a process of its own; one that was not used is as good as new. `left`: how many
        tests may follow; after the last one the judge hangs up.
        """
        self.is_active = False
        turn = self._turn
        turn.objection = ""
        if not left or not turn.is_used or self.broken:
            return
        turn.is_over = True
        self._turn = Turn(turn.number + 1)
        self._wait_for_quiet(turn)
        try:
            self._line.send(b"end %d\n" % left, time.monotonic() + ENDING_SECONDS)
        except (OSError, EOFError):
            self._break()

    def _wait_for_quiet(self, turn: Turn) -> None:
        """A thread of the test may be asking: what it was about to read is nobody else's."""
        deadline = time.monotonic() + QUIET_SECONDS
        while turn.is_exchanging:
            if time.monotonic() > deadline:
                self._break()
                return
            time.sleep(THREAD_SECONDS)

    def ask(self, **request: Any) -> Message:
        """The answer, which may be anything that is an object of JSON. Fails the test if there is none."""
        turn = self._turn
        if not self.is_active:
            raise RuntimeError("the candidate's functions can be called only while a test runs")
        with turn.lock:
            turn.check()
            return self._ask(turn, request)

    def _ask(self, turn: Turn, request: Message) -> Message:
        self._refuse(turn)
        turn.is_used = True
        if not turn.is_loaded:
            with self._timer.paused():  # The import is not the test's time.
                self._load(turn, time.monotonic() + self._load_seconds)
            self._refuse(turn)
        number = secrets.randbits(NUMBER_BITS) + 1
        message = self._exchange(turn, self._line_of(turn, number, request), number)
        while "call" in message:
            message = self._exchange(turn, self._reply(turn, message), number)
        return message

    def _line_of(self, turn: Turn, number: int, request: Message) -> bytes:
        released, turn.released = turn.released, []
        whole = {"q": number, **request}
        try:
            return wire.dump({**whole, "del": released} if released else whole)
        except wire.WireError as error:
            turn.objection = turn.objection or UNFIT
            raise TypeError(f"what is passed {error}") from error

    def _reply(self, turn: Turn, message: Message) -> bytes:
        """Calls what the candidate's code has called. Whatever else but a reply comes of it ends the test's
        conversation, as nobody can answer any more.
        """
        turn.calls += 1
        if turn.open_calls >= OPEN_CALLS or turn.calls > TEST_CALLS:
            turn.dead = "Your code called the test's functions too often."
            self._fail(turn, turn.dead)
        turn.open_calls += 1
        try:
            return wire.dump(self.called(message))
        except BaseException:
            turn.dead = turn.dead or "A function of the test failed while your code called it."
            raise
        finally:
            turn.open_calls -= 1

    def _load(self, turn: Turn, deadline: float) -> None:
        turn.is_exchanging = True
        try:
            while not (turn.is_loaded or turn.dead or self.broken):
                message = self._next(turn, deadline)
                turn.is_loaded = message.get("loaded") is True
                if not turn.is_loaded and not self._is_end(turn, message):
                    self._break()
        except TimeoutError:
            turn.dead = f"Your module was not imported within {self._load_seconds:g} s for this test."
        except (GarbageError, wire.WireError):
            self._break()
        except (OSError, EOFError):
            self._hung_up(turn)
        finally:
            turn.is_exchanging = False

    def _exchange(self, turn: Turn, line: bytes, number: int) -> Message:
        """Sends a line and gives what answers the question of this number, or is asked about it."""
        with self._timer.deferred() as left:
            deadline = time.monotonic() + (left or SECONDS_WITHOUT_A_TIMER)
            turn.is_exchanging = True
            try:
                message = self._sent_and_answered(turn, line, deadline)
            finally:
                turn.is_exchanging = False
        if message.get("q") != number:
            turn.dead = STRAY
            self._fail(turn, STRAY)
        return message

    def _sent_and_answered(self, turn: Turn, line: bytes, deadline: float) -> Message:
        turn.check()
        sent = False
        try:
            self._line.send(line, deadline)
            sent = True
            message = self._next(turn, deadline)
            if not self._is_end(turn, message):
                return message
        except TimeoutError:
            turn.dead = "Your code did not return from an earlier call of this test."
            if not sent:
                self._break()
            raise TestTimeoutError from None
        except wire.WireError as error:
            turn.dead = f"What your program answered {error}."
        except GarbageError:
            self._break()
        except (OSError, EOFError):
            self._hung_up(turn)
        return self._fail(turn, self.broken or turn.dead)

    def fail(self, text: str) -> NoReturn:
        """The test fails, also if it catches this."""
        self._fail(self._turn, text)

    def object_to(self, text: str) -> None:
        """The test has failed, whatever it makes of it."""
        self._turn.objection = self._turn.objection or text

    def _fail(self, turn: Turn, text: str) -> NoReturn:
        turn.objection = turn.objection or text
        failing.fail(text)

    def _refuse(self, turn: Turn) -> None:
        if text := self.broken or turn.dead:
            self._fail(turn, text)

    def _is_end(self, turn: Turn, message: Message) -> bool:
        """Whether it tells that this test's process can answer nothing."""
        if "failed" in message:
            turn.dead = "Your module could not be imported for this test."
        elif "ended" in message:
            how = str(message["ended"])[:100] if self._tells_endings else "ended its process"
            turn.dead = f"Your code {how} while this test ran."
        return bool(turn.dead)

    def _next(self, turn: Turn, deadline: float) -> Message:
        """What comes next of this test's process: what is late, of an earlier test, is passed over."""
        while True:
            number, text = self._line.next(deadline, turn.number, turn.check)
            if number == turn.number:
                break
        turn.taken_bytes += len(text)
        turn.taken_parts += wire.weight(text)
        if turn.taken_bytes > TEST_BYTES or turn.taken_parts > TEST_PARTS:
            raise wire.WireError("is, with all answers of this test, too large to be kept")
        return load(text)

    def _not_open(self, error: Exception) -> tuple[Start, str]:
        if isinstance(error, TimeoutError):
            return Start.UNANSWERED, ""
        hung_up = isinstance(error, OSError | EOFError)
        if hung_up and self._ended.wait(ENDING_SECONDS):
            return Start.ENDED, ""
        return Start.NOT_PROTOCOL, ""

    def _hung_up(self, turn: Turn) -> None:
        if self._ended.wait(ENDING_SECONDS):
            turn.dead = "Your program ended while this test ran."
        else:
            self._break()

    def _break(self) -> None:
        """For good. The connection stays open: closing it would end the program, and hide what it did."""
        self.broken = BROKEN


def _call_nothing(message: Message) -> Message:
    raise NotImplementedError(message)

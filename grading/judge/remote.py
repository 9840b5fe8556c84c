"""The judge's end of the line to the candidate's functions (kind function).

The judge listens before it says `ready`, accepts one connection, which trusted code in the candidate's
container makes before it has any file of theirs, and listens no more. What comes over it afterwards may be
anything: an answer that makes no sense fails its test, and a stream that is no stream of lines any more fails
all that are left. The other end is `grading.agent.function`.
"""

import secrets
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from ..agent import wire
from . import failing
from .framing import Message
from .outcomes import Start
from .timer import TestTimeoutError, Timer

FIRST_NUMBER = 0
SECONDS_WITHOUT_A_TIMER = 10.0
ENDING_SECONDS = 1.0
"""How long the worker may take to tell that a program has ended whose connection was closed."""
POLL_SECONDS = 0.02
PORT_BYTES = 256 * 1024
_DIGITS = 9

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

BROKEN = "Your program broke the connection over which its functions are called."


class NoAgentError(Exception):
    """The agent in the candidate's container did not connect. A failure of ours."""


class _GarbageError(Exception):
    """What came is no line of the protocol; nothing after it can be read."""


class Remote:
    """One candidate's module. `begin` and `end` bound a test; between them it is one process, and no time but
    that of the calls counts as the test's.
    """

    def __init__(
        self, port: int, timer: Timer, ended: threading.Event, *, tells_endings: bool = False
    ) -> None:
        """`tells_endings`: failures say how a process ended, which the candidate's code decides."""
        self._timer, self._ended, self._tells_endings = timer, ended, tells_endings
        self._listener: socket.socket | None = socket.create_server(("127.0.0.1", port), backlog=1)
        self._line: socket.socket | None = None
        self._received = bytearray()
        self._lock = threading.RLock()
        self._bytes = self._parts = self._open_calls = self._calls = 0
        """Of this test."""
        self._is_used = False
        self._is_loaded = False
        """Whether this test's process has imported the module."""
        self._load_seconds = 0.0
        self._dead = ""
        self.broken = ""
        """Why no test can call anything any more."""
        self.number = FIRST_NUMBER
        """Of the test, and so of the process that serves it."""
        self.is_active = False
        self.objection = ""
        """Why this test has failed already, whatever it makes of it."""
        self.called: Callable[[Message], Message] = _call_nothing
        """Calls a function of the test for the candidate's code, and makes the reply."""
        self.released: list[int] = []
        """Handles of this test that nobody holds any more."""

    def open(self, seconds: float, *, tests: int) -> tuple[Start, str]:
        """Waits until the candidate's module is imported. The text is what they may read about it. `tests`:
        how many there will be, so that no process is made for one that does not come.

        Raises NoAgentError if nobody calls: until then nothing but our own code has run.
        """
        if not self._accept(time.monotonic() + seconds):
            if self._ended.is_set():
                return Start.ENDED, ""
            raise NoAgentError(f"the agent did not call within {seconds:g} s")
        self._load_seconds = seconds
        deadline = time.monotonic() + seconds
        try:
            self._send(b"tests %d\n" % tests, deadline)
            number, message = self._next(deadline)
        except (OSError, EOFError, _GarbageError, wire.WireError) as error:
            return self._not_open(error)
        if number == self.number and message.get("loaded") is True:
            self._is_loaded = True
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
        is_quiet = self._lock.acquire(timeout=ENDING_SECONDS)  # A thread of the test may be asking.
        try:
            self._end(left)
        finally:
            if is_quiet:
                self._lock.release()

    def _end(self, left: int) -> None:
        self.objection = ""
        if not left or not self._is_used or self.broken:
            return
        self._is_used, self._is_loaded, self._dead = False, False, ""
        self._bytes = self._parts = self._open_calls = self._calls = 0
        self.number += 1
        self.released.clear()
        try:
            self._send(b"end %d\n" % left, time.monotonic() + ENDING_SECONDS)
        except (OSError, EOFError):
            self._break()

    def ask(self, **request: Any) -> Message:
        """The answer, which may be anything that is an object of JSON. Fails the test if there is none."""
        if not self.is_active:
            raise RuntimeError("the candidate's functions can be called only while a test runs")
        number = self.number
        with self._lock:
            if number != self.number:
                raise RuntimeError("a thread of an earlier test asks")
            return self._ask(request)

    def _ask(self, request: Message) -> Message:
        self._refuse()
        self._is_used = True
        if not self._is_loaded:
            with self._timer.paused():  # The import is not the test's time.
                self._load(time.monotonic() + self._load_seconds)
            self._refuse()
        number = secrets.randbits(NUMBER_BITS) + 1
        message = self._exchange(self._line_of(number, request), number)
        while "call" in message:
            message = self._exchange(self._reply(message), number)
        return message

    def _line_of(self, number: int, request: Message) -> bytes:
        released, self.released = self.released, []
        whole = {"q": number, **request}
        try:
            return wire.dump({**whole, "del": released} if released else whole)
        except wire.WireError as error:
            raise TypeError(f"what is passed {error}") from error

    def _reply(self, message: Message) -> bytes:
        """Calls what the candidate's code has called. Whatever else but a reply comes of it ends the test's
        conversation, as nobody can answer any more.
        """
        self._calls += 1
        if self._open_calls >= OPEN_CALLS or self._calls > TEST_CALLS:
            self._dead = "Your code called the test's functions too often."
            self.fail(self._dead)
        self._open_calls += 1
        try:
            return wire.dump(self.called(message))
        except BaseException:
            self._dead = self._dead or "A function of the test failed while your code called it."
            raise
        finally:
            self._open_calls -= 1

    def _load(self, deadline: float) -> None:
        try:
            while not (self._is_loaded or self._dead or self.broken):
                number, message = self._next(deadline)
                self._is_loaded = number == self.number and message.get("loaded") is True
                if number == self.number and not self._is_loaded and not self._is_end(message):
                    self._break()
        except TimeoutError:
            self._dead = f"Your module was not imported within {self._load_seconds:g} s for this test."
        except (_GarbageError, wire.WireError):
            self._break()
        except (OSError, EOFError):
            self._hung_up()

    def _exchange(self, line: bytes, number: int) -> Message:
        """Sends a line and gives what answers the question of this number, or is asked about it."""
        with self._timer.deferred() as left:
            message = self._sent_and_answered(line, time.monotonic() + (left or SECONDS_WITHOUT_A_TIMER))
        if message.get("q") != number:
            self._dead = STRAY
            self.fail(STRAY)
        return message

    def _sent_and_answered(self, line: bytes, deadline: float) -> Message:
        sent = False
        try:
            self._send(line, deadline)
            sent = True
            return self._answer(deadline)
        except TimeoutError:
            self._dead = "Your code did not return from an earlier call of this test."
            if not sent:
                self._break()
            raise TestTimeoutError from None
        except wire.WireError as error:
            self._dead = f"What your program answered {error}."
        except _GarbageError:
            self._break()
        except (OSError, EOFError):
            self._hung_up()
        return self.fail(self.broken or self._dead)

    def fail(self, text: str) -> NoReturn:
        """The test fails, also if it catches this."""
        self.objection = self.objection or text
        failing.fail(text)

    def _refuse(self) -> None:
        if text := self.broken or self._dead:
            self.fail(text)

    def _answer(self, deadline: float) -> Message:
        while True:
            number, message = self._next(deadline)
            if number != self.number:
                continue  # Late, of an earlier test.
            if not self._is_end(message):
                return message
            self.fail(self._dead)

    def _is_end(self, message: Message) -> bool:
        """Whether it tells that this test's process can answer nothing."""
        if "failed" in message:
            self._dead = "Your module could not be imported for this test."
        elif "ended" in message:
            how = str(message["ended"])[:100] if self._tells_endings else "ended its process"
            self._dead = f"Your code {how} while this test ran."
        return bool(self._dead)

    def _accept(self, deadline: float) -> bool:
        listener, self._listener = self._listener, None
        assert listener is not None
        with listener:
            while time.monotonic() < deadline and not self._ended.is_set():
                if select.select([listener], [], [], POLL_SECONDS)[0]:
                    self._line, _ = listener.accept()
                    self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return True
        return False

    def _not_open(self, error: Exception) -> tuple[Start, str]:
        if isinstance(error, TimeoutError):
            return Start.UNANSWERED, ""
        hung_up = isinstance(error, OSError | EOFError)
        if hung_up and self._ended.wait(ENDING_SECONDS):
            return Start.ENDED, ""
        return Start.NOT_PROTOCOL, ""

    def _hung_up(self) -> None:
        if self._ended.wait(ENDING_SECONDS):
            self._dead = "Your program ended while this test ran."
        else:
            self._break()

    def _break(self) -> None:
        """For good. The connection stays open: closing it would end the program, and hide what it did."""
        self.broken = BROKEN

    def _send(self, data: bytes, deadline: float) -> None:
        line = self._timed(deadline)
        line.sendall(data)

    def _next(self, deadline: float) -> tuple[int, Message]:
        """The next line that is one. Raises OSError, EOFError, TimeoutError, _GarbageError or WireError."""
        line = self._next_line(deadline)
        digits, _, rest = line.partition(b" ")
        if not digits.isdigit() or len(digits) > _DIGITS or int(digits) > self.number:
            raise _GarbageError
        if int(digits) < self.number:
            return int(digits), {}
        self._bytes += len(rest)
        self._parts += wire.weight(rest)
        if self._bytes > TEST_BYTES or self._parts > TEST_PARTS:
            raise wire.WireError("is, with all answers of this test, too large to be kept")
        message = wire.load(rest)
        if not isinstance(message, dict):
            raise wire.WireError("is not an answer")
        return int(digits), message

    def _next_line(self, deadline: float) -> bytes:
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched > wire.LINE_BYTES + _DIGITS:
                raise _GarbageError
            data = self._timed(deadline).recv(PORT_BYTES)
            if not data:
                raise EOFError("closed")
            self._received += data
        if time.monotonic() > deadline:
            raise TimeoutError
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    def _timed(self, deadline: float) -> socket.socket:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        assert self._line is not None
        self._line.settimeout(left)
        return self._line


def _call_nothing(message: Message) -> Message:
    raise NotImplementedError(message)

"""How much memory a test may take, so that what a program answers cannot end the judge and with it the tests
that are left.

While a test's own code runs, the process may map so much more private memory than it had before the first
test (RLIMIT_DATA); what asks for more gets a MemoryError, which fails that test only. Our own code, which
files the test's report and speaks to the worker meanwhile, may take a reserve beyond that. Together they stay
below the memory of the judge's container, whose end would be the end of the whole suite.

That counts what is mapped, and the stack of a thread is mapped whole. Of each thread that runs only what it
touches is the test's: the rest of its stack is granted as long as the stack is there.
"""

import ctypes
import functools
import gc
import resource
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MIB = 1024 * 1024
TEST_BYTES = 256 * MIB
THREADS_BYTES = 64 * MIB
"""For what a test's threads touch of their stacks, and for the stacks of some that have ended."""
RESERVE_BYTES = 128 * MIB
"""A program's output of 16 MiB is several times that on its way to a test."""
STACK_BYTES = 1 * MIB
"""Of a thread. The usual 8 MiB would be much to map."""
TOUCHED_BYTES = 64 * 1024
"""Of a thread's stack, as a rule: 1000 threads that had 100 brackets nested to decode took 60 KiB each, with
what the system keeps of them."""
TEXT_CHARACTERS = 64 * 1024
"""Of an error: what a program answered may be quoted in it, and a report has a line for each of its lines."""
CHAIN = 20
"""So many errors of a chain are looked at: pytest reports them all."""

TOO_MUCH = (
    f"What your program answered takes more memory than a test may hold ({TEST_BYTES // MIB} MiB decoded)."
)

UNTIDY_BYTES = 32 * MIB
_LIBPQ, _NO_THREAD = "out of memory", "can't start new thread"


class Memory:
    """One per judge. Nothing is limited before `measure`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reserves = 0
        self._is_bounded = False
        self._own_bytes = 0
        self._free = resource.getrlimit(resource.RLIMIT_DATA)
        self.is_exceeded = False
        """Whether something of the present test was refused for its size elsewhere."""

    def measure(self) -> None:
        """Takes what the process has now for its own."""
        self._own_bytes = _mapped_bytes()

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """The code inside is a test's. In the main thread, not nested."""
        self._tidy()
        with self._lock:
            self._is_bounded = True
            self._apply()
        try:
            yield
        finally:
            # First of all, and without anything that asks for memory: there may be none.
            resource.setrlimit(resource.RLIMIT_DATA, self._free)
            self._is_bounded = False
            with self._lock:  # A thread may have been at it.
                resource.setrlimit(resource.RLIMIT_DATA, self._free)

    @contextmanager
    def reserve(self) -> Iterator[None]:
        """The code inside is ours, must not fail half-way, and takes little. By any thread, may be nested."""
        with self._lock:
            self._reserves += 1
            self._apply()
        try:
            yield
        finally:
            with self._lock:
                self._reserves -= 1
                self._apply()

    def grant_stacks(self) -> None:
        """From now on whoever starts a thread gets its stack, until it ends. Once per process."""
        begin = threading.Thread.start

        @functools.wraps(begin)
        def start(thread: threading.Thread) -> None:
            run = thread.run

            def run_and_give_back() -> None:
                vars(thread).pop("run", None)
                try:
                    run()
                finally:
                    with self._lock:
                        self._apply()

            vars(thread)["run"] = run_and_give_back
            with self._lock:
                self._apply(starting=1)
            begin(thread)

        setattr(threading.Thread, "start", start)  # noqa: B010 - for mypy.

    def _tidy(self) -> None:
        """What an earlier test took may hang in a circle, or be free and not given back."""
        if self._own_bytes and _mapped_bytes() > self._own_bytes + UNTIDY_BYTES:
            gc.collect()
            ctypes.CDLL(None).malloc_trim(0)

    def _apply(self, *, starting: int = 0) -> None:
        """`starting`: so many threads are about to be there."""
        if not (self._is_bounded and self._own_bytes):
            return
        others = threading.active_count() - 1 + starting
        wanted = self._own_bytes + TEST_BYTES + THREADS_BYTES + others * (STACK_BYTES - TOUCHED_BYTES)
        if self._reserves:
            wanted += RESERVE_BYTES
        hard = self._free[1]
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def trim(error: BaseException) -> None:
    """Cuts long texts of an error, and of those that it came from, before pytest puts them into a report."""
    for each in chain(error):
        if any(isinstance(item, str) and len(item) > TEXT_CHARACTERS for item in each.args):
            each.args = tuple(_cut(item) if isinstance(item, str) else item for item in each.args)
        message = getattr(each, "msg", None)
        if isinstance(message, str) and len(message) > TEXT_CHARACTERS:
            each.msg = _cut(message)  # type: ignore[attr-defined]


def let_go(error: BaseException) -> None:
    """What the frames that an error came through still hold is not needed any more."""
    for each in chain(error):
        traceback.clear_frames(each.__traceback__)


def is_shortage(error: BaseException | None) -> bool:
    """Whether it says, in the words of whoever asked, that there was no memory to be had."""
    if isinstance(error, MemoryError):
        return True
    text = str(error)[:200] if error is not None and error.args else ""
    is_libpq = type(error).__module__.startswith("psycopg") and text.startswith(_LIBPQ)
    return is_libpq or (isinstance(error, RuntimeError) and text.startswith(_NO_THREAD))


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, what that was raised from ..."""
    found: BaseException | None = error
    for _ in range(CHAIN):
        if found is None:
            return
        yield found
        found = found.__cause__ or found.__context__


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_CHARACTERS else text[: TEXT_CHARACTERS - 4] + " ..."


def _mapped_bytes() -> int:
    """What RLIMIT_DATA counts: private memory that may be written to."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status does not tell VmData")

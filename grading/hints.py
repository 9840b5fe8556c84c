"""Hints: messages that tell the workers that there is something to take, and nothing more.

The row is the job. A hint that comes twice, late or never costs a moment at most: workers look by
themselves. So nobody waits for a broker: one thread of the process carries the hints, and while the broker
does not answer they are dropped.
"""

import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from celery import current_app
from django.db import transaction

from grading.outage import ANSWER_SECONDS, BROKER

log = logging.getLogger(__name__)

HINT_SECONDS = 300
"""A hint that nobody took for so long says nothing any more."""
HINTS = "gradings"
"""The Celery queue of hints."""
TASK = "grading.tasks.work"
MOST_WAITING = 32
"""More hints than these tell nothing new."""
BROKER_SECONDS = 2
"""How long the thread waits for a broker that has accepted a connection."""
TIMEOUTS = {
    "redis": ("socket_timeout", "socket_connect_timeout"),
    "rediss": ("socket_timeout", "socket_connect_timeout"),
    "amqp": ("read_timeout", "write_timeout"),
    "pyamqp": ("read_timeout", "write_timeout"),
    "amqps": ("read_timeout", "write_timeout"),
}
"""What a transport calls them."""
LAST_SECONDS = 0.5
"""How long a process that ends waits for its last hints."""


def announce() -> None:
    """Tells the workers, when the transaction commits, that there is something to take."""
    transaction.on_commit(post, robust=True)


def post() -> None:
    """Hands a hint to the thread that carries them. Returns at once, whatever the broker does."""
    _courier().post()


def flush(seconds: float = LAST_SECONDS) -> bool:
    """Waits until what was posted is sent or dropped. Whether it was."""
    return _courier().flush(seconds)


def check() -> None:
    """Asks the broker for a sign of life, and notes in `outage.BROKER` what came of it. Takes no longer than
    any other part may.
    """
    _courier().check()


class Courier:
    """Carries the hints of one process. Its thread starts with the first one."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._changed = threading.Condition()
        self._errands: deque[Callable[[], None]] = deque()
        """The first one is under way."""
        self._thread: threading.Thread | None = None
        self._connection: Any = None

    def post(self) -> None:
        self._add(self._send)

    def check(self) -> None:
        self._add(self._declare)
        if not self.flush(ANSWER_SECONDS):
            BROKER.failed(TimeoutError(f"no answer within {ANSWER_SECONDS:g} s"))

    def flush(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self._errands, seconds)

    def _add(self, errand: Callable[[], None]) -> None:
        with self._changed:
            if len(self._errands) < MOST_WAITING:
                self._errands.append(errand)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._errands))
                errand = self._errands[0]
            is_done = BROKER.may_try() and self._carry(errand)
            with self._changed:
                if is_done:
                    self._errands.popleft()
                else:
                    self._errands.clear()
                self._changed.notify_all()

    def _carry(self, errand: Callable[[], None]) -> bool:
        try:
            self._with_connection(errand)
        except Exception as error:  # noqa: BLE001 - each transport has errors of its own, and none matters.
            BROKER.failed(error)
            self._hang_up()
            return False
        BROKER.answered()
        return True

    def _with_connection(self, errand: Callable[[], None]) -> None:
        if self._connection is not None:
            try:
                return errand()
            except Exception as error:  # noqa: BLE001 - the broker may have been started again meanwhile.
                log.info("the connection to the broker is made anew: %s", error)
                self._hang_up()
        self._connection = _connect()
        self._connection.connect()
        return errand()

    def _send(self) -> None:
        with current_app.amqp.Producer(self._connection, auto_declare=False) as producer:
            current_app.send_task(TASK, queue=HINTS, expires=HINT_SECONDS, producer=producer, retry=False)

    def _declare(self) -> None:
        current_app.amqp.queues[HINTS](self._connection.default_channel).declare()

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                connection.release()
        except Exception as error:  # noqa: BLE001 - as above.
            log.info("the connection to the broker could not be closed: %s", error)


def _connect() -> Any:
    """A connection that waits for nothing without end; the workers' own may wait for their next message."""
    scheme = current_app.conf.broker_url.partition(":")[0]
    options = dict.fromkeys(TIMEOUTS.get(scheme, ()), BROKER_SECONDS)
    return current_app.connection_for_write(connect_timeout=BROKER_SECONDS, transport_options=options)


_of_this_process = Courier()


def _courier() -> Courier:
    """Threads do not live on in a forked process, which needs its own."""
    global _of_this_process
    if _of_this_process.process != os.getpid():
        _of_this_process = Courier()
    return _of_this_process


atexit.register(flush)

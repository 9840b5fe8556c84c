"""The slots of a worker process: how many gradings it does at once, and of what kind.

One slot is always free of slow gradings and regrades, so that a candidate's run never waits behind them; a
worker with one slot takes them only when nothing else is queued. Every STARVED_SHARE-th time what has waited
for too long behind others goes first all the same (see `grading.turns`).
"""

import threading
from types import TracebackType
from typing import Self

from grading import turns

STARVED_SHARE = 5


class Slot:
    """One grading's place, from `Slots.take`; a context manager that frees it."""

    def __init__(self, slots: "Slots", *, patient: bool, starved_first: bool) -> None:
        self._slots = slots
        self.patient = patient
        """Slow gradings and regrades may be taken too."""
        self.starved_first = starved_first

    def use(self, lane: str) -> None:
        """Says what was taken: only a slow grading or a regrade keeps others of its kind out."""
        if self.patient and lane not in turns.PATIENT:
            self.patient = False
            self._slots._give_patient()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._slots._give(patient=self.patient)


class Slots:
    """Thread-safe; shared by every thread of the process that grades."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._busy = self._patient = self._taken = 0
        self._closed = False
        self._changed = threading.Condition()

    def take(self) -> Slot | None:
        """A slot, or None: all are busy, or the worker is stopping."""
        with self._changed:
            if self._closed or self._busy >= self.total:
                return None
            self._busy += 1
            self._taken += 1
            patient = self._patient < max(1, self.total - 1)
            self._patient += patient
            return Slot(self, patient=patient, starved_first=self._taken % STARVED_SHARE == 0)

    @property
    def has_room(self) -> bool:
        with self._changed:
            return not self._closed and self._busy < self.total

    def open(self) -> None:
        """Gives slots again after a `close`."""
        with self._changed:
            self._closed = False

    def close(self) -> None:
        """No further slot is given; who has one keeps it."""
        with self._changed:
            self._closed = True

    def wait_until_free(self, timeout_seconds: float) -> bool:
        """Waits for those who hold a slot; False if some still do."""
        with self._changed:
            return self._changed.wait_for(lambda: self._busy == 0, timeout_seconds)

    def _give_patient(self) -> None:
        with self._changed:
            self._patient -= 1

    def _give(self, *, patient: bool) -> None:
        with self._changed:
            self._busy -= 1
            self._patient -= patient
            self._changed.notify_all()

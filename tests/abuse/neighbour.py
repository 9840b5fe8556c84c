"""Somebody else, who is graded beside every attack and must come to no harm."""

import threading

from grading import files as submitted
from grading.challenge import Suite
from grading.grade import grade
from grading.report import Report
from sandbox.images import Images
from sandbox.pod import Pods
from tests.abuse import targets


class Neighbour:
    """An honest submission, graded in a thread of its own."""

    def __init__(self, pods: Pods, images: Images, canary: str) -> None:
        self.pods, self._images = pods, images
        self._pack = targets.read("neighbour")
        honest = submitted.reference(self._pack, "python")
        self._files = {path: f"{text}\n# {canary}\n" for path, text in honest.items()}
        self._result: Report | str = "it was not started"
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Once; again means nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, name="neighbour")
            self._thread.start()

    def result(self) -> Report | str:
        """Waits for it."""
        if self._thread is not None:
            self._thread.join()
        return self._result

    def grade(self) -> Report:
        return grade(
            self._pack,
            self._files,
            language="python",
            suite=Suite.HIDDEN,
            pods=self.pods,
            images=self._images,
        )

    def _keep(self) -> None:
        try:
            self._result = self.grade()
        except Exception as error:  # noqa: BLE001 - whatever it is, the trial tells of it.
            self._result = f"{type(error).__name__}: {error}"

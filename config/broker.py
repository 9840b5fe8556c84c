"""The broker that needs no server: a folder on this machine, for web process and worker of an embedded
installation.

Kombu's file-system transport, with two of its gaps closed: a message appears under its name only when it is
written completely (a reader never meets half of one), and order of time is the order of names across restarts
of the machine. A message that a killed worker had taken is lost; `grading.queue` announces its grading again.
"""

import json
import os
import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem


class Channel(filesystem.Channel):  # type: ignore[misc]  # Kombu is not typed well enough to be checked.
    """Messages are files '<nanoseconds>_<random>.<queue>.msg'."""

    def _put(self, queue: str, payload: dict[str, Any], **_: Any) -> None:
        name = f"{time.time_ns():020d}_{uuid.uuid4().hex}.{queue}"
        unfinished = Path(self.data_folder_out, f"{name}.part")
        unfinished.write_text(json.dumps(payload))
        unfinished.rename(unfinished.with_name(f"{name}.msg"))

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002 - Kombu's signature.
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 - names only, many times a second.
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f"{name}.taken"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:
                continue  # Another worker was faster.
            payload = json.loads(taken.read_text())
            taken.unlink()
            return payload
        raise Empty


class Transport(filesystem.Transport):  # type: ignore[misc]
    Channel = Channel

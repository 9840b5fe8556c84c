"""How judge and worker frame what they say to each other. Used on both sides; standard library only.

Worker to judge (the judge's standard input) are plain JSON lines: nobody else can write there. Judge to
worker (the judge's standard output) are plain JSON lines until the worker has sent `go`, and sealed frames
from then on, because from then on the judge reads hostile input. A sealed frame is one line of JSON:

    {"n": 7, "more": false, "data": "<text>", "mac": "<64 hex digits>"}

`data` is a piece of a message's JSON text; pieces are joined until `more` is false, so that a message may be
longer than a line. `n` counts frames from 0. `mac` is HMAC-SHA256 with the run's key over "<run id> <n>
<more> <data>". It defends against mixed-up runs, lost, repeated or truncated output and stray prints; it
cannot defend against code that runs inside the judge.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

Message = dict[str, Any]

PIECE_CHARACTERS = 100_000
"""The text is ASCII; escaped once more it at most doubles, which keeps a line below a pod's limit of 256 KiB.
"""
MESSAGE_CHARACTERS = 32 * 1024 * 1024


class FramingError(Exception):
    """A line that is not what the other side would have sent: forged, lost, repeated or damaged."""


def encode(message: Message) -> bytes:
    """A plain line, with its newline."""
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """A plain line's message. Raises FramingError unless it is a JSON object."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FramingError(f"not JSON: {line[:200]!r}") from error
    if not isinstance(message, dict):
        raise FramingError(f"not an object: {line[:200]!r}")
    return message


def pack_bytes(data: bytes) -> str:
    """Bytes as text for a message."""
    return base64.b64encode(data).decode()


def unpack_bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


class Sealer:
    """Makes sealed frames. Not thread-safe: the caller holds a lock over sealing and writing."""

    def __init__(self, key: bytes, run_id: str) -> None:
        self._key, self._run_id, self._next = key, run_id, 0

    def seal(self, message: Message) -> Iterator[bytes]:
        """The message's frames, one line each."""
        return self.seal_text(json.dumps(message, ensure_ascii=True, separators=(",", ":")))

    def seal_text(self, text: str) -> Iterator[bytes]:
        """The same for a message that is text already."""
        for start in range(0, len(text), PIECE_CHARACTERS):
            more = start + PIECE_CHARACTERS < len(text)
            data = text[start : start + PIECE_CHARACTERS]
            mac = _mac(self._key, self._run_id, self._next, more, data)
            yield encode({"n": self._next, "more": more, "data": data, "mac": mac})
            self._next += 1


class Opener:
    """Checks sealed frames and puts messages together again."""

    def __init__(self, key: bytes, run_id: str) -> None:
        self._key, self._run_id, self._next = key, run_id, 0
        self._pieces: list[str] = []
        self._characters = 0

    def open(self, line: bytes) -> Message | None:
        """The message that this frame completes; None if more of it is to come. Raises FramingError."""
        frame = decode(line)
        more, data = frame.get("more"), frame.get("data")
        if frame.get("n") != self._next or not isinstance(more, bool) or not isinstance(data, str):
            raise FramingError(f"frame {self._next} was expected: {line[:200]!r}")
        mac = _mac(self._key, self._run_id, self._next, more, data)
        if not hmac.compare_digest(mac.encode(), str(frame.get("mac")).encode()):
            raise FramingError(f"frame {self._next} is not authentic: {line[:200]!r}")
        self._next += 1
        return self._join(data, more=more)

    def _join(self, data: str, *, more: bool) -> Message | None:
        self._pieces.append(data)
        self._characters += len(data)
        if self._characters > MESSAGE_CHARACTERS:
            raise FramingError("a message is too long")
        if more:
            return None
        text = "".join(self._pieces)
        self._pieces, self._characters = [], 0
        return decode(text.encode())


def _mac(key: bytes, run_id: str, number: int, more: bool, data: str) -> str:
    signed = f"{run_id} {number} {int(more)} {data}".encode()
    return hmac.new(key, signed, hashlib.sha256).hexdigest()

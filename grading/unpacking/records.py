"""What the reader of an archive says, entry by entry: kind, length of the name, length of the content, both.

Files (name, content), folders (name), and at last either a refusal (name of the entry, why) or the end. A
stream without one of the two was cut off.
"""

import struct
import sys
from collections.abc import Iterator
from typing import NamedTuple, Protocol

FILE, FOLDER, REFUSAL, END = b"F", b"D", b"R", b"."
MAX_NAME_CHARACTERS = 1024
"""Far above what is accepted: a longer name is cut, and refused for its length all the same."""
MAX_REASON_BYTES = 1024
_MAX_NAME_BYTES = 4 * MAX_NAME_CHARACTERS
_HEAD = struct.Struct(">cII")


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure.
    """The archive is not accepted. `entry` names the member, or is empty."""

    def __init__(self, reason: str, *, entry: str = "") -> None:
        super().__init__(reason)
        self.reason, self.entry = reason, entry


class CutOffError(Exception):
    """The stream ends too early, or says what nobody of ours would."""


class Readable(Protocol):
    """Where the records come from. Fewer bytes than asked for: there are no more."""

    def read(self, length: int, /) -> bytes: ...


class Record(NamedTuple):
    kind: bytes
    name: str
    content: bytes


def say(kind: bytes, name: str = "", content: bytes = b"") -> None:
    """To standard output. Names may hold what is no text (lone surrogates)."""
    raw = name[:MAX_NAME_CHARACTERS].encode("utf-8", "surrogatepass")
    sys.stdout.buffer.write(_HEAD.pack(kind, len(raw), len(content)))
    sys.stdout.buffer.write(raw)
    sys.stdout.buffer.write(content)


def answer(entries: Iterator[tuple[bytes, str, bytes]]) -> None:
    """Says every entry, then how it ended."""
    try:
        for kind, name, content in entries:
            say(kind, name, content)
    except Refused as refused:
        say(REFUSAL, refused.entry, refused.reason.encode())
    else:
        say(END)
    sys.stdout.buffer.flush()


def read(stream: Readable, *, max_content_bytes: int) -> Iterator[Record]:
    """Every record up to the refusal or the end, which is the last. Raises CutOffError."""
    kind = b""
    while kind not in (REFUSAL, END):
        kind, name_length, length = _HEAD.unpack(_exactly(stream, _HEAD.size))
        most = MAX_REASON_BYTES if kind == REFUSAL else max_content_bytes
        if name_length > _MAX_NAME_BYTES or length > most:
            raise CutOffError
        yield Record(kind, _text(_exactly(stream, name_length)), _exactly(stream, length))


def _exactly(stream: Readable, length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise CutOffError
    return data


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise CutOffError from error

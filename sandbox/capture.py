"""Keeps the beginning and the end of what a container writes, and cuts standard output into lines."""

from collections.abc import Iterator

LINE_BYTES = 256 * 1024
"""A line longer than this is no line: its writer is stopped."""


class Capture:
    """The first and the last half of `limit` bytes of one stream."""

    def __init__(self, limit: int) -> None:
        self._half = max(1, limit // 2)
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0
        """Bytes seen, kept or not."""

    def add(self, data: bytes) -> None:
        """Take more bytes."""
        self.total += len(data)
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:] if room > 0 else data
        if len(self._tail) > 2 * self._half:
            del self._tail[: -self._half]

    @property
    def truncated(self) -> bool:
        """Whether bytes in the middle were given up."""
        return self.total > 2 * self._half

    def value(self) -> bytes:
        """What was kept."""
        return bytes(self._head) + bytes(self._tail[-self._half :])


class LineTooLongError(ValueError):
    """A line exceeds `LINE_BYTES`."""


class Lines:
    """Cuts a stream of bytes into whole lines."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def add(self, data: bytes) -> Iterator[bytes]:
        """Yield each line that is now complete, without its newline. Raises LineTooLongError."""
        self._rest += data
        while (end := self._rest.find(b"\n")) >= 0:
            line = bytes(self._rest[:end])
            del self._rest[: end + 1]
            if len(line) > LINE_BYTES:
                raise LineTooLongError
            yield line
        if len(self._rest) > LINE_BYTES:
            raise LineTooLongError

"""How much an archive may hold. The reader counts while it reads; a header is never believed."""

from collections.abc import Sequence
from typing import NamedTuple

from grading.unpacking.records import Refused

MIB = 1024 * 1024


class Limits(NamedTuple):
    """In the order in which they are handed to the process that reads."""

    total_bytes: int
    file_bytes: int
    entries: int
    ratio: int

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> "Limits":
        return cls(*map(int, arguments))

    def arguments(self) -> list[str]:
        return [str(number) for number in self]

    def too_large(self, name: str) -> Refused:
        return Refused(f"the file is larger than {self.file_bytes // MIB} MiB", entry=name)

    def too_much(self) -> Refused:
        return Refused(f"The archive holds more than {self.total_bytes // MIB} MiB.")

    def too_many(self) -> Refused:
        return Refused(f"The archive has more than {self.entries} entries.")


class Total:
    """Counts what is taken. Raises Refused."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._left = limits, limits.total_bytes

    def take(self, content: bytes) -> bytes:
        self._left -= len(content)
        if self._left < 0:
            raise self._limits.too_much()
        return content

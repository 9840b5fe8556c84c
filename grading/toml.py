"""Reads a TOML file strictly and tells each fault with its line.

A `Table` is asked for every key it may hold. A wrong value is a fault and the default takes its place, so
that one reading finds all faults; a key that nobody asked for is a fault as well.
"""

import re
import tomllib
from collections.abc import Sequence
from typing import Any

from grading.errors import Fault

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"^\s*\[\[?\s*({_DOTTED})\s*\]\]?\s*(?:\#.*)?$")
_ASSIGNMENT = re.compile(rf"^\s*({_DOTTED})\s*=")
_ERROR_LINE = re.compile(r"\(at line (\d+), column \d+\)")

Key = tuple[str, ...]


class Document:
    """One TOML file. `root` is its outermost table, empty when the file cannot be read. Faults go to
    `faults`.
    """

    def __init__(self, path: str, data: bytes, faults: list[Fault]) -> None:
        self.path = path
        self.faults = faults
        self._text = ""
        self.root = Table(self, (), self._parse(data))
        self._lines = _lines_of_keys(self._text)

    @property
    def is_readable(self) -> bool:
        return bool(self._text)

    def fault(self, key: Key, message: str) -> None:
        self.faults.append(Fault(self.path, self.line_of(key), message))

    def line_of(self, key: Key) -> int:
        """The line of the key, or of the nearest table around it; 1 if there is none."""
        while key:
            if key in self._lines:
                return self._lines[key]
            key = key[:-1]
        return 1

    def line_of_text(self, key: Key, text: str) -> int:
        """The first line at or after the key that holds the text (an item of a list over several lines)."""
        start = self.line_of(key)
        lines = self._text.splitlines()
        return next((n for n in range(start, len(lines) + 1) if text in lines[n - 1]), start)

    def _parse(self, data: bytes) -> dict[str, Any]:
        try:
            text = data.decode("utf-8-sig")
            values = tomllib.loads(text)
        except UnicodeDecodeError:
            self.faults.append(Fault(self.path, 0, "the file is not UTF-8"))
        except (ValueError, RecursionError) as error:  # Also a number of thousands of digits.
            found = _ERROR_LINE.search(str(error))
            message = _ERROR_LINE.sub("", str(error)).strip()
            self.faults.append(Fault(self.path, int(found[1]) if found else 1, f"not valid TOML: {message}"))
        else:
            self._text = text or "\n"
            return values
        return {}


class Table:
    """One table of a document."""

    def __init__(self, document: Document, key: Key, values: dict[str, Any]) -> None:
        self.document = document
        self.key = key
        self._values = values
        self._asked: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def names(self) -> list[str]:
        return list(self._values)

    def fault(self, name: str, message: str) -> None:
        self.document.fault((*self.key, name), message)

    def text(
        self, name: str, *, default: str | None = None, choices: Sequence[str] = (), max_length: int = 300
    ) -> str:
        value = self._take(name, default)
        if value is None:
            pass  # Told already.
        elif not isinstance(value, str):
            self.fault(name, f"{self._label(name)} must be a text")
        elif not value.strip() or len(value) > max_length or any(not char.isprintable() for char in value):
            self.fault(name, f"{self._label(name)} must be one line of 1 to {max_length} characters")
        elif choices and value not in choices:
            self.fault(name, f"{self._label(name)} must be one of {', '.join(choices)}, not {value!r}")
        else:
            return value
        return default or (choices[0] if choices else "")

    def number(self, name: str, minimum: float, maximum: float, *, default: float | None = None) -> float:
        value = self._take(name, default)
        if value is None:
            return minimum if default is None else default
        if isinstance(value, bool) or not isinstance(value, int | float) or not minimum <= value <= maximum:
            self.fault(name, f"{self._label(name)} must be a number from {minimum:g} to {maximum:g}")
            return minimum if default is None else default
        return value

    def whole(self, name: str, minimum: int, maximum: int, *, default: int | None = None) -> int:
        value = self._take(name, default)
        if value is None:
            return minimum if default is None else default
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            self.fault(name, f"{self._label(name)} must be a whole number from {minimum} to {maximum}")
            return minimum if default is None else default
        return value

    def texts(
        self, name: str, *, default: tuple[str, ...] | None = None, max_items: int = 50
    ) -> tuple[str, ...]:
        value = self._take(name, default)
        if value is None:
            return default or ()
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
            self.fault(name, f"{self._label(name)} must be a list of texts")
        elif len(value) > max_items:
            self.fault(name, f"{self._label(name)} has more than {max_items} entries")
        elif len(set(value)) != len(value) and name != "command":
            self.fault(name, f"{self._label(name)} names something twice")
        elif any(not char.isprintable() for item in value for char in item):
            self.fault(name, f"{self._label(name)} holds a control character")
        else:
            return tuple(value)
        return default or ()

    def interval(self, name: str, minimum: float, maximum: float) -> tuple[float, float]:
        """Two numbers, the lower one first."""
        value = self._take(name, None)
        if value is None:
            return minimum, maximum
        match value:
            case [int() | float() as low, int() | float() as high] if minimum <= low <= high <= maximum:
                return low, high
        self.fault(name, f"{self._label(name)} must be [low, high], from {minimum:g} to {maximum:g}")
        return minimum, maximum

    def table(self, name: str, *, required: bool = False) -> "Table":
        """The table of that name; an empty one if it is missing."""
        if required and name not in self._values:
            self.document.fault(self.key, f"the table [{'.'.join((*self.key, name))}] is missing")
        value = self._take(name, {})
        if not isinstance(value, dict):
            self.fault(name, f"{self._label(name)} must be a table")
            value = {}
        return Table(self.document, (*self.key, name), value)

    def finish(self) -> None:
        """Every key that was not asked for is a fault."""
        for name in self._values:
            if name not in self._asked:
                self.fault(name, f"unknown key {self._label(name)}")

    def _take(self, name: str, default: Any) -> Any:
        self._asked.add(name)
        if name in self._values:
            return self._values[name]
        if default is None:
            self.document.fault(self.key, f"{self._label(name)} is missing")
        return default

    def _label(self, name: str) -> str:
        return f"'{'.'.join((*self.key, name))}'"


def _lines_of_keys(text: str) -> dict[Key, int]:
    """Key path to the line where it is first written. Approximate inside multi-line texts, where no key of
    ours is.
    """
    lines: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            lines.setdefault(table, number)
        elif assignment := _ASSIGNMENT.match(line):
            lines.setdefault((*table, *_parts(assignment[1])), number)
    return lines


def _parts(dotted: str) -> Key:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))

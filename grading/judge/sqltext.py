"""Splits SQL text into statements: where one ends is the server's to say, by its own grammar.

A text is given to PostgreSQL for parsing only. At a semicolon a statement ends if what stands before it is
one, and is none any more with a bracket behind it (in a comment up to the end of the line it still would be).
"""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus

from .failing import fail

MAX_SEMICOLONS = 5000
_GRAMMAR = (b"scan.l", b"gram.y", b"parser.c", b"postgres.c")
"""Of the server's sources: those that complain of the grammar, or of more than one statement."""
_BLANK = re.compile(r"(?:[ \t\n\r\f\v]+|--[^\n\r]*)*")


def split_statements(text: str, session: psycopg.Connection[Any]) -> list[str]:
    """The statements without semicolons, surrounding space and comments before them; empty ones are left
    out. A text that PostgreSQL does not understand comes as one, and is refused when it is run.
    """
    if "\0" in text:
        fail("The SQL text holds a NUL character.")
    return list(_statements(text.removeprefix("\ufeff"), session))


def _statements(text: str, session: psycopg.Connection[Any]) -> Iterator[str]:
    start, tried = 0, 0
    while rest := _begin(text[start:]):
        start = len(text) - len(rest)
        for found in re.finditer(";", rest):
            tried += 1
            if tried > MAX_SEMICOLONS:
                fail(f"The SQL text has more than {MAX_SEMICOLONS:,} semicolons.")
            if _is_whole(rest[: found.start()], session):
                yield from filter(None, [rest[: found.start()].strip()])
                start += found.end()
                break
        else:
            yield rest.strip()
            return


def _begin(text: str) -> str:
    """Without the space, and the comments, that it begins with: there they are not in anything."""
    while True:
        left = text[_BLANK.match(text).end() :]  # type: ignore[union-attr]  # It matches nothing as well.
        if not left.startswith("/*"):
            return left
        end = _end_of_comment(left)
        if end == len(left) and not left.endswith("*/"):
            return left
        text = left[end:]


def _end_of_comment(text: str) -> int:
    """PostgreSQL's block comments nest."""
    depth = 0
    for match in re.finditer(r"/\*|\*/", text):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return len(text)


def _is_whole(text: str, session: psycopg.Connection[Any]) -> bool:
    return _is_grammatical(text, session) and not _is_grammatical(f"{text} )", session)


def _is_grammatical(text: str, session: psycopg.Connection[Any]) -> bool:
    result = session.pgconn.prepare(b"", text.encode())
    if result.status == ExecStatus.COMMAND_OK:
        return True
    if session.pgconn.status != psycopg.pq.ConnStatus.OK:
        raise psycopg.OperationalError("PostgreSQL ended the connection while it read a text.")
    source = result.error_field(DiagnosticField.SOURCE_FILE) or b""
    return source not in _GRAMMAR

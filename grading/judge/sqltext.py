"""Splits SQL text into statements, as psql would: strings, quoted names, dollar quotes and comments are
respected.
"""

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*)
  | (?P<block>/\*)
  | (?P<dollar>\$(?:[A-Za-z_]\w*)?\$)
  | (?P<string>(?:\b[eE]'(?:[^'\\]|\\.|'')*'?)|'(?:[^']|'')*'?)
  | (?P<name>"(?:[^"]|"")*"?)
  | (?P<end>;)
  | (?P<text>[^\W\d][\w$]*|\w+|\s+|.)
    """,
    re.VERBOSE | re.DOTALL,
)


def split_statements(text: str) -> list[str]:
    """The statements without comments, semicolons and surrounding space; empty ones are left out."""
    statements, parts = [], list[str]()
    for kind, token in _tokens(text):
        if kind == "end":
            statements.append("".join(parts))
            parts.clear()
        else:
            parts.append(" " if kind == "comment" else token)
    statements.append("".join(parts))
    return [statement.strip() for statement in statements if statement.strip()]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while match := _TOKEN.match(text, position):
        kind, end = str(match.lastgroup), match.end()
        if kind == "block":
            kind, end = "comment", _end_of_comment(text, match.start())
        elif kind == "dollar":
            closing = text.find(match.group(), end)
            end = len(text) if closing < 0 else closing + len(match.group())
        yield kind, text[position:end]
        position = end


def _end_of_comment(text: str, start: int) -> int:
    """PostgreSQL's block comments nest."""
    depth = 0
    for match in re.compile(r"/\*|\*/").finditer(text, start):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return len(text)

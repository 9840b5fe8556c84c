"""Submitted code as rows for a page: highlighted, or as a difference. What comes from a candidate is hostile.

Everything is bounded before it is looked at, so that a file of one line and one megabyte costs no more than
any other: a long line is cut, a long file is cut, and beyond that a file is shown without colours. The
whole file can always be downloaded. Characters that change the direction of text or hide themselves are
written out by their number.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from grading.visible import written_out

MAX_LINES = 2000
MAX_LINE_CHARACTERS = 1000
MAX_COLOURED_CHARACTERS = 60_000
MAX_ROWS = 3000
"""Of all files of a submission together; beyond them a file is only named."""
TOO_LONG = "Not shown, because the submission is long. Download it to read it."
CONTEXT_LINES = 3

LEXERS = {
    ".py": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".ts": "typescript",
    ".json": "json",
    ".sql": "postgresql",
    ".go": "go",
    ".rb": "ruby",
    ".rs": "rust",
    ".java": "java",
    ".php": "php",
    ".sh": "bash",
    ".toml": "toml",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".html": "html",
    ".css": "css",
}
_LINE_END = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line. `kind` is 'same', 'added', 'removed' or 'gap' (lines left out); a missing number is None."""

    html: SafeString
    kind: str = "same"
    old: int | None = None
    new: int | None = None

    @property
    def sign(self) -> str:
        return {"added": "+", "removed": "-"}.get(self.kind, "")


@dataclass(frozen=True, kw_only=True)
class CodeFile:
    """One file. `note` says what was cut or why there are no colours; empty if nothing was."""

    path: str
    size_bytes: int
    rows: tuple[Row, ...]
    note: str = ""
    added: int = 0
    removed: int = 0
    state: str = "changed"
    """Of a difference: 'new', 'deleted', 'changed' or 'unchanged'."""


@dataclass(frozen=True, kw_only=True)
class _Text:
    """A file's text within bounds. `left_out` maps the index of a cut line to the characters it lost."""

    lines: list[str]
    left_out: dict[int, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    is_plain: bool = False


def listings(files: Mapping[str, str]) -> tuple[CodeFile, ...]:
    """Every file, by path; the first ones with their lines."""
    shown: list[CodeFile] = []
    for path, text in sorted(files.items()):
        if sum(len(file.rows) for file in shown) < MAX_ROWS:
            shown.append(listing(path, text, is_plain=_is_long(shown)))
        else:
            shown.append(CodeFile(path=path, size_bytes=len(text.encode()), rows=(), note=TOO_LONG))
    return tuple(shown)


def _is_long(shown: Iterable[CodeFile]) -> bool:
    """Whether the files so far have used up the colours of a page."""
    return sum(file.size_bytes for file in shown) > MAX_COLOURED_CHARACTERS


def listing(path: str, text: str, *, is_plain: bool = False) -> CodeFile:
    """The file with numbered, highlighted lines."""
    bounded = _bound(text, is_plain=is_plain)
    rows = tuple(Row(html=html, new=number) for number, html in enumerate(_html(path, bounded), 1))
    return CodeFile(path=path, size_bytes=len(text.encode()), rows=rows, note=" ".join(bounded.notes))


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[CodeFile, ...]:
    """What became of each file, changed ones first; an unchanged file has no rows."""
    shown: list[CodeFile] = []
    for path in sorted(before.keys() | after.keys()):
        if sum(len(file.rows) for file in shown) < MAX_ROWS:
            old, new = before.get(path), after.get(path)
            shown.append(difference(path, old, new, is_plain=_is_long(shown)))
        else:
            size_bytes = len(after.get(path, "").encode())
            shown.append(CodeFile(path=path, size_bytes=size_bytes, rows=(), note=TOO_LONG))
    return tuple(sorted(shown, key=lambda file: file.state == "unchanged"))


def difference(path: str, before: str | None, after: str | None, *, is_plain: bool = False) -> CodeFile:
    """The changed lines with three lines around them. None: the file was not there."""
    size_bytes = len((after or "").encode())
    if before == after:
        return CodeFile(path=path, size_bytes=size_bytes, rows=(), state="unchanged")
    old, new = _bound(before or "", is_plain=is_plain), _bound(after or "", is_plain=is_plain)
    rows = tuple(_changed_rows(path, old, new))
    notes = dict.fromkeys(old.notes + new.notes)
    if before is not None and after is not None and not rows:
        notes["Only the ends of lines, or what is not shown, differ."] = None
    return CodeFile(
        path=path,
        size_bytes=size_bytes,
        rows=rows,
        note=" ".join(notes),
        added=sum(row.kind == "added" for row in rows),
        removed=sum(row.kind == "removed" for row in rows),
        state="new" if before is None else "deleted" if after is None else "changed",
    )


def _changed_rows(path: str, old: _Text, new: _Text) -> Iterator[Row]:
    old_html, new_html = _html(path, old), _html(path, new)
    matcher = difflib.SequenceMatcher(None, old.lines, new.lines)
    end = len(new.lines) if old.lines == new.lines else 0  # Equal lines need no row, not even a gap.
    groups = matcher.get_grouped_opcodes(CONTEXT_LINES)
    for group in groups:
        if group[0][3] > end:
            yield Row(html=_lines_left_out(group[0][3] - end), kind="gap")
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                numbers = zip(range(old_from, old_to), range(new_from, new_to), strict=True)
                yield from (Row(html=new_html[n], old=o + 1, new=n + 1) for o, n in numbers)
                continue
            yield from (Row(html=old_html[o], kind="removed", old=o + 1) for o in range(old_from, old_to))
            yield from (Row(html=new_html[n], kind="added", new=n + 1) for n in range(new_from, new_to))
        end = group[-1][4]
    if end < len(new.lines):
        yield Row(html=_lines_left_out(len(new.lines) - end), kind="gap")


def _lines_left_out(count: int) -> SafeString:
    return escape(f"{count} line{'s' * (count != 1)} not changed")


def _bound(text: str, *, is_plain: bool) -> _Text:
    lines = _LINE_END.split(text)
    if lines[-1] == "":
        lines.pop()
    notes = []
    if len(lines) > MAX_LINES:
        notes.append(f"The first {MAX_LINES} of {len(lines)} lines are shown.")
        lines = lines[:MAX_LINES]
    left_out = {
        index: len(line) - MAX_LINE_CHARACTERS
        for index, line in enumerate(lines)
        if len(line) > MAX_LINE_CHARACTERS
    }
    if left_out:
        notes.append(f"Lines are cut after {MAX_LINE_CHARACTERS} characters.")
    shown = [written_out(line[:MAX_LINE_CHARACTERS], joiners=False) for line in lines]
    if is_plain or sum(map(len, shown)) > MAX_COLOURED_CHARACTERS:
        is_plain = True
        notes.append("Shown without colours, because there is so much of it.")
    return _Text(lines=shown, left_out=left_out, notes=notes, is_plain=is_plain)


def _html(path: str, text: _Text) -> list[SafeString]:
    """Each line as HTML, as many as there are, with colours if the file is not too large for them."""
    html = _coloured(path, text)
    for index, count in text.left_out.items():
        html[index] = format_html('{}<span class="cut"> … {} more characters</span>', html[index], count)
    return html


def _coloured(path: str, text: _Text) -> list[SafeString]:
    name = LEXERS.get(PurePosixPath(path).suffix.lower())
    if name is None or text.is_plain or not text.lines:
        return [escape(line) for line in text.lines]
    return list(_highlighted(name, "\n".join(text.lines)))


@lru_cache(maxsize=256)
def _highlighted(lexer_name: str, text: str) -> tuple[SafeString, ...]:
    """Pygments closes every span at the end of its line, so the lines can be taken apart."""
    try:
        lexer = get_lexer_by_name(lexer_name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return tuple(escape(line) for line in text.split("\n"))
    html = highlight(text + "\n", lexer, HtmlFormatter(nowrap=True))
    lines = html.removesuffix("\n").split("\n")
    if len(lines) != text.count("\n") + 1:
        return tuple(escape(line) for line in text.split("\n"))
    return tuple(mark_safe(line) for line in lines)  # noqa: S308 - Pygments escapes what it is given.

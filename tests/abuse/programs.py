"""Attacks are honest programs with something added, so that only the attack decides what becomes of them.
Those that try everything are handed in whole.
"""

import textwrap
from pathlib import Path

from grading import files as submitted
from tests.abuse import targets

ALL = None
"""Of a case's `passes`: all tests."""
ASKED = frozenset({"test_adds", "test_keeps_a_secret"})
"""Tests of the pack 'service' that come before /calm."""
BUT_CALM = ASKED | {"test_counts"}
HALF = frozenset({"test_adds", "test_counts"})
"""Tests that the starter of the pack 'service' passes."""

BLOCKS = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"
"""JavaScript that does nothing any more."""

HONEST = {
    name: {language: submitted.reference(pack, language) for language in pack.languages}
    for name in ("service", "program")
    for pack in [targets.read(name)]
}
"""Pack -> language -> the reference solution's files."""

SERVICE = {language: next(iter(files.values())) for language, files in HONEST["service"].items()}
PROGRAM = {language: next(iter(files.values())) for language, files in HONEST["program"].items()}

ATTACKERS = Path(__file__).parent / "attackers"


def source(name: str) -> str:
    """What an attacker hands in, as text."""
    return (ATTACKERS / name).read_text()


ANSWERS = {"answers.py": source("answers.py")}
"""What those that are handed in whole have in common."""

_HANDLERS = {
    "python": "        url = urlsplit(self.path)\n",
    "javascript": '    const url = new URL(request.url, "http://127.0.0.1:8000");\n',
}


def before(code: str, language: str = "python", pack: str = "service") -> str:
    """The honest program, which does this first."""
    return f"{textwrap.dedent(code)}\n{(SERVICE if pack == 'service' else PROGRAM)[language]}"


def when_calm(code: str, language: str = "python", *, first: str = "") -> str:
    """The honest service, which does this when it is asked for /calm, after two tests have passed.

    `code` sees `self` (JavaScript: `request` and `response`) and may return. `first` is done at the start.
    """
    handler, code = _HANDLERS[language], textwrap.dedent(code).strip()
    if language == "python":
        hook = f'        if url.path == "/calm":\n{textwrap.indent(code, " " * 12)}\n'
    else:
        hook = f'    if (url.pathname === "/calm") {{\n{textwrap.indent(code, " " * 6)}\n    }}\n'
    assert handler in SERVICE[language]
    return f"{textwrap.dedent(first)}\n{SERVICE[language].replace(handler, handler + hook)}"


STARTER = {
    language: next(iter(submitted.starter(pack, language).values()))
    for pack in [targets.read("service")]
    for language in pack.languages
}
"""The starter of the pack 'service': it earns half of the points."""


def starting(code: str, language: str = "python") -> str:
    """The starter, which does this first: it shows what an attack adds to honest points."""
    return f"{textwrap.dedent(code)}\n{STARTER[language]}"

"""A small, valid pack for tests, as files that a test may change before it is read."""

from collections.abc import Mapping
from pathlib import Path

from grading import packs
from grading.challenge import ChallengePack

CHALLENGE = b"""\
format = 1
title = "Shout"
kind = "program"
summary = "Print the input in upper case."
difficulty = "easy"
minutes = 10

[skills]
text-processing = 3
robustness = 1

[languages.python]
command = ["python3", "main.py"]
editable = ["*.py"]
read_only = ["README.md"]
hidden = ["secret/*"]

[languages.javascript]
command = ["node", "main.js"]
editable = ["*.js"]

[limits]
run_seconds = 30
test_seconds = 5
"""

TESTS = b'''\
import pytest


@pytest.mark.points(3)
def test_upper(program):
    """Letters come back in upper case.

    More about it.
    """
    assert program.run(stdin="a").stdout == "A\\n"


@pytest.mark.skill("robustness")
@pytest.mark.timeout(2)
def test_empty(program):
    """An empty line is not an error."""
    assert program.run(stdin="\\n").exit_code == 0
'''

EXPECT = b"""\
language = "python"
summary = "Prints lower case."
fails = ["test_shout.py::test_upper"]
score = [20, 30]
"""

FILES: Mapping[str, bytes] = {
    "challenge.toml": CHALLENGE,
    "statement.md": b"# Shout\n",
    "starter/python/main.py": b"print(input())\n",
    "starter/python/README.md": b"Read me.\n",
    "starter/python/secret/data.txt": b"hidden\n",
    "starter/javascript/main.js": b"console.log('')\n",
    "solutions/python/main.py": b"print(input().upper())\n",
    "solutions/javascript/main.js": b"console.log('A')\n",
    "flawed/lower/expect.toml": EXPECT,
    "flawed/lower/main.py": b"print(input().lower())\n",
    "tests/visible/test_shout.py": TESTS,
    "tests/hidden/test_shout.py": TESTS,
    "tests/hidden/conftest.py": b"",
}

FUNCTION: Mapping[str, bytes] = {
    "challenge.toml": CHALLENGE.replace(b'"program"', b'"function"')
    .replace(b'command = ["python3", "main.py"]', b'module = "main"\npreload = ["json", "os.path"]')
    .replace(b'command = ["node", "main.js"]', b'module = "main"'),
    "tests/visible/test_shout.py": b'def test_it():\n    """It is there."""\n',
}
"""What a pack of functions has in place of `FILES`."""


def write(folder: Path, changes: Mapping[str, bytes | None] | None = None, *, slug: str = "shout") -> Path:
    """The pack's folder below `folder`. A change replaces or adds a file; None leaves it out."""
    for path, data in {**FILES, **(changes or {})}.items():
        if data is not None:
            target = folder / slug / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    return folder / slug


def load(folder: Path) -> ChallengePack:
    return packs.load(write(folder))


def faults(folder: Path, changes: Mapping[str, bytes | None], *, slug: str = "shout") -> list[str]:
    """What is wrong with the pack so changed, as an author reads it."""
    return [str(fault) for fault in packs.check(write(folder, changes, slug=slug))]

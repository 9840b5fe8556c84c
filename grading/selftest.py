"""A challenge pack of our own, the smallest there is: what a fit worker grades with full marks.

It tells a worker that is broken from another pack whose reference solution has stopped passing.
"""

import io
import tarfile
from functools import cache

from grading import packs
from grading.challenge import ChallengePack

LANGUAGE = "python"

_FILES = {
    "challenge.toml": """\
format = 1
title = "Self-test"
kind = "program"
summary = "Prints what it is given."
difficulty = "easy"
minutes = 5

[skills]
text-processing = 1

[languages.python]
command = ["python3", "main.py"]
editable = ["*.py"]

[limits]
memory_mb = 64
processes = 16
run_seconds = 30
test_seconds = 20
""",
    "statement.md": "Print what you are given.\n",
    "starter/python/main.py": "# Print what you are given.\n",
    "solutions/python/main.py": "print(input())\n",
    "tests/visible/test_visible.py": """\
def test_visible(program):
    \"\"\"It comes back\"\"\"
    assert program.run(stdin="a").stdout == "a\\n"
""",
    "tests/hidden/test_hidden.py": """\
def test_hidden(program):
    \"\"\"It comes back\"\"\"
    assert program.run(stdin="b").stdout == "b\\n"
""",
}


@cache
def own_pack() -> ChallengePack:
    """The pack, read like any other."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for path, text in _FILES.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return packs.from_tar(data.getvalue(), slug="self-test")

"""docs/writing-a-pack.md, followed to the letter: from an empty folder to a challenge that is proved."""

import re
from pathlib import Path

import pytest

from grading import admission, packs
from grading.challenge import Suite
from grading.grade import grade

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "writing-a-pack.md"
BLOCK = re.compile(r"((?:[^\n]+\n)*[^\n]*:)\n\n```\w+\n(.*?)```", re.DOTALL)
"""A paragraph that ends in a colon, and the block that follows it."""
NAME = re.compile(r"`([\w./-]+\.(?:toml|md|py))`")


VISIBLE = 'from solution import Stock\n\n\ndef test_is_there():\n    """Is there"""\n    Stock()\n'
STOCK = "### Functions and classes"


def typed_in(text, folder):
    """The files of a part of the guide, as somebody would type them in."""
    for paragraph, content in BLOCK.findall(text):
        name = NAME.search(paragraph)
        assert name, f"Which file is this? {paragraph}"
        path = folder / name[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


@pytest.fixture
def greeter(tmp_path):
    """The pack that the guide writes."""
    folder = typed_in(GUIDE.read_text().split("## Reference")[0], tmp_path / "greeter")
    solution = (folder / "solutions/python/server.py").read_text()
    flawed = solution.replace('f"Hello, {name}!"', '"Hello, Ada!"')
    assert flawed != solution
    (folder / "flawed/only-ada/server.py").write_text(flawed)
    return folder


@pytest.fixture
def stock(tmp_path):
    """The guide's example of functions, with what it leaves to the reader."""
    folder = typed_in(GUIDE.read_text().split(STOCK)[1].split("\n### ")[0], tmp_path / "stock")
    (folder / "statement.md").write_text("# A small stock\n")
    for path, source in {
        "starter/python/solution.py": "# Yours.\n",
        "tests/visible/test_it.py": VISIBLE,
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(source)
    return folder


def test_the_guides_pack_has_no_fault(greeter):
    assert packs.check(greeter) == []


@pytest.mark.docker
def test_the_guides_pack_proves_itself(greeter, pods, images):
    pack = packs.load(greeter)

    def grade_files(files, language, suite):
        return grade(pack, files, language=language, suite=suite, pods=pods, images=images)

    faults = [
        f"{trial.name}: {fault}" for trial in admission.prove(pack, grade_files) for fault in trial.faults
    ]
    assert not faults, "\n".join(faults)
    assert len(pack.tests(Suite.HIDDEN)) == 2


@pytest.mark.docker
def test_the_guides_functions_are_graded(stock, pods, images):
    assert packs.check(stock) == []
    pack = packs.load(stock)
    files = pack.solution("python")
    report = grade(pack, files, language="python", suite=Suite.HIDDEN, pods=pods, images=images)
    assert (report.score, report.max_score) == (3, 3), report.results

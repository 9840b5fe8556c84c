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


@pytest.fixture
def greeter(tmp_path):
    """The pack of the guide, as somebody would type it in."""
    folder = tmp_path / "greeter"
    for paragraph, content in BLOCK.findall(GUIDE.read_text()):
        name = NAME.search(paragraph)
        assert name, f"Which file is this? {paragraph}"
        path = folder / name[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    solution = (folder / "solutions/python/server.py").read_text()
    flawed = solution.replace('f"Hello, {name}!"', '"Hello, Ada!"')
    assert flawed != solution
    (folder / "flawed/only-ada/server.py").write_text(flawed)
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

"""`manage.py sandbox`, as a terminal sees it: what it prints and the exit status."""

import json
import math
import time

import pytest

from grading import terminal, worker
from sandbox import reaper, selfcheck
from sandbox.errors import EngineUnavailableError, ImageError
from sandbox.findings import Finding, Level
from tests.grading import packfolder
from tests.grading.commandline import run
from tests.grading.packfolder import CHALLENGE


class Engine:
    """Nothing to ask it."""


class Images:
    """Images that are found at once."""

    def __init__(self, error=None):
        self.asked, self.error = [], error

    def find_or_build(self, recipe):
        if self.error:
            raise self.error
        self.asked.append(recipe.name)
        return "sha256:0123456789abcdef"


@pytest.fixture
def images():
    return Images()


@pytest.fixture(autouse=True)
def workshop(monkeypatch, images):
    made = worker.Workshop(engine=Engine(), pods=object(), images=images)  # type: ignore[arg-type]
    monkeypatch.setattr(worker, "workshop", lambda: made)


def test_images_are_built_with_a_line_each(images, tmp_path, monkeypatch):
    monkeypatch.setattr(terminal, "catalogue", lambda: tmp_path)
    (tmp_path / "broken").mkdir()
    changed = CHALLENGE + b"[services.postgres]\n[services.redis]\n"
    packfolder.write(tmp_path, {"challenge.toml": changed, "services/postgres/schema.sql": b"SELECT 1;"})
    status, out, _ = run("sandbox", "images")
    assert status == 0
    names = {
        "python",
        "node",
        "python-agent",
        "node-agent",
        "judge",
        "postgres",
        "redis",
        "rabbitmq",
        "postgres-data",
    }
    assert set(images.asked) == names
    assert {line.split()[1].split(":")[0] for line in out.splitlines()} == {
        f"touchstone/{name}" for name in names
    }
    assert out.startswith(f"[1/{len(names)}] ")


def test_an_image_that_cannot_be_built_is_status_3(images):
    images.error = ImageError("no registry")
    status, _, err = run("sandbox", "images")
    assert (status, err) == (3, "no registry")


def test_reap_removes_what_is_overdue_and_on_request_everything(monkeypatch):
    limits = []

    def reap(_engine, now):
        limits.append(now)
        return ("one", "two")

    monkeypatch.setattr(reaper, "reap", reap)
    assert run("sandbox", "reap") == (0, "Removed the leftovers of 2 pods.\n", "")
    run("sandbox", "reap", "--all")
    assert limits[0] == pytest.approx(time.time(), abs=60)
    assert limits[1] == math.inf


FOUND = [
    Finding(subject="engine", level=Level.OK, sentence="It answers."),
    Finding(subject="CVE-1", level=Level.OK, sentence="CVE-1 in runc 1: fixed."),
    Finding(subject="CVE-2", level=Level.WARNING, sentence="CVE-2: may be mended.", remedy="Keep it new."),
]
REFUSED = Finding(subject="pod", level=Level.REFUSED, sentence="The limit of memory does not hold.")


def test_the_doctor_says_what_was_looked_at_and_what_to_do(monkeypatch):
    monkeypatch.setattr(selfcheck, "examine", lambda *_: FOUND)
    status, said, _ = run("sandbox", "doctor")
    assert status == 0
    assert "1 published holes" in said
    assert "warning  CVE-2           CVE-2: may be mended.\n" + " " * 25 + "Keep it new.\n" in said
    assert said.endswith("This engine is fit for gradings; 1 warning.\n")
    assert "CVE-1 in runc 1: fixed." in run("sandbox", "doctor", "--every")[1]


def test_the_doctor_ends_with_1_where_workers_would_refuse(monkeypatch):
    monkeypatch.setattr(selfcheck, "examine", lambda *_: [*FOUND, REFUSED])
    status, said, _ = run("sandbox", "doctor")
    assert status == 1
    assert "refused  pod             The limit of memory does not hold.\n" in said
    status, said, _ = run("sandbox", "doctor", "--json")
    assert status == 1
    assert json.loads(said)["fit"] is False
    assert json.loads(said)["checks"][-1]["level"] == "refused"


def test_the_doctor_speaks_without_an_engine(monkeypatch):
    def refuse():
        raise EngineUnavailableError("no engine answers")

    monkeypatch.setattr(worker, "workshop", refuse)
    status, said, _ = run("sandbox", "doctor")
    assert status == 1
    assert "no engine answers" in said
    assert "bin/engine start" in said

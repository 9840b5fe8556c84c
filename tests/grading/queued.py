"""Fixtures of the queue's tests: a pack, what the workers and the others were told, and a way to ask."""

from datetime import timedelta

import pytest
from django.utils import timezone

from grading import hints, queue
from grading.challenge import Suite
from grading.models import Pack, Snapshot
from grading.report import Outcome, Report, Result, Verdict
from grading.signals import grading_finished
from tests.grading import packfolder

NOW = timezone.now()
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def sent(monkeypatch):
    """The hints that the workers were sent."""
    messages: list[str] = []
    monkeypatch.setattr(hints, "post", lambda: messages.append(hints.TASK))
    return messages


@pytest.fixture
def told():
    """The gradings that were announced as finished."""
    finished = []

    def receive(sender, grading, **_):
        finished.append(grading)

    grading_finished.connect(receive)
    yield finished
    grading_finished.disconnect(receive)


@pytest.fixture
def pack(db, tmp_path):
    return Pack.store(packfolder.load(tmp_path))


@pytest.fixture
def ask(pack, sent):
    """Requests a grading."""

    def request(*, lane="submit", group="", owner="", now=NOW, pack=pack):
        return queue.request(
            pack=pack,
            snapshot=Snapshot.store({"main.py": "print()\n"}),
            language="python",
            suite=Suite.HIDDEN,
            lane=lane,
            group=group,
            owner=owner,
            now=now,
        )

    return request


def claimed(grading, worker="a", now=NOW):
    claim = queue.claim(grading.id, worker=worker, now=now)
    assert claim is not None
    return claim


def result(name="test_upper", outcome=Outcome.PASSED, points=3.0, **more):
    values = {"max_points": 3.0, "skill": "text-processing", "title": "Letters", "seconds": 0.1, **more}
    return Result(id=f"test_shout.py::{name}", outcome=outcome, points=points, **values)


def report(score=3.0, **more):
    values = {
        "verdict": Verdict.GRADED,
        "message": "Done.",
        "results": (result(), result("test_empty", Outcome.FAILED, 0.0, max_points=1.0, skill="robustness")),
        "score": score,
        "max_score": 4.0,
        "skills": {"text-processing": (3.0, 3.0), "robustness": (0.0, 1.0)},
        "phases": {"ready": 1.0, "run": 2.0, "removed": 2.5},
        "digests": {"pack": "abc"},
        "seed": 7,
        **more,
    }
    return Report(**values)

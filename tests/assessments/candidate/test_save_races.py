"""Saves at the same time as the end of the sitting: what was acknowledged is handed in."""

from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from assessments import attempts, submissions
from assessments.models import Submission
from assessments.submissions import Closed
from tests.assessments import records
from tests.failures.patience import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("edits", [1, 5, 20])
def test_the_last_acknowledged_edit_is_handed_in(attempt, edits):
    acknowledged = [0]

    def type_on():
        work = records.work(attempt)
        try:
            while True:
                number = acknowledged[-1] + 1
                files = {"main.py": f"print({number})"}
                work = submissions.save(work, "python", files, work.revision, now=timezone.now())
                acknowledged.append(number)
        except Closed:
            pass
        finally:
            connection.close()

    typing = Thread(target=type_on)
    typing.start()
    until(lambda: acknowledged[-1] >= edits or not typing.is_alive(), "some edits are acknowledged")
    attempts.finish(attempt, now=timezone.now())
    typing.join()
    assert acknowledged[-1] >= edits
    assert Submission.objects.get().snapshot.files == {"main.py": f"print({acknowledged[-1]})"}


def test_windows_that_save_at_once_lose_nothing(attempt):
    """Each takes what is there and adds its line, as after a conflict: in the end all lines are there."""

    def add(name):
        for number in range(10):
            while True:
                work = records.work(attempt)
                text = submissions.saved(work, "python").get("notes.py", "")
                files = {"main.py": "x", "notes.py": f"{text}{name}{number}\n"}
                try:
                    submissions.save(work, "python", files, work.revision, now=timezone.now())
                except submissions.Conflict:
                    continue
                break
        connection.close()

    windows = [Thread(target=add, args=(name,)) for name in "abc"]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    lines = submissions.saved(records.work(attempt), "python")["notes.py"].splitlines()
    assert sorted(lines) == [f"{name}{number}" for name in "abc" for number in range(10)]

"""Autosaves have a rate and a size over time. Whoever types never meets it."""

from datetime import timedelta

import pytest

from assessments import saves, submissions
from assessments.submissions import TooMany
from grading.files import MAX_FILE_BYTES, MAX_TOTAL_BYTES

pytestmark = pytest.mark.django_db


def save(work, text, now):
    work.refresh_from_db()
    return submissions.save(work, "python", {"main.py": text}, work.revision, now=now)


def test_someone_who_types_for_hours_is_never_refused(work, now, attempt):
    """A save every 0.8 seconds is the most that the page makes; these are 4 minutes of 30 kB each."""
    for number in range(300):
        save(work, f"{number}" + "x" * 30_000, now + number * timedelta(seconds=0.8))


def test_a_flood_is_refused_and_told_when_to_come_back(work, now):
    most = int(saves.BURST / saves.COST) - 1  # The texts cost a little, too.
    for number in range(most):
        save(work, str(number), now)
    with pytest.raises(TooMany) as refused:
        save(work, "one too many", now)
    work.refresh_from_db()
    assert work.drafts["python"] == {"main.py": str(most - 1)}
    assert save(work, "later", now + timedelta(seconds=refused.value.retry_seconds))


def test_much_text_is_refused_sooner(work, now):
    cost = saves.COST + timedelta(seconds=MAX_FILE_BYTES / saves.BYTES_PER_SECOND)
    affordable = int(saves.BURST / cost)
    assert affordable < 60
    for number in range(affordable):
        save(work, str(number).ljust(MAX_FILE_BYTES, "x"), now)
    with pytest.raises(TooMany):
        save(work, "".ljust(MAX_FILE_BYTES, "y"), now)


def test_one_save_of_all_that_is_allowed_is_always_affordable(work, now):
    assert saves.BURST.total_seconds() / 4 > MAX_TOTAL_BYTES / saves.BYTES_PER_SECOND


def test_what_is_saved_already_costs_nothing(work, now):
    for _ in range(3 * int(saves.BURST / saves.COST)):
        save(work, "the same", now)
    work.refresh_from_db()
    assert work.revision == 1


def test_refusal_says_when_to_try_again(browser, post, work, monkeypatch):
    monkeypatch.setattr(saves, "BURST", timedelta(seconds=1))
    for number in range(3):
        draft = {"language": "python", "files": {"main.py": str(number)}, "revision": number}
        response = post(browser, "save", draft)
    assert response.status_code == 429
    assert int(response["Retry-After"]) >= 1
    assert response.json()["code"] == "too_many"

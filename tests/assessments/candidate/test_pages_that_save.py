"""Which save may follow which: a save that comes twice or late is no conflict, and no other is ever lost."""

import pytest

from assessments import submissions
from assessments.saves import Stamp
from assessments.submissions import Conflict
from tests.assessments import records

pytestmark = pytest.mark.django_db


@pytest.fixture
def save(work, now):
    """Saves a text as a page does: which page, its number of the save, from which revision."""

    def do(text, page, number, revision, *, includes=None):
        stamp = Stamp(page=page, number=number, includes=includes)
        files = {"main.py": text}
        return submissions.save(work, "python", files, revision, now=now, stamp=stamp).revision

    return do


def stored(work):
    work.refresh_from_db()
    return work.drafts["python"]["main.py"]


def test_next_save_after_a_lost_answer_is_no_conflict(save, work):
    save("1", "a", 1, 0)
    assert save("12", "a", 2, 0) == 2  # The answer to the first never came.
    assert stored(work) == "12"


def test_save_that_is_overtaken_changes_nothing(save, work):
    save("12", "a", 2, 0)
    assert save("1", "a", 1, 0) == 1
    assert stored(work) == "12"


def test_page_that_took_over_what_another_had_typed_follows_it(save, work):
    """Reloaded while the last save of the page before was still under way."""
    save("typed and left", "a", 7, 0)
    assert save("typed and left, and more", "b", 1, 0, includes={"a": 7}) == 2
    assert stored(work) == "typed and left, and more"


def test_page_that_took_over_an_older_state_is_told(save, work):
    save("newer", "a", 8, 0)
    with pytest.raises(Conflict):
        save("older and more", "b", 1, 0, includes={"a": 7})
    assert stored(work) == "newer"


def test_last_save_of_a_page_that_is_gone_does_not_undo_its_successor(save, work):
    save("and more", "b", 1, 0, includes={"a": 7})
    with pytest.raises(Conflict):
        save("typed and left", "a", 7, 0)
    assert stored(work) == "and more"


def test_two_pages_in_turns_are_told_of_each_other(save, work):
    save("a", "a", 1, 0)
    with pytest.raises(Conflict) as refused:
        save("b", "b", 1, 0)
    assert (refused.value.revision, refused.value.files) == (1, {"main.py": "a"})
    save("both", "b", 2, 1)
    with pytest.raises(Conflict):
        save("a again", "a", 2, 1)
    assert stored(work) == "both"


def test_page_is_told_of_a_language_that_was_chosen_elsewhere(save, work, now):
    save("1", "a", 1, 0)
    submissions.choose_language(work, "javascript", now=now)
    with pytest.raises(Conflict):
        save("12", "a", 2, 1)


def test_revision_of_the_future_is_refused_whoever_sends_it(save):
    save("1", "a", 1, 0)
    with pytest.raises(Conflict):
        save("2", "a", 2, 5)


def test_editor_sends_who_it_is(browser, post, work):
    draft = {"language": "python", "files": {"main.py": "1"}, "revision": 0, "page": "a", "number": 3}
    assert post(browser, "save", draft).status_code == 200
    work.refresh_from_db()
    assert (work.saved_by, work.saved_number) == ("a", 3)
    assert post(browser, "save", {**draft, "files": {"main.py": "2"}, "number": 4}).json()["revision"] == 2
    more = {"page": "b", "number": 1, "includes": {"a": 4}, "files": {"main.py": "3"}}
    assert post(browser, "save", {**draft, **more}).json()["revision"] == 3


def test_program_that_hands_in_is_nobodys_page(work, now):
    records.submission(work, now=now)
    work.refresh_from_db()
    assert (work.saved_by, work.saved_number) == ("", 0)

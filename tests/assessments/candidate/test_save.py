"""Autosave: one state on the server, nothing lost, bad input refused with a sentence."""

import pytest
from django.test import Client

from assessments import attempts, submissions
from assessments.models.attempts import SAVING_GRACE
from assessments.submissions import Closed, Conflict
from grading.errors import RejectedUpload
from grading.files import MAX_FILE_BYTES
from tests.assessments import records

pytestmark = pytest.mark.django_db

CODE = {"main.py": "print('hello')\n"}


def draft(files=CODE, *, language="python", revision=0):
    return {"language": language, "files": files, "revision": revision}


def test_save_keeps_the_files(browser, post, work):
    response = post(browser, "save", draft())
    assert response.status_code == 200
    assert response.json()["revision"] == 1
    assert response.json()["saved_at"]
    work.refresh_from_db()
    assert work.drafts == {"python": CODE}


def test_saved_files_are_there_in_another_browser(browser, enter, invitation, post):
    post(browser, "save", draft({"main.py": "print('from the first window')\n"}))
    page = enter(invitation).get(records.address(browser, "workspace", 1)).content.decode()
    assert "from the first window" in page


def test_older_window_is_told(browser, post, work):
    post(browser, "save", draft({"main.py": "1"}))
    response = post(browser, "save", draft({"main.py": "2"}))
    assert response.status_code == 409
    assert response.json() == {
        "code": "conflict",
        "message": "This challenge was changed in another window.",
        "revision": 1,
        "files": {"main.py": "1"},
    }
    work.refresh_from_db()
    assert work.drafts["python"] == {"main.py": "1"}


def test_same_content_again_is_no_conflict(browser, post):
    """The answer to the first request was lost, and the editor tries again."""
    post(browser, "save", draft())
    response = post(browser, "save", draft())
    assert (response.status_code, response.json()["revision"]) == (200, 1)


def test_a_save_asks_the_database_little(browser, django_assert_max_num_queries):
    """Session, work, update: each candidate saves every few seconds. Once a minute workers are told, too."""
    address = records.address(browser, "save", 1)
    for revision, most in enumerate((4, 3, 3)):
        body = draft({"main.py": str(revision)}, revision=revision)
        with django_assert_max_num_queries(most):
            assert browser.post(address, body, content_type="application/json").status_code == 200


def test_of_two_saves_at_once_one_is_told(work, now):
    """Both have read the same state, in whatever order they write."""
    first, second = records.work(work.attempt), records.work(work.attempt)
    submissions.save(first, "python", {"main.py": "1"}, 0, now=now)
    with pytest.raises(Conflict) as refused:
        submissions.save(second, "python", {"main.py": "2"}, 0, now=now)
    assert refused.value.revision == 1
    work.refresh_from_db()
    assert work.drafts["python"] == {"main.py": "1"}


def test_of_two_languages_saved_at_once_none_is_lost(work, now):
    late = records.work(work.attempt)
    submissions.save(work, "python", CODE, 0, now=now)
    submissions.save(late, "javascript", {"main.js": "1"}, 1, now=now)
    late.refresh_from_db()
    assert late.drafts == {"python": CODE, "javascript": {"main.js": "1"}}


def test_a_save_under_way_when_the_sitting_ends_is_refused(work, attempt, now):
    """What is answered was handed in: between reading and writing somebody finished."""
    under_way = records.work(attempt)
    assert under_way.attempt.is_open(now)
    attempts.finish(attempt, now=now)
    with pytest.raises(Closed):
        submissions.save(under_way, "python", CODE, 0, now=now)
    work.refresh_from_db()
    assert work.drafts == {}


def test_revision_from_the_future_is_a_conflict(work, now):
    with pytest.raises(Conflict):
        submissions.save(work, "python", CODE, 7, now=now)


def test_each_language_keeps_its_draft(browser, post, work):
    post(browser, "save", draft())
    browser.post(records.address(browser, "language", 1), {"language": "javascript"})
    post(browser, "save", draft({"main.js": "console.log(1)"}, language="javascript", revision=2))
    browser.post(records.address(browser, "language", 1), {"language": "python"})
    work.refresh_from_db()
    assert work.language == "python"
    assert submissions.saved(work, "python") == CODE
    assert submissions.saved(work, "javascript") == {"main.js": "console.log(1)"}


def test_unknown_language_is_refused(browser, work):
    response = browser.post(records.address(browser, "language", 1), {"language": "cobol"})
    assert response.status_code == 422
    work.refresh_from_db()
    assert work.language == "python"


def test_files_may_be_added_and_deleted(browser, post, work):
    post(browser, "save", draft({"main.py": "import tools", "tools.py": ""}))
    post(browser, "save", draft({"tools.py": "x = 1"}, revision=1))
    work.refresh_from_db()
    assert work.drafts["python"] == {"tools.py": "x = 1"}


def test_empty_draft_is_work_in_progress(browser, post):
    assert post(browser, "save", draft({"main.py": ""})).status_code == 200


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"../main.py": "x"}, id="traversal"),
        pytest.param({"/etc/passwd.py": "x"}, id="absolute"),
        pytest.param({"a\\b.py": "x"}, id="backslash"),
        pytest.param({"": "x"}, id="no-name"),
        pytest.param({"a\r\nb.py": "x"}, id="line-break"),
        pytest.param({"main.exe": "x"}, id="not-part-of-it"),
        pytest.param({"secret/data.txt": "x"}, id="hidden-file"),
        pytest.param({"README.md": "changed"}, id="read-only"),
        pytest.param({"main.py": "a\0b"}, id="binary"),
        pytest.param({"main.py": "\ud800"}, id="not-unicode"),
        pytest.param({"main.py": "x" * (MAX_FILE_BYTES + 1)}, id="huge"),
        pytest.param({f"f{n}.py": "" for n in range(65)}, id="too-many"),
        pytest.param({"a.py": "1", "A.py": "2"}, id="colliding"),
    ],
)
def test_unacceptable_files_are_refused_and_nothing_is_lost(browser, post, work, files):
    post(browser, "save", draft())
    response = post(browser, "save", draft(files, revision=1))
    assert response.status_code == 422
    assert response.json()["code"] == "rejected"
    assert response.json()["message"].endswith(".")
    work.refresh_from_db()
    assert work.drafts == {"python": CODE}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        b"\xff\xfe",
        {},
        {"language": "python", "files": [], "revision": 0},
        {"language": "python", "files": {"main.py": 1}, "revision": 0},
        {"language": 1, "files": {}, "revision": 0},
        {"language": "python", "files": {}, "revision": "0"},
        {"language": "python", "files": {}, "revision": True},
        {"language": "python", "files": {}, "revision": -1},
        {"language": "python", "files": {}},
        {"language": "python", "files": {}, "revision": 2**31},
        {"language": "python", "files": {}, "revision": 0, "page": 1},
        {"language": "python", "files": {}, "revision": 0, "page": "x" * 41},
        {"language": "python", "files": {}, "revision": 0, "page": "x", "number": -1},
        {"language": "python", "files": {}, "revision": 0, "page": "x", "number": 2**31},
        {"language": "python", "files": {}, "revision": 0, "includes": []},
        {"language": "python", "files": {}, "revision": 0, "includes": {"x": "1"}},
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_no_editor_sends_is_refused(browser, post, work, body):
    response = post(browser, "save", body)
    assert response.status_code == 400
    assert response.json()["message"]
    work.refresh_from_db()
    assert work.revision == 0


def test_far_too_much_is_refused_before_it_is_read(browser, post):
    response = post(browser, "save", "x" * (9 * 1024 * 1024))
    assert response.status_code == 413


def test_other_fields_change_nothing(browser, post, work, attempt):
    deadline = attempt.deadline_at
    more = {"deadline_at": "2099-01-01T00:00:00Z", "score": 100, "attempt": "x", "saved_at": "2000-01-01"}
    assert post(browser, "save", {**draft(), **more}).status_code == 200
    attempt.refresh_from_db()
    assert attempt.deadline_at == deadline


def test_save_needs_a_token_against_forgery(invitation, attempt, enter):
    browser = enter(invitation)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    response = strict.post(records.address(strict, "save", 1), draft(), content_type="application/json")
    assert response.status_code == 403


def test_get_saves_nothing(browser):
    assert browser.get(records.address(browser, "save", 1)).status_code == 405


def test_position_that_does_not_exist(browser, post):
    assert post(browser, "save", draft(), position=9).status_code == 404


def test_save_after_the_grace_is_refused(work, attempt):
    with pytest.raises(Closed):
        submissions.save(work, "python", CODE, 0, now=attempt.deadline_at + SAVING_GRACE)


def test_language_of_no_challenge_cannot_be_saved(work, now):
    with pytest.raises(RejectedUpload):
        submissions.save(work, "cobol", CODE, 0, now=now)

"""Nobody but the candidate gets anything from a sitting, not even the knowledge that it is there."""

import pytest
from django.test import Client

from assessments import access, submissions
from assessments.models import Submission, VisibleRun
from tests.assessments import records

pytestmark = pytest.mark.django_db

READS = ["overview", "time", "finish", "end", "download", "workspace", "results"]
WRITES = ["finish", "save", "language", "run", "submit"]
OF_A_CHALLENGE = {"workspace", "results", "save", "language", "run", "submit"}


def address(of, name, position=1):
    return records.address(of, name, *([position] if name in OF_A_CHALLENGE else []))


@pytest.fixture(params=["anonymous", "interviewer", "admin", "another candidate", "forged"])
def outsider(request, interviewer, admin, attempt, assessment, signed_in):
    if request.param == "anonymous":
        return Client()
    if request.param in {"interviewer", "admin"}:
        return signed_in({"interviewer": interviewer, "admin": admin}[request.param])
    browser = Client()
    session = browser.session
    if request.param == "another candidate":  # Holds another sitting of the same assessment.
        other = records.attempt(records.invitation(assessment, "other@example.org"))
        session[access.SESSION_KEY] = {str(other.pk): other.invitation.nonce}
    else:  # Knows the attempt's id, but not its invitation's nonce.
        session[access.SESSION_KEY] = {str(attempt.pk): "x" * 32}
    session.save()
    browser.cookies["sessionid"] = str(session.session_key)
    return browser


@pytest.mark.parametrize("name", READS)
def test_outsider_reads_nothing(outsider, attempt, name):
    assert outsider.get(address(attempt, name)).status_code == 404


@pytest.mark.parametrize("name", WRITES)
def test_outsider_changes_nothing(outsider, attempt, work, name):
    assert outsider.post(address(attempt, name), {"language": "javascript"}).status_code == 404
    attempt.refresh_from_db()
    work.refresh_from_db()
    assert attempt.finished_at is None
    assert (work.revision, work.language) == (0, "python")
    assert not Submission.objects.exists()
    assert not VisibleRun.objects.exists()


def test_another_candidate_works_on_their_own(enter, post, interviewer, work):
    invitation = records.invitation(
        records.assessment(interviewer, records.version("other")), "b@example.org"
    )
    mine = records.work(records.attempt(invitation))
    browser = enter(invitation)
    draft = {"language": "python", "files": {"main.py": "mine"}, "revision": 0}
    assert post(browser, "save", draft).status_code == 200
    work.refresh_from_db()
    mine.refresh_from_db()
    assert work.drafts == {}
    assert mine.drafts == {"python": {"main.py": "mine"}}


def test_another_candidate_sees_nothing_of_it(enter, interviewer, work, now):
    submissions.save(work, "python", {"main.py": "SECRET of the first"}, 0, now=now)
    invitation = records.invitation(
        records.assessment(interviewer, records.version("other")), "b@example.org"
    )
    records.attempt(invitation)
    browser = enter(invitation)
    for name in ("overview", "workspace", "results", "finish"):
        assert "SECRET" not in browser.get(address(browser, name)).content.decode()

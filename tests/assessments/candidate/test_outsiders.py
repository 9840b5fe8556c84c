"""Nobody but the candidate gets anything from a sitting, not even the knowledge that it is there."""

import pytest
from django.test import Client
from django.urls import reverse

from assessments import submissions
from assessments.models import Submission, VisibleRun
from tests.assessments import records

pytestmark = pytest.mark.django_db

READS = ["overview", "time", "finish", "end", "download", "workspace", "results"]
WRITES = ["finish", "save", "language", "run", "submit"]
OF_A_CHALLENGE = {"workspace", "results", "save", "language", "run", "submit"}


def address(name, position=1):
    return reverse(f"candidate:{name}", args=[position] if name in OF_A_CHALLENGE else [])


@pytest.fixture(params=["anonymous", "interviewer", "admin", "invited-only", "forged"])
def outsider(request, interviewer, admin, attempt, assessment, signed_in):
    if request.param == "anonymous":
        return Client()
    if request.param in {"interviewer", "admin"}:
        return signed_in({"interviewer": interviewer, "admin": admin}[request.param])
    browser = Client()
    session = browser.session
    if request.param == "invited-only":  # Holds an invitation that was never started.
        other = records.invitation(assessment, "other@example.org")
        session["attempt_invitation"] = {"id": str(other.pk), "nonce": other.nonce}
    else:  # Knows the invitation's id, but not its nonce.
        session["attempt_invitation"] = {"id": str(attempt.invitation_id), "nonce": "x" * 32}
    session.save()
    browser.cookies["sessionid"] = str(session.session_key)
    return browser


@pytest.mark.parametrize("name", READS)
def test_outsider_reads_nothing(outsider, name):
    assert outsider.get(address(name)).status_code == 404


@pytest.mark.parametrize("name", WRITES)
def test_outsider_changes_nothing(outsider, attempt, work, name):
    assert outsider.post(address(name), {"language": "javascript"}).status_code == 404
    attempt.refresh_from_db()
    work.refresh_from_db()
    assert attempt.finished_at is None
    assert (work.revision, work.language) == (0, "python")
    assert not Submission.objects.exists()
    assert not VisibleRun.objects.exists()


def test_another_candidate_works_on_their_own(enter, post, interviewer, work):
    """Addresses hold a position, never an id: there is nothing to guess."""
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
        assert "SECRET" not in browser.get(address(name)).content.decode()

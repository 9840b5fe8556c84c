"""A candidate's own attempt through the API."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import attempts, invitations
from assessments.api.throttles import CandidateThrottle
from assessments.models import Submission
from assessments.submissions import SUBMISSIONS_PER_WINDOW
from grading import fleet
from tests.assessments import records
from tests.grading import packfolder

pytestmark = pytest.mark.django_db
FILES = records.SOLUTION


@pytest.fixture
def attempt(interviewer):
    return records.attempt(records.invitation(records.assessment(interviewer)))


@pytest.fixture
def call(attempt):
    """Calls as the candidate of `attempt`, by the header."""
    return caller(attempt.invitation)


def caller(invitation, *, client=None):
    client = client or Client()
    header = f"Invitation {invitation.pk}.{invitations.secret(invitation)}"

    def request(name, *arguments, body=None, method=None):
        address = reverse(f"api:{name}", args=arguments)
        method = method or ("get" if body is None else "post")
        data = json.dumps(body) if isinstance(body, dict | list) else body
        return getattr(client, method)(
            address, data, content_type="application/json", headers={"Authorization": header}
        )

    return request


def body(files=FILES, language="python", **more):
    return {"language": language, "files": files, **more}


def test_attempt_tells_what_awaits_and_how_long(call):
    answer = call("own-attempt").json()
    assert answer["assessment"] == "Backend"
    assert 3500 < answer["seconds_left"] <= 3600
    assert answer["challenges"][0]["languages"] == ["python", "javascript"]


def test_challenge_gives_the_statement_and_the_files_but_no_hidden_ones(call):
    response = call("own-challenge", 1)
    assert response.json()["statement"] == "# Shout\n"
    assert response.json()["files"]["python"] == {
        "editable": {"main.py": "print(input())\n"},
        "shown": {"README.md": "Read me.\n"},
    }
    assert "secret" not in response.content.decode()


def test_submission_is_saved_and_handed_in(call, attempt):
    response = call("own-submissions", 1, body=body())
    assert response.status_code == 201
    assert response.json()["status"] == "queued"
    assert response["Location"].endswith("/api/attempt/challenges/1/submissions/1/")
    assert records.work(attempt).drafts["python"] == FILES


def test_the_same_submission_sent_twice_is_one(call):
    assert call("own-submissions", 1, body=body()).status_code == 201
    again = call("own-submissions", 1, body=body())
    assert again.status_code == 200
    assert again.json()["number"] == 1
    assert Submission.objects.count() == 1


def test_another_submission_waits_for_the_first(call):
    call("own-submissions", 1, body=body())
    response = call("own-submissions", 1, body=body({"main.py": "print(1)"}))
    assert (response.status_code, response.json()["code"]) == (409, "busy")
    saved = call("own-challenge", 1).json()["files"]["python"]["editable"]
    assert saved == FILES  # Refused as a whole: nothing of it was saved.


def test_result_holds_totals_and_no_hidden_test(call, attempt):
    call("own-submissions", 1, body=body())
    records.grade(Submission.objects.get().grading, passes=lambda test: test.skill != "robustness")
    response = call("own-submission", 1, 1)
    assert response.json()["score"] == 75
    assert {line["skill"]: line["points"] for line in response.json()["skills"]} == {
        "text-processing": 3,
        "robustness": 0,
    }
    assert response.json()["tests"] == []
    _assert_nothing_hidden(response)


def _assert_nothing_hidden(response):
    text = response.content.decode()
    for secret in ("Letters come back", "expected &#x27;A", "expected 'A'", "Traceback", "test_shout"):
        assert secret not in text


def test_titles_are_told_where_the_author_allows_them(interviewer):
    changes = {"challenge.toml": packfolder.CHALLENGE + b'[feedback]\nhidden = "titles"\n'}
    attempt = records.attempt(
        records.invitation(records.assessment(interviewer, records.version("told", changes=changes)))
    )
    call = caller(attempt.invitation)
    call("own-submissions", 1, body=body())
    records.grade(Submission.objects.get().grading, passes=lambda _: False)
    response = call("own-submission", 1, 1)
    assert response.json()["tests"][0] == {
        "title": "Letters come back in upper case.",
        "outcome": "failed",
        "message": "",
    }
    assert "Traceback" not in response.content.decode()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("{", 400),
        ("[" * 100_000, 400),
        ([], 400),
        ({}, 400),
        (body(score=100), 400),
        (body({"main.py": 5}), 400),
        (body({"main.py": None}), 400),
        (body({"main.py": "a\0b"}), 400),
        (body([["main.py", "x"]]), 400),
        (body({}), 422),
        (body({"main.py": " "}), 422),
        (body({"../main.py": "x"}), 422),
        (body({"README.md": "changed"}), 422),
        (body({f"m{number}.py": "x" for number in range(65)}), 422),
        (body({"main.py": "x" * (256 * 1024 + 1)}), 422),
        (body(language="cobol"), 422),
    ],
)
def test_bad_submissions_are_refused_precisely(call, sent, status):
    response = call("own-submissions", 1, body=sent)
    assert response.status_code == status
    assert response.json()
    assert Submission.objects.count() == 0


def test_a_huge_body_is_refused(call):
    response = call("own-submissions", 1, body='{"language": "' + "x" * (8 * 1024 * 1024) + '"}')
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_nothing_is_handed_in_after_the_end(call, attempt):
    attempts.finish(attempt, now=attempt.started_at)
    response = call("own-submissions", 1, body=body())
    assert (response.status_code, response.json()["code"]) == (410, "closed")


def test_other_positions_and_numbers_do_not_exist(call):
    assert call("own-challenge", 2).status_code == 404
    assert call("own-submission", 1, 1).status_code == 404
    assert call("own-submissions", 2, body=body()).status_code == 404


def test_invitation_that_was_not_started_has_no_attempt(interviewer):
    call = caller(records.invitation(records.assessment(interviewer)))
    assert call("own-attempt").status_code == 404


def test_revoked_invitation_is_refused_in_words(call, attempt, interviewer):
    invitations.revoke(attempt.invitation, by=interviewer, now=attempt.started_at)
    revoked = call("own-attempt")
    wrong = Client().get(
        reverse("api:own-attempt"), headers={"Authorization": f"Invitation {attempt.invitation.pk}.wrong"}
    )
    assert revoked.status_code == wrong.status_code == 401
    assert "withdrawn" in revoked.json()["detail"]
    assert "withdrawn" not in wrong.json()["detail"]
    assert revoked["WWW-Authenticate"] == "Invitation"


@pytest.mark.parametrize(
    "header", ["Invitation", "Invitation x.y", "Invitation \xff", "Invitation a b", "Token x"]
)
def test_malformed_credentials_are_refused(db, header):
    assert Client().get(reverse("api:own-attempt"), headers={"Authorization": header}).status_code == 401


def test_session_needs_the_csrf_token(attempt):
    client = Client(enforce_csrf_checks=True)
    client.get(records.door(attempt.invitation), follow=True)
    token = client.cookies["csrftoken"].value
    client.post(records.door(attempt.invitation), {"csrfmiddlewaretoken": token})
    address = reverse("api:own-submissions", args=[1])
    sent, form = json.dumps(body()), "application/json"
    assert client.post(address, sent, content_type=form).status_code == 403
    token = client.cookies["csrftoken"].value
    assert client.post(address, sent, form, headers={"X-CSRFToken": token}).status_code == 201


def test_too_many_requests_are_told_when_to_come_back(call, monkeypatch):
    monkeypatch.setattr(CandidateThrottle, "rate", "2/min")
    assert [call("own-attempt").status_code for _ in range(3)] == [200, 200, 429]
    refused = call("own-attempt")
    assert int(refused["Retry-After"]) > 0
    assert refused.json()["code"] == "throttled"


def test_answers_are_not_kept_by_caches(call):
    assert call("own-attempt")["Cache-Control"] == "no-store"


def test_place_and_wait_are_told(call):
    call("own-submissions", 1, body=body())
    answer = call("own-submission", 1, 1).json()
    assert (answer["place_in_queue"], answer["expected_wait_seconds"]) == (1, None)
    fleet.appear("host:1", slots=1, state="working", reason="", now=timezone.now())
    assert call("own-submission", 1, 1).json()["expected_wait_seconds"] == 0


def test_submission_is_withdrawn(call):
    call("own-submissions", 1, body=body())
    for _ in range(2):
        response = call("own-withdrawal", 1, 1, method="post")
        assert (response.status_code, response.json()["status"]) == (200, "withdrawn")
    assert response.json()["score"] is None
    assert call("own-submissions", 1, body=body()).json()["number"] == 2


def test_graded_submission_is_not_withdrawn(call):
    call("own-submissions", 1, body=body())
    records.grade(Submission.objects.get().grading)
    response = call("own-withdrawal", 1, 1, method="post")
    assert (response.status_code, response.json()["code"]) == (409, "decided")


def test_nothing_is_withdrawn_after_the_end(call, attempt):
    call("own-submissions", 1, body=body())
    attempts.finish(attempt, now=timezone.now())
    response = call("own-withdrawal", 1, 1, method="post")
    assert (response.status_code, response.json()["code"]) == (410, "closed")
    assert Submission.objects.get().grading.status == "queued"


def test_withdrawal_of_what_is_not_there(call):
    assert call("own-withdrawal", 1, 1, method="post").status_code == 404
    assert call("own-withdrawal", 7, 1, method="post").status_code == 404
    assert call("own-withdrawal", 1, 1).status_code == 405


def test_submitting_and_withdrawing_in_turns_is_told_when_to_come_back(call):
    for number in range(1, SUBMISSIONS_PER_WINDOW + 1):
        assert call("own-submissions", 1, body=body()).status_code == 201
        call("own-withdrawal", 1, number, method="post")
    refused = call("own-submissions", 1, body=body())
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert 0 < int(refused["Retry-After"]) <= 60

"""What interviewers' programs read."""

import io

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from assessments.api import serializers
from assessments.api.staff import AttemptPagination
from tests.assessments import records

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(interviewer):
    return caller(interviewer)


def caller(person):
    token = Token.objects.create(user=person)

    def request(name, *arguments, **query):
        return Client().get(
            reverse(f"api:{name}", args=arguments), query, headers={"Authorization": f"Token {token.key}"}
        )

    return request


def test_list_holds_own_attempts_with_state_and_score(call, interviewer, stranger):
    mine = records.graded_attempt(interviewer)
    records.graded_attempt(stranger, "other@example.org")
    results = call("attempts").json()["results"]
    assert [(row["id"], row["state"], row["score"]) for row in results] == [(str(mine.pk), "finished", 75)]


def test_admin_sees_all(admin, interviewer, stranger):
    for person in (interviewer, stranger):
        records.graded_attempt(person, f"{person.username}@candidate.example")
    assert len(caller(admin)("attempts").json()["results"]) == 2


def test_pages_lead_through_all_attempts(call, interviewer, monkeypatch, django_assert_max_num_queries):
    to = records.assessment(interviewer)
    for number in range(5):
        records.attempt(records.invitation(to, f"guest{number}@example.org"))
    monkeypatch.setattr(AttemptPagination, "page_size", 2)
    seen, answer = [], call("attempts").json()
    while True:
        seen += [row["candidate"]["email"] for row in answer["results"]]
        if not answer["next"]:
            break
        cursor = answer["next"].split("cursor=")[1]
        with django_assert_max_num_queries(6):
            answer = call("attempts", cursor=cursor).json()
    assert sorted(seen) == [f"guest{number}@example.org" for number in range(5)]


def test_filters_are_applied(call, interviewer):
    to = records.assessment(interviewer)
    records.graded_attempt(interviewer, "done@example.org", to)
    records.attempt(records.invitation(to, "busy@example.org"))
    cases: list[tuple[dict[str, object], set[str]]] = [
        ({"state": "finished"}, {"done@example.org"}),
        ({"state": "in progress"}, {"busy@example.org"}),
        ({"email": "BUSY@example.org"}, {"busy@example.org"}),
        ({"assessment": to.pk + 1}, set()),
        ({"started_after": "2001-01-01T00:00:00Z"}, {"done@example.org", "busy@example.org"}),
        ({"started_before": "2001-01-01T00:00:00Z"}, set()),
    ]
    for filters, expected in cases:
        found = {row["candidate"]["email"] for row in call("attempts", **filters).json()["results"]}
        assert found == expected, filters


@pytest.mark.parametrize(
    "query",
    [
        {"ordering": "invitation__nonce"},
        {"invitation__nonce__startswith": "a"},
        {"page_size": "1000000000"},
        {"state": "x"},
        {"assessment": "x"},
        {"email": "x"},
        {"started_after": "yesterday"},
    ],
)
def test_any_other_filter_is_refused(call, query):
    assert call("attempts", **query).status_code == 400


def test_report_is_what_the_document_describes(call, interviewer):
    attempt = records.graded_attempt(interviewer)
    report = call("attempt", attempt.pk).json()
    assert set(report) == set(serializers.ReportSerializer().fields)
    assert set(report["challenges"][0]) == set(serializers.ChallengeReportSerializer().fields)
    submission = report["challenges"][0]["submission"]
    assert set(submission) == set(serializers.SubmissionSerializer().fields)
    assert set(submission["tests"][0]) == set(serializers.TestSerializer().fields)
    assert call("submission", submission["id"]).json() == submission


def test_others_attempts_do_not_exist(interviewer, stranger):
    attempt = records.graded_attempt(interviewer)
    call = caller(stranger)
    assert call("attempts").json()["results"] == []
    assert call("attempt", attempt.pk).status_code == 404
    assert call("submission", records.work(attempt).submissions.get().pk).status_code == 404


def test_token_of_someone_who_left_is_refused(call, interviewer):
    interviewer.is_active = False
    interviewer.save()
    assert call("attempts").status_code == 401


def test_session_does_not_open_the_interviewers_side(signed_in, interviewer):
    assert signed_in(interviewer).get(reverse("api:attempts")).status_code == 401


def test_document_is_valid_and_warns_of_nothing():
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert "/api/attempt/challenges/{position}/submissions/" in out.getvalue()


def test_document_is_served():
    response = Client().get(reverse("api:schema"))
    assert response.status_code == 200
    assert b"openapi: 3" in response.content

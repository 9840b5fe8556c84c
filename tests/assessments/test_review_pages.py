"""What an interviewer sees of attempts."""

import dataclasses
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Submission
from grading import queue
from grading.errors import Fault, FaultyPackError
from grading.report import Verdict
from tests.assessments import records

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in, interviewer):
    return signed_in(interviewer)


def page(client, name, *arguments, **query):
    response = client.get(reverse(f"review:{name}", args=arguments), query)
    assert response.status_code == 200
    return response.content.decode()


def test_attempt_page_shows_every_hidden_test_with_its_message(client, interviewer):
    attempt = records.graded_attempt(interviewer)
    html = page(client, "attempt", attempt.pk)
    assert "Letters come back in upper case." in html
    assert "An empty line is not an error." in html
    assert "expected &#x27;A&#x27;, got &#x27;a&#x27;" in html
    assert "Traceback: a secret of the hidden suite" in html
    assert "75 %" in html


def test_attempt_page_shows_the_code_and_its_difference_from_the_starter(client, interviewer):
    attempt = records.graded_attempt(interviewer)
    html = page(client, "attempt", attempt.pk)
    assert 'class="added"' in html
    assert 'class="removed"' in html
    assert '<span class="nb">print</span>' in html


def test_attempt_page_needs_as_many_queries_for_many_submissions(
    client, interviewer, django_assert_max_num_queries
):
    attempt = records.graded_attempt(interviewer)
    _copy_submissions(attempt, 20)
    with django_assert_max_num_queries(25):
        page(client, "attempt", attempt.pk)


def _copy_submissions(attempt, count):
    work = records.work(attempt)
    first = work.submissions.get()
    for number in range(2, 2 + count):
        grading = first.grading
        grading.pk, grading._state.adding = None, True
        grading.id = type(grading)._meta.pk.get_default()
        grading.save()
        Submission.objects.create(
            work=work,
            number=number,
            language="python",
            snapshot=first.snapshot,
            grading=grading,
            created_at=first.created_at,
        )


def test_list_needs_as_many_queries_for_many_attempts(client, interviewer, django_assert_max_num_queries):
    to = records.assessment(interviewer)
    for number in range(12):
        records.graded_attempt(interviewer, f"guest{number}@example.org", to)
    with django_assert_max_num_queries(12):
        html = page(client, "attempts")
    assert html.count("75 %") == 12


def test_list_says_where_everyone_stands(client, interviewer):
    to = records.assessment(interviewer)
    records.invitation(to, "invited@example.org")
    records.attempt(records.invitation(to, "working@example.org"))
    records.graded_attempt(interviewer, "finished@example.org", to)
    for state, email in {"invited": "invited", "in progress": "working", "finished": "finished"}.items():
        html = page(client, "attempts", state=state)
        assert html.count("@example.org") == 1
        assert f"{email}@example.org" in html


def test_search_finds_by_name_address_and_title(client, interviewer):
    records.invitation(records.assessment(interviewer, title="Platform team"), "grace@example.org")
    assert "grace@example.org" in page(client, "attempts", q="grace platform")
    assert "Nobody matches" in page(client, "attempts", q="grace data")


def test_list_survives_nonsense_in_its_query(client, interviewer):
    for query in (
        {"page": "9" * 30},
        {"assessment": "9" * 30},
        {"assessment": "²"},
        {"q": "%"},
        {"state": "x"},
    ):
        assert client.get(reverse("review:attempts"), query).status_code == 200


def test_attempt_page_of_one_who_handed_in_nothing(client, interviewer):
    attempt = records.attempt(records.invitation(records.assessment(interviewer)))
    assert "Nothing has been handed in so far" in page(client, "attempt", attempt.pk)


def test_attempt_page_says_that_grading_goes_on(client, interviewer):
    attempt = records.attempt(records.invitation(records.assessment(interviewer)))
    records.submission(records.work(attempt))
    assert "The result is not there yet" in page(client, "attempt", attempt.pk)


def test_failure_on_our_side_is_not_a_score(client, interviewer):
    attempt = records.attempt(records.invitation(records.assessment(interviewer)))
    records.grade(
        records.submission(records.work(attempt)).grading,
        verdict=Verdict.PLATFORM_ERROR,
        passes=lambda _: False,
    )
    html = page(client, "attempt", attempt.pk)
    assert "not measured" in html
    assert "Something on our side failed" in html


def test_a_megabyte_in_one_line_is_cut(client, interviewer):
    attempt = records.attempt(records.invitation(records.assessment(interviewer)))
    records.submission(records.work(attempt), {f"m{n}.py": "x=1;" * 60_000 for n in range(4)})
    html = page(client, "attempt", attempt.pk)
    assert "more characters" in html
    assert len(html) < 500_000


def test_code_of_a_candidate_is_inert(client, interviewer):
    attempt = records.attempt(records.invitation(records.assessment(interviewer)))
    hostile = {"main.py": "# <script>alert(1)</script> \u202e\n", "<img src=x>.py": "'</td><script>'\n"}
    records.submission(records.work(attempt), hostile)
    html = page(client, "attempt", attempt.pk)
    assert "<script>alert" not in html
    assert "<img src=x>" not in html
    assert "</td><script>" not in html
    assert "\u202e" not in html


def test_submission_can_be_compared_with_an_earlier_one(client, interviewer):
    attempt = records.attempt(records.invitation(records.assessment(interviewer)))
    work = records.work(attempt)
    records.grade(records.submission(work).grading)
    second = records.submission(work, {"main.py": "import sys\n"})
    html = page(client, "submission", second.pk, against="1")
    assert "Changes against submission 1" in html
    assert client.get(reverse("review:submission", args=[second.pk]), {"against": "7"}).status_code == 404


def test_file_is_a_download_of_plain_text(client, interviewer):
    attempt = records.graded_attempt(interviewer)
    submission = records.work(attempt).submissions.get()
    response = client.get(reverse("review:file", args=[submission.pk]), {"path": "main.py"})
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="main.py"'
    assert response.content.decode() == records.SOLUTION["main.py"]
    assert client.get(reverse("review:file", args=[submission.pk]), {"path": "no"}).status_code == 404


def test_report_as_json_holds_score_tests_and_files(client, interviewer):
    attempt = records.graded_attempt(interviewer)
    report = json.loads(page(client, "report-json", attempt.pk))
    assert report["score"] == 75
    assert report["skills"] == {"text-processing": [3, 3], "robustness": [0, 1]}
    submission = report["challenges"][0]["submission"]
    assert [test["outcome"] for test in submission["tests"]] == ["passed", "failed"]
    assert submission["files"] == records.SOLUTION


def test_report_as_text_reads_line_by_line(client, interviewer):
    attempt = records.graded_attempt(interviewer)
    text = page(client, "report-text", attempt.pk)
    assert "Score:     75 %" in text
    assert "- An empty line is not an error. (0 of 1, failed)" in text


def test_staff_see_why_it_failed_on_our_side(client, interviewer):
    """Also while it is tried again. The candidate does not."""
    work = records.work(records.attempt(records.invitation(records.assessment(interviewer))))
    submission = records.submission(work)
    for number in range(queue.MAX_TRIES):
        claim = queue.claim(submission.grading_id, worker="test", now=timezone.now())
        assert claim
        queue.release(claim, reason="the engine lost a container", now=timezone.now())
        html = page(client, "submission", submission.pk)
        words = ("It failed on our side and is tried again", "What failed on our side")[number]
        assert f"{words}</strong>" in html
        assert "the engine lost a container</pre>" in html
    assert "Platform error" in html


def test_an_authors_fault_is_named_as_such(client, interviewer):
    work = records.work(records.attempt(records.invitation(records.assessment(interviewer))))
    submission = records.submission(work)
    fault = FaultyPackError([Fault("tests/hidden/conftest.py", 3, "NameError: name 'x' is not defined")])
    for _ in range(queue.MAX_TRIES):
        claim = queue.claim(submission.grading_id, worker="test", now=timezone.now())
        assert claim
        queue.release(claim, reason=str(fault), now=timezone.now())
    html = page(client, "submission", submission.pk)
    assert "What is wrong with the challenge</strong>" in html
    assert "tests/hidden/conftest.py:3: NameError" in html


def test_staff_see_why_a_broken_grading_stands(client, interviewer):
    work = records.work(records.attempt(records.invitation(records.assessment(interviewer))))
    submission = records.submission(work)
    claim = queue.claim(submission.grading_id, worker="test", now=timezone.now())
    assert claim
    report = dataclasses.replace(
        records._report((), Verdict.PROTOCOL_ERROR),
        message="Your program broke its grading twice.",
        judge_log="the canary passed",
    )
    queue.record(claim, report, now=timezone.now())
    html = page(client, "submission", submission.pk)
    assert "Your program broke its grading twice." in html
    assert "Why</strong>" in html
    assert "the canary passed</pre>" in html

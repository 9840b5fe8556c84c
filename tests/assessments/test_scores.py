"""The score of an attempt: weighted, per skill, and unknown as long as it is not known."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assessments import attempts, composition, invitations, scores
from assessments.review.states import State, in_state, invitation_rows
from grading.report import Verdict
from tests.assessments import records

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(interviewer):
    """Two challenges; the first weighs three times as much."""
    parts = [
        composition.Part(version=records.version("one"), weight=3),
        composition.Part(version=records.version("two"), weight=1),
    ]
    to = composition.compose(
        title="Two", introduction="", minutes=60, parts=parts, by=interviewer, now=timezone.now()
    )
    return records.attempt(records.invitation(to))


def hand_in(attempt, position, *, passes=lambda _: True, verdict=Verdict.GRADED):
    submission = records.submission(records.work(attempt, position))
    return records.grade(submission.grading, passes=passes, verdict=verdict)


def test_weights_decide(attempt):
    hand_in(attempt, 1)
    hand_in(attempt, 2, passes=lambda _: False)
    assert scores.fetch_score(attempt).percent == 75


def test_nothing_handed_in_is_zero(attempt):
    hand_in(attempt, 2)
    score = scores.fetch_score(attempt)
    assert score.percent == 25
    assert scores.skills(score) == {"text-processing": (3, 6), "robustness": (1, 2)}


def test_the_last_submission_counts_even_if_it_is_worse(attempt):
    hand_in(attempt, 1)
    later = records.submission(records.work(attempt, 1), {"main.py": "print()\n"})
    records.grade(later.grading, passes=lambda _: False)
    assert scores.fetch_score(attempt).percent == 0


def test_unknown_while_grading_goes_on(attempt):
    hand_in(attempt, 1)
    records.submission(records.work(attempt, 2))
    score = scores.fetch_score(attempt)
    assert (score.percent, score.is_pending) == (None, True)


def test_failure_on_our_side_is_left_out(attempt):
    hand_in(attempt, 1)
    hand_in(attempt, 2, passes=lambda _: False, verdict=Verdict.PLATFORM_ERROR)
    score = scores.fetch_score(attempt)
    assert score.percent == 100
    assert scores.skills(score) == {"text-processing": (3, 3), "robustness": (1, 1)}


def test_filter_and_rows_agree_on_every_state(interviewer):
    now = timezone.now()
    to = records.assessment(interviewer)
    records.invitation(to, "invited@example.org")
    records.invitation(to, "expired@example.org", now=now - timedelta(days=30))
    invitations.revoke(records.invitation(to, "revoked@example.org"), by=interviewer, now=now)
    records.attempt(records.invitation(to, "working@example.org"))
    records.graded_attempt(interviewer, "finished@example.org", to)
    grading = records.attempt(records.invitation(to, "grading@example.org"))
    records.submission(records.work(grading))
    attempts.finish(grading, now=timezone.now())
    by_row = {row.invitation.email: row.state for row in invitation_rows(to.invitations.all(), now=now)}
    assert set(by_row.values()) == set(State)
    for state in State:
        found = in_state(to.invitations.all(), state, now=now).values_list("email", flat=True)
        assert set(found) == {email for email, one in by_row.items() if one is state}

"""A candidate's own attempt: what awaits them, what they hand in and what came of it."""

from typing import cast
from urllib.parse import urlencode

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from assessments import access, attempts, expectations, lost_time, submissions
from assessments.api import serializers
from assessments.api.authentication import (
    Candidate,
    InvitationAuthentication,
    InvitationSessionAuthentication,
    IsCandidate,
)
from assessments.api.throttles import CandidateThrottle
from assessments.api.views import View
from assessments.candidate import feedback
from assessments.models import Attempt, Submission, Work
from grading import files
from grading.challenge import Suite
from grading.files import Access

MISSING = OpenApiResponse(serializers.ErrorSerializer, "There is no such thing in this attempt.")


class CandidateView(View):
    authentication_classes = [InvitationAuthentication, InvitationSessionAuthentication]
    permission_classes = [IsCandidate]
    throttle_classes = [CandidateThrottle]

    def attempt(self) -> Attempt:
        """The caller's attempt, settled. Raises Http404 before the start."""
        candidate = cast(Candidate, self.request.user)
        return attempts.settle(access.candidate_attempt(candidate.invitation), now=timezone.now())

    def work(self, position: int) -> Work:
        return access.get_work(self.attempt(), position)


class OwnAttempt(CandidateView):
    @extend_schema(
        summary="Your attempt",
        responses={200: serializers.OwnAttemptSerializer, 404: MISSING},
    )
    def get(self, request: Request) -> Response:
        """What awaits you and how much time is left. Start by opening the link in your invitation."""
        attempt = self.attempt()
        left = attempts.time_left(attempt, now=timezone.now())
        data = {
            "assessment": {"title": attempt.assessment.title},
            "started_at": attempt.started_at,
            "deadline_at": attempt.deadline_at,
            "finished_at": attempt.finished_at,
            "seconds_left": int(left.total_seconds()),
            "seconds_given_back": lost_time.total(attempt).total_seconds(),
            "challenges": list(submissions.works(attempt)),
        }
        return Response(serializers.OwnAttemptSerializer(data).data)


class OwnChallenge(CandidateView):
    @extend_schema(
        summary="One challenge",
        responses={200: serializers.OwnWorkSerializer, 404: MISSING},
    )
    def get(self, request: Request, position: int) -> Response:
        """The task and, for each language, your files as they are saved and those you may only read."""
        work = self.work(position)
        pack = work.item.version.definition
        data = serializers.OwnChallengeSerializer(work).data | {
            "statement": pack.statement,
            "files": {
                language: {
                    "editable": submissions.saved(work, language),
                    "shown": files.starter(pack, language, Access.READ_ONLY),
                }
                for language in pack.languages
            },
        }
        return Response(data)


class OwnSubmissions(CandidateView):
    @extend_schema(
        summary="Your submissions",
        responses={200: serializers.OwnSubmissionSerializer(many=True), 404: MISSING},
    )
    def get(self, request: Request, position: int) -> Response:
        """The last one first."""
        found = feedback.of_submissions(self.work(position))
        return Response([_shown(submission, one) for submission, one in found])

    @extend_schema(
        summary="Hand in",
        request=serializers.SubmissionInput,
        responses={
            201: serializers.OwnSubmissionSerializer,
            200: OpenApiResponse(
                serializers.OwnSubmissionSerializer, "The same files are being graded already."
            ),
            400: OpenApiResponse(description="The body is malformed: each field's name with what is wrong."),
            404: MISSING,
            409: OpenApiResponse(
                serializers.ErrorSerializer,
                "`busy`: another submission is being graded. `conflict`: saved elsewhere at the same moment.",
            ),
            410: OpenApiResponse(serializers.ErrorSerializer, "`closed`: the time is up."),
            422: OpenApiResponse(serializers.ErrorSerializer, "`rejected`: the files are not accepted."),
            429: OpenApiResponse(serializers.ErrorSerializer, "`throttled`: see Retry-After."),
        },
    )
    def post(self, request: Request, position: int) -> Response:
        """Saves these files in place of the saved ones and hands them in. Ask for the result at the address
        in `Location`. Sent twice while it is being graded, it is one submission."""
        body = serializers.SubmissionInput(data=request.data)
        body.is_valid(raise_exception=True)
        work, now = self.work(position), timezone.now()
        with transaction.atomic():
            saved = submissions.save(
                work, body.validated_data["language"], body.validated_data["files"], work.revision, now=now
            )
            submission = submissions.submit(saved, now=now)
        expectations.expect(saved, Suite.HIDDEN, now=now)
        shown = next(one for one in feedback.of_submissions(work) if one[0].pk == submission.pk)
        is_new = submission.created_at == now
        return Response(
            _shown(*shown),
            status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
            headers={"Location": _location(request, submission)},
        )


class OwnSubmission(CandidateView):
    @extend_schema(
        summary="One submission",
        responses={200: serializers.OwnSubmissionSerializer, 404: MISSING},
    )
    def get(self, request: Request, position: int, number: int) -> Response:
        """Its state and, once graded, what the challenge lets you know of the hidden tests."""
        return Response(_one(self.work(position), number))


class OwnWithdrawal(CandidateView):
    @extend_schema(
        summary="Withdraw",
        request=None,
        responses={
            200: serializers.OwnSubmissionSerializer,
            404: MISSING,
            409: OpenApiResponse(serializers.ErrorSerializer, "`decided`: it is graded already."),
            410: OpenApiResponse(serializers.ErrorSerializer, "`closed`: the time is up."),
            429: OpenApiResponse(serializers.ErrorSerializer, "`throttled`: see Retry-After."),
        },
    )
    def post(self, request: Request, position: int, number: int) -> Response:
        """Takes back a submission that is not graded yet. It does not count; what is saved at the deadline is
        handed in all the same. Sent twice, it is one withdrawal."""
        work = self.work(position)
        submissions.withdraw(access.get_own_submission(work, number), now=timezone.now())
        return Response(_one(work, number))


def _location(request: Request, submission: Submission) -> str:
    """Where to ask for it, as the same caller."""
    place = request.build_absolute_uri(f"{submission.number}/")
    named = request.query_params.get("attempt")
    return f"{place}?{urlencode({'attempt': named})}" if named else place


def _one(work: Work, number: int) -> dict[str, object]:
    for submission, one in feedback.of_submissions(work):
        if submission.number == number:
            return _shown(submission, one)
    raise NotFound


def _shown(submission: Submission, one: feedback.GradingFeedback) -> dict[str, object]:
    data: dict[str, object] = serializers.OwnSubmissionSerializer(
        {"submission": submission, "feedback": one}
    ).data
    return data

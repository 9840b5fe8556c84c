"""Reading for interviewers' programs: attempts, reports, submissions. The same rules as on the pages."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from assessments import access
from assessments.api import serializers
from assessments.api.authentication import IsReviewer
from assessments.api.throttles import StaffThrottle
from assessments.api.views import View
from assessments.models import Attempt, Invitation
from assessments.models.attempts import AttemptQuerySet
from assessments.review.exports import as_json, submission_as_json
from assessments.review.reports import graded, report
from assessments.review.states import State, in_state, state_of
from assessments.scores import score, with_scores

UNKNOWN = OpenApiResponse(serializers.ErrorSerializer, "It does not exist, or is not yours to see.")


class StaffView(View):
    authentication_classes = [TokenAuthentication]
    permission_classes = [IsReviewer]
    throttle_classes = [StaffThrottle]


class AttemptPagination(CursorPagination):
    """Pages by the moment of the start. A cursor that no page of ours gave is a malformed request."""

    page_size = 50
    ordering = ("-started_at", "-id")

    def decode_cursor(self, request: Request) -> Any:
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                moment = serializers.Moment().run_validation(cursor.position)
                cursor = cursor._replace(position=str(moment))  # type: ignore[arg-type]  # Theirs says int.
        except (NotFound, ValidationError) as error:
            raise ValidationError({"cursor": ["This is no cursor of ours."]}, code="invalid") from error
        return cursor


class Attempts(StaffView):
    @extend_schema(
        summary="Attempts",
        operation_id="attempts_list",
        parameters=[serializers.AttemptFilters],
        responses={
            200: serializers.AttemptPageSerializer,
            400: OpenApiResponse(description="A filter is unknown or malformed."),
        },
    )
    def get(self, request: Request) -> Response:
        """Those you may see, the latest start first, in pages that `next` and `previous` lead through."""
        filters = serializers.AttemptFilters(data=request.query_params.dict())
        filters.is_valid(raise_exception=True)
        rows = _filtered(access.attempts_visible_to(request.user), filters.validated_data)
        rows = with_scores(rows.select_related("invitation__assessment"))
        pagination = AttemptPagination()
        page = pagination.paginate_queryset(rows, request, self) or []
        return pagination.get_paginated_response([_shown(attempt) for attempt in page])


def _filtered(rows: AttemptQuerySet, filters: dict[str, Any]) -> AttemptQuerySet:
    conditions = Q()
    if "assessment" in filters:
        conditions &= Q(invitation__assessment_id=filters["assessment"])
    if "email" in filters:
        conditions &= Q(invitation__email__iexact=filters["email"])
    if "started_after" in filters:
        conditions &= Q(started_at__gt=filters["started_after"])
    if "started_before" in filters:
        conditions &= Q(started_at__lt=filters["started_before"])
    rows = rows.filter(conditions)
    if "state" in filters:
        matching = in_state(Invitation.objects.all(), State(filters["state"]), now=timezone.now())
        rows = rows.filter(invitation__in=matching)
    return rows


def _shown(attempt: Attempt) -> dict[str, Any]:
    scored = score(attempt)
    state = state_of(attempt.invitation, attempt, is_grading=scored.is_pending, now=timezone.now())
    data: dict[str, Any] = serializers.AttemptSerializer(
        {
            "id": attempt.pk,
            "assessment": attempt.assessment,
            "candidate": attempt.invitation,
            "state": state.value,
            "started_at": attempt.started_at,
            "deadline_at": attempt.deadline_at,
            "finished_at": attempt.finished_at,
            "score": scored.percent,
        }
    ).data
    return data


class OneAttempt(StaffView):
    @extend_schema(
        summary="The report of an attempt", responses={200: serializers.ReportSerializer, 404: UNKNOWN}
    )
    def get(self, request: Request, id: UUID) -> Response:
        """Scores, and for each challenge the submission that counts with every hidden test."""
        return Response(as_json(report(access.get_attempt(request.user, id))))


class OneSubmission(StaffView):
    @extend_schema(summary="A submission", responses={200: serializers.SubmissionSerializer, 404: UNKNOWN})
    def get(self, request: Request, id: UUID) -> Response:
        """Files, verdict and every hidden test."""
        return Response(submission_as_json(graded(access.get_submission(request.user, id))))

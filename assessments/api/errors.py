"""Refusals as the API says them: a status, a code for programs and a sentence for people."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from rest_framework import status
from rest_framework.exceptions import APIException, Throttled
from rest_framework.response import Response
from rest_framework.views import exception_handler

from assessments import submissions
from grading.errors import RejectedUpload


class Refused(APIException):
    """A request that was understood and is not allowed now."""

    def __init__(self, detail: str, code: str, status_code: int) -> None:
        self.status_code = status_code
        super().__init__(detail, code)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's answer with a `code`; what the domain refuses gets a status of its own."""
    translated = _translated(error)
    response = exception_handler(translated, context)
    if response is not None and isinstance(response.data, dict) and "detail" in response.data:
        response.data["code"] = getattr(response.data["detail"], "code", "error")
    return response


def too_large() -> Refused:
    return Refused("The request is too large.", "too_large", status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)


def _translated(error: Exception) -> Exception:
    if isinstance(error, RequestDataTooBig):
        return too_large()
    if isinstance(error, RejectedUpload):
        return Refused(error.message, "rejected", status.HTTP_422_UNPROCESSABLE_ENTITY)
    if isinstance(error, submissions.TooMany):
        return Throttled(wait=error.retry_seconds, detail=error.message)
    if isinstance(error, submissions.Closed):
        return Refused(error.message, "closed", status.HTTP_410_GONE)
    if isinstance(error, submissions.Busy):
        return Refused(error.message, "busy", status.HTTP_409_CONFLICT)
    if isinstance(error, submissions.UsedUp):
        return Refused(error.message, "used_up", status.HTTP_409_CONFLICT)
    if isinstance(error, submissions.Decided):
        return Refused(error.message, "decided", status.HTTP_409_CONFLICT)
    if isinstance(error, submissions.Conflict):
        return Refused(error.message, "conflict", status.HTTP_409_CONFLICT)
    return error

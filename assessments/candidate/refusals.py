"""A refusal as JSON: {code, message} and, where there is one, the revision that is stored."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse

from assessments import submissions
from assessments.candidate.drafts import Malformed
from assessments.models import Attempt, Work
from grading.errors import RejectedUpload

Parameters = ParamSpec("Parameters")
Subject = TypeVar("Subject", Attempt, Work)


def refusals_as_json(
    view: Callable[Concatenate[HttpRequest, Subject, Parameters], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Subject, Parameters], HttpResponse]:
    """For views of an attempt, or of a work."""

    @wraps(view)
    def answering(
        request: HttpRequest, subject: Subject, /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> HttpResponse:
        try:
            return view(request, subject, *args, **kwargs)
        except Malformed as error:
            return _refusal("malformed", error.message, error.status)
        except RejectedUpload as error:
            return _refusal("rejected", error.message, 422)
        except submissions.Closed as error:
            return _refusal("closed", error.message, 410)
        except submissions.Conflict as error:
            return _refusal("conflict", error.message, 409, revision=error.revision, files=error.files)
        except submissions.Busy as error:
            return _refusal("busy", error.message, 409)
        except submissions.UsedUp as error:
            return _refusal("used_up", error.message, 409)
        except submissions.Decided as error:
            return _refusal("decided", error.message, 409)
        except submissions.TooMany as error:
            response = _refusal("too_many", error.message, 429)
            response["Retry-After"] = str(error.retry_seconds)
            return response

    return answering


def _refusal(code: str, message: str, status: int, **more: object) -> JsonResponse:
    return JsonResponse({"code": code, "message": message, **more}, status=status)

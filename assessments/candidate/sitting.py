"""Who sits here: every view of a sitting gets the attempt of the invitation that this browser holds."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache

from assessments import access, attempts
from assessments.models import Attempt

Parameters = ParamSpec("Parameters")
SittingView = Callable[Concatenate[HttpRequest, Attempt, Parameters], HttpResponse]
View = Callable[Concatenate[HttpRequest, Parameters], HttpResponse]


def attempt_required(view: SittingView[Parameters]) -> View[Parameters]:
    """The attempt as second argument, closed if its deadline has passed; 404 for everybody else."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> HttpResponse:
        invitation = access.candidate_invitation(request)
        if invitation is None:
            raise Http404
        attempt = access.candidate_attempt(invitation)
        now = timezone.now()
        if attempt.finished_at is None and not attempt.is_open(now):
            attempt = attempts.settle(attempt, now=now)
        return view(request, attempt, *args, **kwargs)

    return guarded


def open_attempt_required(view: SittingView[Parameters]) -> View[Parameters]:
    """As `attempt_required`, for pages of a running sitting; afterwards the end page answers."""

    @wraps(view)
    def guarded(
        request: HttpRequest, attempt: Attempt, /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> HttpResponse:
        if attempt.finished_at is not None:
            return redirect("candidate:end")
        return view(request, attempt, *args, **kwargs)

    return attempt_required(guarded)

"""Who sits here: every view of a sitting gets the attempt of its address, if this browser holds it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache

from assessments import access, attempts
from assessments.models import Attempt

Parameters = ParamSpec("Parameters")
SittingView = Callable[Concatenate[HttpRequest, Attempt, Parameters], HttpResponse]


class View(Protocol[Parameters]):
    """What an address below `sitting/<attempt_id>/` calls."""

    def __call__(
        self, request: HttpRequest, /, attempt_id: UUID, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> HttpResponse: ...


def attempt_required(view: SittingView[Parameters]) -> View[Parameters]:
    """The attempt of the address as second argument, closed if its time has passed; 404 for everybody who
    does not hold it.
    """

    @never_cache
    @wraps(view)
    def guarded(
        request: HttpRequest, /, attempt_id: UUID, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> HttpResponse:
        attempt = access.get_sitting(request, attempt_id)
        now = timezone.now()
        if attempt.finished_at is None and not attempt.takes_saves(now):
            attempt = attempts.settle(attempt, now=now)
        return view(request, attempt, *args, **kwargs)

    return guarded


def open_attempt_required(view: SittingView[Parameters]) -> View[Parameters]:
    """As `attempt_required`, for pages of a running sitting; afterwards the end page answers."""

    @wraps(view)
    def guarded(
        request: HttpRequest, attempt: Attempt, /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> HttpResponse:
        if not attempt.is_open(timezone.now()):
            return redirect("candidate:end", attempt.pk)
        return view(request, attempt, *args, **kwargs)

    return attempt_required(guarded)

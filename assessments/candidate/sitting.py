"""Who sits here: every view of a sitting gets the attempt of its address, if this browser holds it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from assessments import access, attempts
from assessments.candidate.invitation import revoked
from assessments.models import Attempt, Invitation, Work

Parameters = ParamSpec("Parameters")
SittingView = Callable[Concatenate[HttpRequest, Attempt, Parameters], HttpResponse]
DeskView = Callable[Concatenate[HttpRequest, Work, Parameters], HttpResponse]


class View(Protocol[Parameters]):
    """What an address below `sitting/<attempt_id>/` calls."""

    def __call__(
        self, request: HttpRequest, /, attempt_id: UUID, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> HttpResponse: ...


class PlacedView(Protocol[Parameters]):
    """What an address below `sitting/<attempt_id>/<position>/` calls."""

    def __call__(
        self,
        request: HttpRequest,
        /,
        attempt_id: UUID,
        position: int,
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
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
        try:
            attempt = access.get_sitting(request, attempt_id)
        except access.RevokedError as error:
            return _revoked(request, error.invitation, attempt_id)
        now = timezone.now()
        if attempt.finished_at is None and not attempt.takes_saves(now):
            attempt = attempts.settle(attempt, now=now)
        return view(request, attempt, *args, **kwargs)

    return guarded


def desk_required(view: DeskView[Parameters]) -> PlacedView[Parameters]:
    """As `attempt_required`, with the work at the address's position as second argument; for saves, which
    come often.
    """

    @never_cache
    @wraps(view)
    def guarded(
        request: HttpRequest,
        /,
        attempt_id: UUID,
        position: int,
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> HttpResponse:
        try:
            work = access.get_desk(request, attempt_id, position)
        except access.RevokedError as error:
            return _revoked(request, error.invitation, attempt_id)
        now = timezone.now()
        if work.attempt.finished_at is None and not work.attempt.takes_saves(now):
            work.attempt = attempts.settle(work.attempt, now=now)
        return view(request, work, *args, **kwargs)

    return guarded


def _revoked(request: HttpRequest, invitation: Invitation, attempt_id: UUID) -> HttpResponse:
    """What happened, as a page; scripts of a page that is open are told to go there."""
    if request.content_type == "application/json":
        message = "Your invitation was withdrawn. What you had saved before is kept."
        return JsonResponse({"code": "closed", "message": message}, status=410)
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(reverse("candidate:overview", args=[attempt_id]))
    return revoked(request, invitation)


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

"""The sittings that one browser holds: which of them somebody means who opens an address that names none."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assessments import access


@require_safe
@never_cache
def sittings(request: HttpRequest) -> HttpResponse:
    """The only sitting, or a list to choose from; 404 if there is none."""
    return _choose(request, "overview")


@require_safe
@never_cache
def moved(request: HttpRequest, page: str, position: int | None = None) -> HttpResponse:
    """An address as it was when a browser held one sitting."""
    return _choose(request, page, *([] if position is None else [position]))


def _choose(request: HttpRequest, page: str, *arguments: int) -> HttpResponse:
    held = access.held_sittings(request)
    if not held:
        raise Http404
    if len(held) == 1:
        return redirect(f"candidate:{page}", held[0].pk, *arguments)
    now = timezone.now()
    lines = [(attempt, attempt.is_open(now)) for attempt in held]
    return render(request, "candidate/sittings.html", {"sittings": lines})

"""Whether gradings are done, for the people who look after that and for the programs that call them."""

import logging

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assessments import access, health

log = logging.getLogger(__name__)


@access.operator_required
@never_cache
@require_safe
def health_page(request: HttpRequest) -> HttpResponse:
    """Faults, workers and lanes; asks again by itself (htmx), for the part that changes."""
    now = timezone.now()
    context = {"fleet": health.report(now), "now": now}
    partial = request.headers.get("HX-Request") == "true"
    return render(request, "operations/_fleet.html" if partial else "operations/health.html", context)


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """For monitoring, without a login: {ok, faults} and nothing more. 200 if there is no fault, else 503."""
    try:
        faults = len(health.state(timezone.now()).faults)
    except DatabaseError:
        log.exception("the database does not answer")
        faults = 1
    return JsonResponse({"ok": not faults, "faults": faults}, status=503 if faults else 200)

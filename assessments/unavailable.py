"""What people and programs are answered while the database is away: 503, in words, and when to try again.

Nothing is lost by it: the editor keeps what was typed and sends it again by itself.
"""

import logging
import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

log = logging.getLogger(__name__)

OUTAGES = (OperationalError, InterfaceError)
RETRY_SECONDS = 5
MESSAGE = (
    "Our database does not answer at the moment, so this was not done. It is not your fault. "
    "Wait a moment and try again."
)


class DatabaseOutageMiddleware:
    """Answers where a view met an outage."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return answer(request, error) if isinstance(error, OUTAGES) else None


def internal_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: what met an outage outside of a view (a session that is stored) comes here."""
    error = sys.exc_info()[1]
    return answer(request, error) if isinstance(error, OUTAGES) else server_error(request)


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("the database does not answer: %s", error)
    response: HttpResponse
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        said = "detail" if request.path.startswith("/api/") else "message"
        response = JsonResponse({"code": "unavailable", said: MESSAGE}, status=503)
    else:
        # Without the request, since what pages show of it is in the database.
        response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response

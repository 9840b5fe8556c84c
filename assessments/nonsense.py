"""Where requests that no page could mean are turned away, before a database is asked.

PostgreSQL stores no NUL, and a moment near the ends of the calendar cannot be told in another time zone. Each
would fail somewhere deep, and differently on each database.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import unquote

from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def no_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: 400 for an address with a NUL in it. Forms refuse one by themselves."""

    def middleware(request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path or ("%00" in query and "\0" in unquote(query)):
            raise BadRequest("An address may not hold a NUL.")
        return get_response(request)

    return middleware


def within_reason(moment: datetime) -> None:
    """A validator: raises ValidationError for a moment before the year 2000 or after 2199."""
    if not EARLIEST <= moment < LATEST:
        raise ValidationError("This moment is too far away.", code="too_far")

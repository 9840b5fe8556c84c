"""The reader's time zone: what pages show and what people type is in it.

The browser says its zone in a cookie, which a small script keeps up to date. Before the first script ran it
is the installation's. What is typed into a form is read in the zone that the form was shown in and names.
"""

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "time_zone"
LONGEST = 64
View = Callable[[HttpRequest], HttpResponse]


def readers_zone(get_response: View) -> View:
    """Middleware: the whole request is handled in the reader's zone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        zone = named(request.COOKIES.get(COOKIE, ""))
        if zone is None:
            return get_response(request)
        with timezone.override(zone):
            return get_response(request)

    return middleware


@lru_cache(maxsize=256)
def named(name: str) -> ZoneInfo | None:
    """The zone of this name, as 'Europe/Berlin'; None if there is none, or if it is no name at all."""
    if not name or len(name) > LONGEST:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # No key, no file, or none of that name.
        return None

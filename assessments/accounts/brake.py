"""The brake on guessing passwords: so many failures of one client for one name, and of one client for any.

A guess is counted *before* it is looked at, by one conditional update, so that guesses that come at the
same moment do not slip through together (libraries that count failures afterwards let as many through as the
server has threads). The counts stand in the database, which every web process shares and without which nobody
signs in anyway. A count belongs to the client's address: who guesses locks nobody out but themselves.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from assessments.models import Guesses

FOR_ONE_NAME = 10
FOR_ANY_NAME = 100
"""More than the first, since many people may share an address."""
WINDOW = timedelta(minutes=15)
CLEARED_AT_ONCE = 100


@dataclass(frozen=True)
class Guess:
    """One try to sign in, by whom and for which name."""

    address: str
    name: str

    def is_allowed(self, now: datetime) -> bool:
        """Counts this guess. False: too many came before it, and it must not be looked at."""
        _forget_old(now)
        return _count(self._for_any, FOR_ANY_NAME, now) and _count(self._for_name, FOR_ONE_NAME, now)

    def was_right(self) -> None:
        """Takes this guess back, and forgets what failed before it under the same name."""
        Guesses.objects.filter(key=self._for_name).delete()
        Guesses.objects.filter(key=self._for_any).update(count=Greatest(F("count") - 1, 0))

    @property
    def _for_name(self) -> str:
        return _key(self.address, self.name.lower())

    @property
    def _for_any(self) -> str:
        return _key(self.address)


def client_address(request: HttpRequest) -> str:
    """The client's address, as the nearest `settings.PROXIES` proxies tell it; what stands before their
    entries in X-Forwarded-For is the client's own claim. An IPv6 client is its /64, which it may roam in.
    """
    hops: list[str] = [request.META.get("REMOTE_ADDR", "")]
    if settings.PROXIES:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        hops = ([hop.strip() for hop in forwarded if hop.strip()] or hops)[-settings.PROXIES :]
    try:
        address = ip_address(hops[0])
    except ValueError:
        return hops[0][:100]
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))


def _key(*parts: str) -> str:
    mac = salted_hmac("assessments.accounts", "\0".join(parts), algorithm="sha256")
    return str(mac.hexdigest())


def _count(key: str, allowed: int, now: datetime) -> bool:
    with transaction.atomic():
        Guesses.objects.get_or_create(key=key, defaults={"since": now})
        return bool(Guesses.objects.filter(key=key, count__lt=allowed).update(count=F("count") + 1))


def _forget_old(now: datetime) -> None:
    old = Guesses.objects.filter(since__lte=now - WINDOW).values_list("pk", flat=True)[:CLEARED_AT_ONCE]
    Guesses.objects.filter(pk__in=list(old)).delete()

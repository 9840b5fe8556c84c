"""How the installation is doing, for those who run it, those who invite and those who wait.

Read often, by every page with a notice and by monitoring, so it is remembered for some seconds.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.core.cache import cache

from grading import fleet, hints, outage
from grading.fleet import Fleet

REMEMBERED_SECONDS = 5
_KEY = "health:state"


@dataclass(frozen=True, kw_only=True)
class State:
    """`is_grading`: whether any worker takes gradings. `faults`: sentences for those who run it."""

    is_grading: bool
    faults: tuple[str, ...]


def state(now: datetime) -> State:
    """What was found within the last seconds, or finds it now."""
    found = cache.get(_KEY)
    if not isinstance(found, State):
        found = _state(now)
        cache.set(_KEY, found, REMEMBERED_SECONDS)
    return found


def is_grading(now: datetime) -> bool:
    return state(now).is_grading


def report(now: datetime) -> Fleet:
    """Workers and queue, and what else of this installation does not answer; asked now."""
    hints.check()
    found = fleet.report(now)
    return replace(found, faults=(*found.faults, *outage.faults()))


def _state(now: datetime) -> State:
    found = report(now)
    return State(is_grading=found.is_grading, faults=found.faults)

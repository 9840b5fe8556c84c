"""What is likely to be asked for soon, so that workers can have something warm for it.

Told by those who see a candidate open or save a challenge; a table, because they run in other processes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from grading.challenge import Suite
from grading.models import Expectation, Grading, Pack

RECENT = timedelta(minutes=10)
"""What was graded within this time is expected again."""
MOST = 20
_FIELDS = ("pack_id", "language", "suite")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A grading that may come: `pack` is the row, `pack.challenge()` its content."""

    pack: Pack
    language: str
    suite: Suite


def expect(pack: Pack, language: str, suite: Suite | str, *, until: datetime) -> None:
    """Says that gradings of this suite may be asked for until then. One statement; the last word counts."""
    row = Expectation(pack=pack, language=language, suite=Suite(suite).value, until=until)
    Expectation.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["pack", "language", "suite"], update_fields=["until"]
    )


def expected(now: datetime) -> list[Expected]:
    """What is announced, then what was graded lately; the likeliest first, at most MOST."""
    rows = Expectation.objects.filter(until__gt=now).order_by("-until").values_list(*_FIELDS)
    recent = Grading.objects.finished().order_by("-finished_at").filter(finished_at__gt=now - RECENT)
    found = [*rows[:MOST]]
    for lane in (Grading.Lane.SUBMIT, Grading.Lane.RUN):
        found += recent.filter(lane=lane).values_list(*_FIELDS)[:MOST]
    wanted = list(dict.fromkeys(found))[:MOST]
    packs = Pack.objects.defer("data").in_bulk([pack for pack, _, _ in wanted])
    return [Expected(pack=packs[pack], language=language, suite=Suite(s)) for pack, language, s in wanted]


def forget(now: datetime) -> None:
    """Removes what is no longer expected."""
    Expectation.objects.filter(until__lte=now).delete()

"""Rules of saving: who may follow whom, and how much is saved over time.

Every save names the revision that it was made from, and the page that makes it: an id that each page draws
anew, and a number that grows. So a save that comes twice, or after a later one of the same page, is
recognised and is no conflict; and a page that took over what another had typed (after a reload) says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from assessments.models import Work

COST = timedelta(seconds=0.5)
"""Of one save. A page that saves as you type makes about one a second at most."""
BYTES_PER_SECOND = 256 * 1024
"""A save costs a second for so many, on top. Pages wait longer between saves of large drafts."""
BURST = timedelta(minutes=1)
"""So much may be spent at once; it comes back as time goes by."""


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """Which page saves: its id and the number of this save; `includes` maps the ids of earlier pages to the
    last of their saves that this one contains.
    """

    page: str = ""
    number: int = 0
    includes: Mapping[str, int] | None = None


UNSTAMPED = Stamp()


def is_known(work: Work, stamp: Stamp) -> bool:
    """Whether this save, or a later one of the same page, is stored."""
    return bool(stamp.page) and stamp.page == work.saved_by and stamp.number <= work.saved_number


def follows(work: Work, revision: int, stamp: Stamp) -> bool:
    """Whether what is stored was known to whoever made this save, so that it may take its place."""
    if revision == work.revision:
        return True
    if not work.saved_by or revision > work.revision:
        return False
    if work.saved_by == stamp.page:
        return work.saved_number < stamp.number
    return work.saved_number <= (stamp.includes or {}).get(work.saved_by, -1)


def wait(work: Work, files: Mapping[str, str], now: datetime) -> int:
    """Books the cost of saving these files on the work's row, which the caller stores. Gives 0, or after how
    many seconds it is affordable; then nothing is booked.
    """
    size_bytes = sum(len(text.encode()) for text in files.values())
    paid_until = max(work.saving_paid_until or now, now) + COST
    paid_until += timedelta(seconds=size_bytes / BYTES_PER_SECOND)
    over = paid_until - now - BURST
    if over > timedelta(0):
        return int(over.total_seconds()) + 1
    work.saving_paid_until = paid_until
    return 0

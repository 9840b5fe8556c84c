"""Whether the results panel that a page shows is still right, without making it anew.

While something is open a page asks up to twice a second, and to make the panel takes a score of statements.
What it shows hangs on a few columns, and while a grading waits on its place in the queue, which is told every
few seconds. Each process remembers for which of these it made which version.
"""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime
from threading import Lock

from assessments.models import Submission, VisibleRun, Work
from grading.models import Grading, TestResult

PLACE_SECONDS = 4
"""How long a place in the queue may be shown after it has changed."""
MOST_REMEMBERED = 5_000

State = tuple[Hashable, ...]

_made: OrderedDict[tuple[int, str], State] = OrderedDict()
_lock = Lock()
_OF_A_GRADING = ("grading_id", "grading__status", "grading__verdict", "grading__started_at")


def state(work: Work, now: datetime) -> State:
    """What the panel of this work hangs on."""
    run = VisibleRun.objects.filter(work=work).order_by("-created_at").values_list(*_OF_A_GRADING).first()
    handed_in = tuple(Submission.objects.filter(work=work).order_by("number").values_list(*_OF_A_GRADING))
    statuses = [row[1] for row in (run, *handed_in) if row]
    is_running = run is not None and run[1] == Grading.Status.RUNNING
    decided = TestResult.objects.filter(grading=run[0]).count() if run and is_running else 0
    moment = int(now.timestamp() // PLACE_SECONDS) if Grading.Status.QUEUED in statuses else 0
    attempt = work.attempt
    return run, handed_in, decided, moment, work.revision, attempt.deadline_at, attempt.finished_at


def note(work: Work, version: str, made_for: State) -> None:
    """This version was made for this state."""
    with _lock:
        _made[work.pk, version] = made_for
        _made.move_to_end((work.pk, version))
        while len(_made) > MOST_REMEMBERED:
            _made.popitem(last=False)


def is_current(work: Work, version: str, now_is: State) -> bool:
    """Whether this version, which the page shows, was made for this state."""
    return _made.get((work.pk, version)) == now_is


def forget() -> None:
    """As a process that has just started."""
    with _lock:
        _made.clear()

"""R38: a worker is killed in mid-run. Real workers die in tests/failures; here is what must follow."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from grading import queue
from grading.challenge import Suite
from grading.images import pod_images
from grading.leases import LEASE, Watch
from grading.models import Grading
from grading.report import Verdict
from grading.services import pod_spec
from grading.signals import grading_finished
from sandbox.hardening import OWNER_LABEL
from sandbox.pod import Pods
from sandbox.reaper import reap
from tests.abuse import harness, targets
from tests.abuse.cases_spying import CASES

pytestmark = [pytest.mark.docker, pytest.mark.django_db]


def left(arena, owner):
    label = f"{OWNER_LABEL}={owner}"
    return [*arena.engine.containers(label), *arena.engine.volumes(label)]


@pytest.fixture
def told():
    """Finished gradings that were told of."""
    heard: list[Grading] = []

    def hear(grading, **_):
        heard.append(grading)

    grading_finished.connect(hear)
    yield heard
    grading_finished.disconnect(hear)


def test_the_pod_of_a_killed_worker_is_reaped_when_its_lease_is_over(arena):
    """The process is gone: nobody leaves the `with`, as here, until all has been removed by another."""
    pack, owner = targets.load("service", targets.Canaries(), {}), arena.owner()
    spec = pod_spec(pack, "python", pod_images(pack, "python", arena.images), seconds=30.0)
    taken = Pods(arena.engine, owner=owner, clock=lambda: time.time() - 3600).take(spec)
    pod = taken.__enter__()
    pod.start_candidate({"server.py": b"import time\ntime.sleep(600)"})
    assert len(left(arena, owner)) >= 2
    reap(arena.engine, time.time())
    assert not left(arena, owner)
    taken.__exit__(None, None, None)


def test_a_killed_worker_costs_nothing_and_its_ghost_changes_nothing(
    arena, told, django_capture_on_commit_callbacks
):
    """The row goes back to the queue once, is graded, and what the first worker says later is not heard."""
    case = next(case for case in CASES if case.id == "G14" and case.pack == "service")
    pack = targets.load(case.pack, targets.Canaries(), {})
    grading = harness.hand_in(pack, case, case.files)
    start = timezone.now()
    lost = queue.claim(grading.pk, worker="gone:1", now=start)
    assert lost is not None
    assert queue.claim(grading.pk, worker="second:1", now=start) is None, "it is claimed"

    seconds, steps = iter(range(0, 1000, 20)), int(LEASE.total_seconds() // 20) + 2
    watch = Watch(lambda: float(next(seconds)))
    touched = [queue.requeue_stale(start + timedelta(seconds=20 * step), watch) for step in range(steps)]
    assert sum(touched) == 1, "taken away once, after a lease without a sign of life"

    again = queue.claim(grading.pk, worker="second:1", now=timezone.now())
    assert again is not None
    report = arena.grade(pack, case.files)
    with django_capture_on_commit_callbacks(execute=True):
        assert not queue.record(lost, report, now=timezone.now())
        assert not queue.release(lost, reason="too late", now=timezone.now())
        assert queue.record(again, report, now=timezone.now())
        assert not queue.record(lost, report, now=timezone.now())
        assert not queue.record(again, report, now=timezone.now())
    grading.refresh_from_db()
    assert (grading.status, grading.verdict) == (Grading.Status.FINISHED, Verdict.GRADED.value)
    assert (grading.percent, grading.tries, grading.worker) == (100, 1, "second:1")
    assert grading.results.count() == len(pack.tests(Suite.HIDDEN))
    assert [one.pk for one in told] == [grading.pk]

"""Stored files that nothing refers to go; none goes from under a submission that is about to refer to it."""

from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from assessments import submissions
from grading import queue, snapshots
from grading.models import KEPT_FRESH, Grading, Snapshot
from tests.assessments import records
from tests.grading.queued import ask, pack, sent

__all__ = ["ask", "pack", "sent"]

OLD = timezone.now() - 2 * KEPT_FRESH


def stored(text, at=OLD):
    row = Snapshot.store({"main.py": text})
    Snapshot.objects.filter(pk=row.pk).update(stored_at=at)
    return row


def sweep():
    return snapshots.Sweep().next_round(timezone.now())


@pytest.mark.django_db
def test_what_nothing_refers_to_is_removed_after_a_while(ask):
    unused, fresh = stored("1"), stored("2", timezone.now())
    grading = ask()
    Snapshot.objects.filter(pk=grading.snapshot_id).update(stored_at=OLD)
    assert sweep() == 1
    assert set(Snapshot.objects.values_list("pk", flat=True)) == {fresh.pk, grading.snapshot_id}
    assert not Snapshot.objects.filter(pk=unused.pk).exists()


@pytest.mark.django_db
def test_what_a_submission_or_only_its_grading_refers_to_stays():
    attempt = records.attempt(records.invitation(records.assessment(records.person("ingrid"))))
    work = records.work(attempt)
    submission = records.submission(work, {"main.py": "1"})
    Grading.objects.filter(pk=submission.grading_id).update(snapshot=stored("other"))
    submissions.run_visible(work, now=timezone.now())
    Snapshot.objects.update(stored_at=OLD)
    assert sweep() == 0
    assert Snapshot.objects.count() == 2


@pytest.mark.django_db
def test_a_round_is_bounded_and_the_next_one_goes_on(monkeypatch):
    monkeypatch.setattr(snapshots, "AT_ONCE", 2)
    for number in range(5):
        stored(str(number))
    sweep, now = snapshots.Sweep(), timezone.now()
    assert [sweep.next_round(now) for _ in range(4)] == [2, 2, 1, 0]
    stored("again")
    assert sweep.next_round(now) == 1


@pytest.mark.django_db
def test_files_that_are_stored_again_are_fresh():
    row = stored("1")
    assert Snapshot.store({"main.py": "1"}) == row
    assert sweep() == 0


@pytest.mark.django_db
def test_files_that_vanish_while_they_are_stored_again_are_made_anew(monkeypatch):
    row = stored("1")
    get_or_create = Snapshot.objects.get_or_create
    gone: list[int] = []

    def vanish(**values):
        found = get_or_create(**values)
        if not gone:
            gone.append(sweep())
        return found

    monkeypatch.setattr(Snapshot.objects, "get_or_create", vanish)
    assert Snapshot.store({"main.py": "1"}) == row
    assert gone == [1]
    assert Snapshot.objects.get().files == {"main.py": "1"}


@pytest.mark.django_db(transaction=True)
def test_a_removal_at_the_same_time_takes_nothing_from_a_request(pack, sent):
    """The request has stored its files and not yet referred to them when the sweep comes by."""
    row, swept, has_stored, may_refer = stored("1"), [], Event(), Event()

    def request():
        try:
            with transaction.atomic():
                snapshot = Snapshot.store({"main.py": "1"})
                has_stored.set()
                may_refer.wait(0.5)  # Where one writer locks out another, the sweep waits for us.
                queue.request(pack=pack, snapshot=snapshot, language="python", suite="hidden", lane="submit")
        finally:
            connection.close()

    def remove():
        try:
            has_stored.wait()
            swept.append(sweep())
            may_refer.set()
        finally:
            connection.close()

    threads = [Thread(target=request), Thread(target=remove)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert swept == [0]
    assert Grading.objects.get().snapshot == row

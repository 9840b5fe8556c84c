"""Cost grows with the work only: 100,000 stored gradings and 10,000 queued ones slow nothing down.

Shown by the databases' own plans and counts, on SQLite here and on PostgreSQL by `python -m tests.postgres`.
"""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import attempts, submissions
from assessments.candidate.feedback import of_work as feedback_of
from assessments.models import User
from grading import expectations, fleet, hints, packs, queue, waiting
from grading.leases import Watch
from grading.models import Grading, Pack, Snapshot
from grading.report import Verdict
from tests.assessments import records
from tests.grading import packfolder
from tests.grading.plans import TABLE, asked

NOW = timezone.now()
STORED = 100_000
QUEUED = 10_000
RUNNING = 20
GROUPS = 40
OWNERS = 50
"""Of each group; each has queued several."""
FEW = 500
"""Rows that a statement may look at, whatever is stored or queued."""
EVERYONE_WAITING = 2 * QUEUED
"""For what counts the queue: it may look at all that waits, and at nothing that is finished."""

_SQLITE = {
    "numbers": "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count}) SELECT",
    "id": "printf('%08x%024x', {seed}, n)",
    "at": "strftime('%Y-%m-%d %H:%M:%f', '{now}', '-' || ({step} * ({count} - n)) || ' seconds')",
}
_POSTGRESQL = {
    "numbers": "WITH n AS (SELECT generate_series(1, {count}) AS n) SELECT",
    "id": "(lpad(to_hex({seed}), 8, '0') || lpad(to_hex(n), 24, '0'))::uuid",
    "at": "'{now}'::timestamptz - {step} * ({count} - n) * interval '1 second'",
}


def _copy(row, *, count, seed, step, **more):
    """Adds so many copies of a row, each requested `step` seconds before the one before it."""
    words = _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL
    at = words["at"].format(now=NOW.strftime("%Y-%m-%d %H:%M:%S"), step=step, count=count)
    moments = ["requested_at", "turn_at", "finished_at"]
    made: dict[str | None, str] = {"id": words["id"].format(seed=seed)}
    made.update(more)
    made.update({name: at for name in moments if getattr(row, name) is not None})
    columns = [item.column for item in Grading._meta.local_concrete_fields]
    values = ", ".join(made.get(column) or f'"{column}"' for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    key = row.pk.hex if connection.vendor == "sqlite" else row.pk
    rows = f"{words['numbers'].format(count=count)} {values} FROM n, {TABLE} WHERE id = '{key}'"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} ({names}) {rows}")


@pytest.fixture(scope="module")
def stored(django_db_setup, django_db_blocker, tmp_path_factory):
    """A database in which much has happened; afterwards it has not."""
    with (
        django_db_blocker.unblock(),
        _without_constraints(),
        transaction.atomic(),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(hints, "post", lambda: None)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
        _fill(tmp_path_factory.mktemp("pack"))
        yield
        transaction.set_rollback(True)


@contextmanager
def _without_constraints():
    """SQLite's connection outlives the transaction, and is the next tests', too."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            yield
        finally:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def _fill(folder):
    challenge = packfolder.load(folder)
    # Short keys, so that many rows are written in seconds.
    kind, data = challenge.kind.value, packs.to_tar(challenge)
    pack = Pack.objects.create(digest="p", slug="p", title="P", kind=kind, data=data)
    snapshot = Snapshot.objects.create(digest="s", files={"main.py": "print()\n"}, size_bytes=8)
    rows = [
        queue.request(pack=pack, snapshot=snapshot, language="python", suite="hidden", lane="submit", now=NOW)
        for _ in range(3)
    ]
    Grading.objects.filter(pk=rows[0].pk).update(
        status="finished", verdict="graded", started_at=NOW, finished_at=NOW
    )
    for row in rows:
        row.refresh_from_db()
    lane = "CASE n % 10 WHEN 0 THEN 'regrade' WHEN 1 THEN 'slow' WHEN 2 THEN 'submit' ELSE 'run' END"
    place = f"n / {GROUPS}"
    group = {
        "lane": lane,
        "group": f"CAST(n % {GROUPS} AS varchar)",
        "turn": place,
        "owner": f"CAST(n % {GROUPS} AS varchar) || '-' || CAST({place} % {OWNERS} AS varchar)",
        "owner_turn": f"{place} / {OWNERS}",
    }
    with _without_indexes():
        _copy(rows[0], count=STORED, seed=1, step=30, lane=lane)
        _copy(rows[1], count=QUEUED, seed=2, step=1, **group)
    Grading.objects.filter(pk__in=[row.pk for row in rows]).delete()
    _run(RUNNING)
    for number in range(4):
        fleet.appear(f"host:{number}", slots=2, state="working", reason="", now=NOW)
    if connection.vendor == "postgresql":  # As autovacuum does in the background.
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {TABLE}")


@contextmanager
def _without_indexes():
    """PostgreSQL builds an index over many rows faster than it enters them one by one."""
    if connection.vendor == "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE %s",
            [TABLE, "%pkey"],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, definition in indexes:
            cursor.execute(definition)


def _run(count):
    for number in range(count):
        assert queue.claim_next(worker=f"host:{number % 4}", now=NOW)


@pytest.fixture
def undone(stored, db):
    """What a test changes is not there for the next one."""
    yield
    # Said here, so that Django does not first check the foreign keys of so many rows.
    transaction.set_rollback(True)


@pytest.fixture
def pages(undone, settings, tmp_path, monkeypatch):
    """Pages need no built front end, and the browser of a person who is signed in."""
    monkeypatch.setattr(hints, "post", lambda: None)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STATIC_ROOT = tmp_path
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}

    def sign_in(person):
        client = Client()
        client.force_login(person)
        return client

    return sign_in


def check(found, *, at_most=FEW):
    assert found.statements, "nothing was asked of the gradings"
    assert not found.faults, "\n".join(found.faults)
    assert found.rows <= at_most, f"{found.rows} rows looked at by {found.worst}"


def queued(lane="submit"):
    """The last one of a lane."""
    row = Grading.objects.queued().filter(lane=lane).order_by("-turn", "-requested_at", "-id").first()
    assert row is not None
    return row


@pytest.mark.parametrize("starved_first", [False, True])
def test_a_claim_looks_at_few_rows(undone, starved_first):
    with asked() as found:
        assert queue.claim_next(worker="w", now=NOW + timedelta(days=1), starved_first=starved_first)
    check(found)


def test_a_claim_looks_at_few_rows_where_many_owners_have_something_running(undone):
    _run(3 * GROUPS)
    with asked() as found:
        assert queue.claim_next(worker="w", now=NOW)
    check(found)


def test_a_request_looks_at_few_rows(undone, monkeypatch):
    pack, snapshot = Pack.objects.get(digest="p"), Snapshot.objects.get(digest="s")
    with asked() as found:
        for group, owner in (("0", "0-1"), ("0", "new"), ("new", "new")):
            queue.request(
                pack=pack,
                snapshot=snapshot,
                language="python",
                suite="hidden",
                lane="run",
                group=group,
                owner=owner,
            )
    check(found)


def test_an_answer_looks_at_few_rows(undone):
    claim = queue.claim_next(worker="w", now=NOW)
    assert claim is not None
    with asked() as found:
        queue.renew(claim, now=NOW)
        queue.release(claim, reason="no pod", now=NOW)
        queue.withdraw(claim.grading, now=NOW)
    check(found)


def test_who_is_dead_and_what_was_forgotten_is_found_among_few_rows(undone):
    with asked() as found:
        assert queue.requeue_stale(NOW + timedelta(hours=1), Watch()) == queue.ANNOUNCE_AT_ONCE
        queue.free(workers=["host:1"], now=NOW)
    check(found)


def test_a_place_counts_the_queue_only(undone):
    with asked() as found:
        assert queue.position(queued()) > QUEUED / 20
        assert queue.position(queued("regrade")) > QUEUED / 2
    check(found, at_most=EVERYONE_WAITING)


def test_the_expected_wait_looks_at_few_finished_gradings(undone):
    grading = queued("slow")
    with asked() as found:
        assert waiting.usual_seconds(grading) is not None
    check(found)
    with asked() as found:
        assert queue.expected_wait(grading, NOW) is not None
    check(found, at_most=EVERYONE_WAITING)


def test_the_report_on_the_fleet_counts_the_queue_only(undone):
    with asked() as found:
        lanes = fleet.report(NOW).lanes
    assert sum(lane.queued for lane in lanes) == QUEUED - RUNNING
    check(found, at_most=EVERYONE_WAITING)


def test_what_is_expected_is_found_among_few_rows(undone):
    with asked() as found:
        assert expectations.expected(NOW)
    check(found)


def test_the_interviewers_pages_look_at_no_more_than_waits(pages):
    interviewer = records.person("ingrid")
    attempt = records.attempt(records.invitation(records.assessment(interviewer)))
    submission = records.submission(records.work(attempt))
    records.grade(submission.grading)
    client = pages(interviewer)
    for name, arguments in (
        ("attempts", []),
        ("attempt", [attempt.pk]),
        ("submission", [submission.pk]),
        ("assessments", []),
        ("assessment", [attempt.invitation.assessment_id]),
    ):
        with asked() as found:
            assert client.get(reverse(f"review:{name}", args=arguments)).status_code == 200
        assert not found.faults, found.faults
        assert found.rows <= EVERYONE_WAITING, (name, found.rows, found.worst)


@pytest.mark.parametrize("state", ["grading", "finished"])
def test_the_interviewers_filter_looks_at_no_more_than_waits(pages, state):
    interviewer = records.person("ingrid")
    attempt = records.attempt(records.invitation(records.assessment(interviewer)))
    records.submission(records.work(attempt))
    with asked() as found:
        response = pages(interviewer).get(reverse("review:attempts"), {"state": state})
    assert response.status_code == 200
    check(found, at_most=EVERYONE_WAITING)


def test_the_candidates_page_counts_the_queue_at_most(pages):
    attempt = records.attempt(records.invitation(records.assessment(records.person("ingrid"))))
    work = records.work(attempt)
    submission = records.submission(work)
    submissions.run_visible(work, now=timezone.now())
    with asked() as found:
        feedback_of(work)
    check(found, at_most=EVERYONE_WAITING)
    assert submission.grading.status == "queued"


def test_time_is_given_back_without_a_look_at_earlier_failures(pages):
    earlier = Grading.objects.finished().order_by("requested_at").values_list("pk", flat=True)
    Grading.objects.filter(pk__in=list(earlier[: 10 * FEW])).update(verdict=Verdict.PLATFORM_ERROR.value)
    attempt = records.attempt(records.invitation(records.assessment(records.person("ingrid"))))
    grading = records.submission(records.work(attempt)).grading
    records.grade(grading, verdict=Verdict.PLATFORM_ERROR)
    with asked() as found:
        assert attempts.settle_due(timezone.now()) == 1
        assert attempts.settle_due(timezone.now()) == 0
    check(found)


@pytest.mark.parametrize(
    "query", [{}, {"status": "withdrawn"}, {"verdict": "time_limit"}, {"verdict": "graded", "p": 2}]
)
def test_the_administrations_list_of_gradings_looks_at_few_rows(pages, query):
    admin = records.person("ada", User.Role.ADMIN)
    with asked() as found:
        response = pages(admin).get(reverse("admin:grading_grading_changelist"), query)
    assert response.status_code == 200
    check(found, at_most=EVERYONE_WAITING)

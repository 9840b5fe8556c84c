"""Whether gradings are done: the page for admins, the answer to monitoring, the notices, and what candidates
are told.
"""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import health
from grading import fleet
from grading.models import Grading
from tests.assessments import records

pytestmark = pytest.mark.django_db

NOTHING = "Nothing is graded at the moment"
SECRET = "the engine at 10.0.0.7 is unsafe <b>"


@pytest.fixture
def worker():
    def appear(state="working", reason="", name="host:1", seen=timedelta(0)):
        cache.clear()
        fleet.appear(name, slots=2, state=state, reason=reason, now=timezone.now() - seen)

    return appear


@pytest.fixture
def submission(interviewer):
    return records.submission(
        records.work(records.attempt(records.invitation(records.assessment(interviewer))))
    )


def page(client, name="health"):
    response = client.get(reverse(name))
    assert response.status_code == 200
    return response.content.decode()


def test_page_shows_workers_and_lanes(signed_in, admin, worker, submission):
    worker()
    worker("draining", SECRET, name="other:2")
    html = page(signed_in(admin))
    assert "Something is wrong" in html
    assert "other:2 has taken itself out of service: the engine at 10.0.0.7 is unsafe &lt;b&gt;" in html
    assert "Working</span>" in html
    assert "Out of service</span>" in html
    assert '<th scope="row">Submit</th><td class="number">1</td><td class="number">0</td>' in html
    assert "every 3s" in html


def test_page_asks_again_for_a_part_of_itself(signed_in, admin, worker):
    worker()
    part = signed_in(admin).get(reverse("health"), headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="fleet"')
    assert "All is well." in part


def test_worker_that_is_not_seen_is_told(signed_in, admin, worker):
    worker(seen=timedelta(minutes=5))
    html = page(signed_in(admin))
    assert NOTHING in html
    assert "Not seen</span>" in html
    assert "5 min ago" in html


def test_monitoring_is_told_whether_and_no_more(worker):
    response = Client().get(reverse("healthz"))
    assert (response.status_code, response.json()) == (503, {"ok": False, "faults": 1})
    worker()
    response = Client().get(reverse("healthz"))
    assert (response.status_code, response.json()) == (200, {"ok": True, "faults": 0})
    worker("draining", SECRET)
    response = Client().get(reverse("healthz"))
    assert response.status_code == 503
    assert set(response.json()) == {"ok", "faults"}
    assert "no-store" in response["Cache-Control"]


def test_monitoring_is_told_of_a_database_that_does_not_answer(monkeypatch):
    def fail(now):
        raise DatabaseError("password=secret")

    monkeypatch.setattr(fleet, "report", fail)
    response = Client().get(reverse("healthz"))
    assert (response.status_code, response.json()) == (503, {"ok": False, "faults": 1})


def test_monitoring_does_not_ask_the_database_each_time(worker, django_assert_num_queries):
    worker()
    Client().get(reverse("healthz"))
    with django_assert_num_queries(0):
        Client().get(reverse("healthz"))


def test_start_page_of_an_admin_says_what_is_wrong(signed_in, admin):
    for name in ("review:attempts", "admin:index"):
        html = page(signed_in(admin), name)
        assert f"{NOTHING}: No worker is running" in html
        assert reverse("health") in html


def test_start_page_of_an_interviewer_says_it_without_internals(signed_in, interviewer, worker):
    worker("draining", SECRET)
    html = page(signed_in(interviewer), "review:attempts")
    assert f"{NOTHING}. What candidates hand in is kept" in html
    assert "10.0.0.7" not in html
    assert reverse("health") not in html
    worker(name="other:2")
    html = page(signed_in(interviewer), "review:attempts")
    assert "Grading has a problem and may take longer" in html
    assert "host:1" not in html


def test_start_page_is_silent_while_all_is_well(signed_in, admin, worker):
    worker()
    for name in ("review:attempts", "admin:index"):
        assert "grading-notice" not in page(signed_in(admin), name)


def candidate_of(submission):
    client = Client()
    client.post(records.door(submission.work.attempt.invitation))
    return client.get(records.address(client, "results", 1)).content.decode()


def test_candidate_is_told_of_a_delay_on_our_side(submission, worker):
    assert "delayed" not in candidate_of(submission)  # Not at once: a worker may be about to come.
    Grading.objects.update(requested_at=timezone.now() - timedelta(seconds=30))
    html = candidate_of(submission)
    assert "Grading is delayed on our side. Your work is saved" in html
    worker("draining", SECRET)
    html = candidate_of(submission)
    assert "delayed on our side" in html
    assert "10.0.0.7" not in html
    worker(name="other:2")
    assert "delayed" not in candidate_of(submission)


def test_candidate_sees_how_many_are_before_and_how_long(interviewer, worker):
    worker()
    version = records.version()
    to = records.assessment(interviewer, version)
    done = records.submission(records.work(records.attempt(records.invitation(to, "done@example.org"))))
    records.grade(done.grading)
    ended = timezone.now()
    Grading.objects.update(started_at=ended - timedelta(seconds=18), finished_at=ended, phases={})
    for number in range(2):
        records.submission(records.work(records.attempt(records.invitation(to, f"{number}@example.org"))))
    last = records.submission(records.work(records.attempt(records.invitation(to))))
    assert "Waiting: 2 before yours, about 20 seconds" in candidate_of(last)


def test_state_is_remembered_for_some_seconds(worker):
    now = timezone.now()
    assert not health.is_grading(now)
    fleet.appear("host:1", slots=1, state="working", reason="", now=now)
    assert not health.is_grading(now)
    cache.clear()
    assert health.is_grading(now)

"""What only helps fails nobody's work: no cache, no broker; and without the database, in words."""

import json
from contextlib import ExitStack

import pytest
from celery import Celery
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Work
from config.celery import configure
from grading import fleet, hints, outage
from grading.models import Grading
from tests.assessments import records
from tests.assessments.test_accounts import PASSWORD
from tests.silent import closed_port, silent_server

POST, CHECK = hints.post, hints.check  # As they are, before the fixture of every test replaces them.


@pytest.fixture(params=[silent_server, closed_port])
def port(request):
    with ExitStack() as stack:
        yield stack.enter_context(request.param())


@pytest.fixture
def without_cache(settings, monkeypatch, port):
    monkeypatch.setattr(outage, "CACHE", outage.Helper("The cache"))
    monkeypatch.setattr("config.cache.CACHE", outage.CACHE)
    address = f"redis://127.0.0.1:{port}/0"
    settings.CACHES = {"default": {"BACKEND": "config.cache.HelpfulRedisCache", "LOCATION": address}}


@pytest.fixture(params=["redis", "amqp"])
def without_broker(request, settings, monkeypatch, port, tmp_path):
    settings.BROKER_URL, settings.DATA_DIR = f"{request.param}://127.0.0.1:{port}//", tmp_path
    celery = Celery("other", set_as_current=False)
    configure(celery)
    broker = outage.Helper("The broker")
    monkeypatch.setattr(hints, "current_app", celery)
    monkeypatch.setattr(hints, "BROKER", broker)
    monkeypatch.setattr(outage, "BROKER", broker)
    monkeypatch.setattr(hints, "BROKER_SECONDS", 0.5)
    monkeypatch.setattr(hints, "_of_this_process", hints.Courier())
    monkeypatch.setattr(hints, "post", POST)
    monkeypatch.setattr(hints, "check", CHECK)
    yield broker
    hints.flush(20)


@pytest.fixture
def invitation(interviewer):
    return records.invitation(records.assessment(interviewer))


@pytest.fixture
def browser(invitation):
    client = Client()
    client.post(records.door(invitation))
    return client


def send(browser, name, **body):
    return browser.post(
        records.address(browser, name, 1),
        json.dumps(body),
        content_type="application/json",
        headers={"Accept": "application/json"},
    )


def save(browser, revision=0):
    return send(browser, "save", language="python", files=records.SOLUTION, revision=revision)


# The cache


@pytest.mark.django_db
def test_links_saves_runs_and_submissions_need_no_cache(without_cache, browser):
    assert save(browser).json()["revision"] == 1
    assert send(browser, "run", revision=1).status_code == 200
    assert send(browser, "submit", revision=1).status_code == 200
    assert Work.objects.get().drafts == {"python": records.SOLUTION}


@pytest.mark.django_db
def test_logging_in_needs_no_cache(without_cache, interviewer):
    client = Client()
    login = {"username": "ingrid", "password": PASSWORD}
    assert client.post(reverse("login"), login).status_code == 302
    assert client.get(reverse("review:attempts")).status_code == 200


@pytest.mark.django_db
def test_the_api_needs_no_cache_and_still_counts(without_cache, browser, monkeypatch):
    monkeypatch.setattr("assessments.api.throttles.CandidateThrottle.rate", "2/min")
    statuses = [browser.get("/api/attempt/").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


@pytest.mark.django_db
def test_health_names_the_cache(without_cache, signed_in, admin):
    fleet.appear("host:1", slots=1, state="working", reason="", now=timezone.now())
    assert Client().get(reverse("healthz")).json() == {"ok": False, "faults": 1}
    html = signed_in(admin).get(reverse("health")).content.decode()
    assert "The cache does not answer" in html


# The broker


@pytest.mark.django_db(transaction=True)
def test_runs_and_submissions_need_no_broker(without_broker, browser):
    assert save(browser).status_code == 200
    assert send(browser, "run", revision=1).status_code == 200
    assert send(browser, "submit", revision=1).status_code == 200
    assert Grading.objects.queued().count() == 2
    assert hints.flush(20)
    assert "The broker does not answer" in without_broker.fault


@pytest.mark.django_db
def test_health_names_the_broker(without_broker, signed_in, admin):
    fleet.appear("host:1", slots=1, state="working", reason="", now=timezone.now())
    assert Client().get(reverse("healthz")).json() == {"ok": False, "faults": 1}
    html = signed_in(admin).get(reverse("health")).content.decode()
    assert "The broker does not answer" in html


# The database


@pytest.fixture(params=[OperationalError, InterfaceError])
def without_database(request, monkeypatch):
    """Gives the places where it is missed."""

    def away(*places):
        def fail(*_, **__):
            raise request.param("connection to server at 10.0.0.9 failed")

        for place in places:
            monkeypatch.setattr(place, fail)

    return away


@pytest.mark.django_db
def test_a_save_that_meets_an_outage_may_be_sent_again(without_database, browser):
    without_database("assessments.submissions.save")
    response = save(browser)
    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert response.json()["message"].startswith("Our database does not answer")
    assert response["Retry-After"] == "5"
    assert "10.0.0.9" not in response.content.decode()


@pytest.mark.django_db
def test_a_page_that_meets_an_outage_says_so(without_database, browser):
    without_database("assessments.attempts.time_left")
    response = browser.get(records.address(browser, "overview"))
    assert response.status_code == 503
    assert "Our database does not answer" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_program_that_meets_an_outage_gets_a_code(without_database, browser):
    without_database("assessments.attempts.settle")
    response = browser.get("/api/attempt/")
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


@pytest.mark.django_db
def test_a_session_that_cannot_be_stored_is_no_error_of_ours(without_database, interviewer):
    without_database("django.contrib.sessions.backends.db.SessionStore.save")
    client = Client(raise_request_exception=False)
    response = client.post(reverse("login"), {"username": "ingrid", "password": PASSWORD})
    assert response.status_code == 503


@pytest.mark.django_db
def test_other_errors_stay_errors(monkeypatch, browser):
    monkeypatch.setattr("assessments.attempts.time_left", lambda *_, **__: 1 / 0)
    browser.raise_request_exception = False
    assert browser.get(records.address(browser, "overview")).status_code == 500

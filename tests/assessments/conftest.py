"""Personas with fixed rights, and a broker that nobody needs."""

import pytest
from django.core.cache import cache
from django.test import Client

from assessments import expectations
from assessments.models import User
from grading import hints
from tests.assessments import records


@pytest.fixture(autouse=True)
def _without_broker(monkeypatch):
    """Requests stay rows; no message is sent. Counters of earlier tests are forgotten."""
    monkeypatch.setattr(hints, "post", lambda: None)
    monkeypatch.setattr(hints, "check", lambda: None)
    cache.clear()
    expectations.forget()


@pytest.fixture(autouse=True)
def _plain_settings(settings, tmp_path):
    """Pages name their files without a manifest: no front end need be built. Passwords cost nothing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def interviewer(db):
    """Owns what the tests make."""
    return records.person("ingrid")


@pytest.fixture
def stranger(db):
    """An interviewer who owns nothing."""
    return records.person("sam")


@pytest.fixture
def admin(db):
    return records.person("ada", User.Role.ADMIN)


@pytest.fixture
def signed_in():
    """Makes a browser in which this person is signed in."""

    def sign_in(person):
        client = Client()
        client.force_login(person)
        return client

    return sign_in

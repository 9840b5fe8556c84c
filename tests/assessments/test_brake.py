"""The brake on guessing: whose guesses are counted together, and what comes at the same moment."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from assessments.accounts.brake import FOR_ANY_NAME, FOR_ONE_NAME, WINDOW, Guess, client_address
from assessments.models import Guesses

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password"


def sign_in(password: str, forwarded: str, name: str = "ingrid"):
    form = {"username": name, "password": password}
    return Client().post(reverse("login"), form, headers={"X-Forwarded-For": forwarded})


def address(forwarded: str, remote: str = "10.0.0.1") -> str:
    return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.2.3.4", "10.0.0.1"),
        (1, "1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.9", "1.2.3.4"),
        (2, "1.2.3.4", "1.2.3.4"),
        (1, "", "10.0.0.1"),
        (1, " , ", "10.0.0.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "nonsense", "nonsense"),
    ],
)
def test_address_is_what_our_own_proxies_saw(settings, proxies, forwarded, expected):
    settings.PROXIES = proxies
    assert address(forwarded) == expected


def test_who_guesses_behind_the_proxy_locks_nobody_else_out(settings, interviewer):
    settings.PROXIES = 1
    for _ in range(FOR_ONE_NAME + 1):
        sign_in("wrong", "6.6.6.6")
    assert "Too many failed attempts" in sign_in(PASSWORD, "6.6.6.6").content.decode()
    assert sign_in(PASSWORD, "1.2.3.4").status_code == 302


def test_made_up_addresses_do_not_escape_the_brake(settings, interviewer):
    settings.PROXIES = 1
    for number in range(FOR_ONE_NAME):
        sign_in("wrong", f"1.1.1.{number}, 6.6.6.6")
    assert "Too many failed attempts" in sign_in(PASSWORD, "9.9.9.9, 6.6.6.6").content.decode()


def test_one_client_cannot_try_every_name():
    now = timezone.now()
    allowed = [Guess("6.6.6.6", f"name {number}").is_allowed(now) for number in range(FOR_ANY_NAME + 1)]
    assert allowed == [True] * FOR_ANY_NAME + [False]


def test_right_guesses_do_not_use_up_what_an_address_may():
    now = timezone.now()
    for _ in range(FOR_ANY_NAME * 2):
        guess = Guess("6.6.6.6", "ingrid")
        assert guess.is_allowed(now)
        guess.was_right()


def test_brake_loosens_after_its_time():
    now = timezone.now()
    guess = Guess("6.6.6.6", "ingrid")
    assert [guess.is_allowed(now) for _ in range(FOR_ONE_NAME + 1)][-1] is False
    assert not guess.is_allowed(now + WINDOW - timedelta(seconds=1))
    assert guess.is_allowed(now + WINDOW)
    assert Guesses.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_do_not_slip_through_together():
    together, allowed = Barrier(FOR_ONE_NAME * 2), []

    def guess() -> None:
        together.wait(30)
        try:
            allowed.append(Guess("6.6.6.6", "ingrid").is_allowed(timezone.now()))
        finally:
            connection.close()

    threads = [Thread(target=guess) for _ in range(FOR_ONE_NAME * 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(allowed) == [False] * FOR_ONE_NAME + [True] * FOR_ONE_NAME

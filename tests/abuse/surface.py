"""Everything a candidate can read of their attempt, page by page and answer by answer."""

from collections.abc import Mapping

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import attempts, invitations
from assessments.models import Attempt, Invitation
from grading.models import Grading
from tests.assessments import records

PAGES = ("overview", "time", "workspace", "results")
PAGES_AFTERWARDS = ("end", "download")
ANSWERS = ("own-attempt", "own-challenge", "own-submissions", "own-submission")


def of(grading: Grading) -> Mapping[str, str]:
    """Address -> what it answers, with its headers. The sitting is ended by this."""
    attempt = Attempt.objects.get(works__submissions__grading=grading) if _is_submission(grading) else None
    attempt = attempt or Attempt.objects.get(works__runs__grading=grading)
    browser = Client()
    browser.post(records.door(attempt.invitation))
    found = {name: _page(browser, name) for name in PAGES}
    found |= {name: _answer(attempt.invitation, f"api:{name}") for name in ANSWERS}
    attempts.finish(attempt, now=timezone.now())
    found |= {name: _page(browser, name) for name in PAGES_AFTERWARDS}
    return found


def _is_submission(grading: Grading) -> bool:
    return grading.lane == Grading.Lane.SUBMIT


def _page(browser: Client, name: str) -> str:
    arguments = [1] if name in ("workspace", "results") else []
    return _text(browser.get(records.address(browser, name, *arguments)))


def _answer(invitation: Invitation, name: str) -> str:
    arguments = {"api:own-attempt": [], "api:own-submission": [1, 1]}.get(name, [1])
    header = f"Invitation {invitation.pk}.{invitations.secret(invitation)}"
    return _text(Client().get(reverse(name, args=arguments), headers={"Authorization": header}))


def _text(response) -> str:
    body = b"".join(response) if response.streaming else response.content
    headers = "".join(f"{name}: {value}\n" for name, value in response.headers.items())
    return f"{response.status_code}\n{headers}\n{body.decode(errors='replace')}"

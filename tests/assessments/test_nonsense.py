"""What makes no sense is answered with 4xx: by every page and by the API, on every database."""

from base64 import b64encode
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode
from rest_framework.authtoken.models import Token

from tests.assessments import records
from tests.assessments.test_access_matrix import ADMIN_ARGUMENTS, named_routes

pytestmark = pytest.mark.django_db

TEXTS = ["\0", "a\0b", "9" * 40, "-1", "\U0001d4b3" * 300, "%", "\ud7ff", "0001-01-01", "<script>", "1;2"]
MOMENTS = [
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59Z",
    "yesterday",
    "\0",
]
CURSORS = [
    "nonsense",
    *(
        b64encode(text.encode()).decode()
        for text in (
            "p=\0",
            "p=9999-12-31T23:59:59-23:59",
            "p=yesterday",
            "r=1&p=",
        )
    ),
    b64encode(b"\xff\xfe").decode(),
    "é",
]
QUERIES = [
    *({"q": text, "assessment": text, "state": text, "page": text} for text in TEXTS),
    *({"term": text, "app_label": "assessments", "model_name": "x", "field_name": "y"} for text in TEXTS),
    *({"path": text, "against": text} for text in TEXTS),
]
FILTERS = [
    *({"o": text, "p": text, "all": text, "q": text, "_to_field": text} for text in TEXTS[:3]),
    *({"term": text, "app_label": "assessments", "model_name": "x", "field_name": "y"} for text in TEXTS[:3]),
    *({f"{name}__{part}": value} for name, part, value in [
        ("invited_at", "year", "9999"), ("invited_at", "month", "99"), ("started_at", "day", "0"),
        ("started_at", "gte", MOMENTS[0]), ("started_at", "lt", MOMENTS[1]), ("requested_at", "year", "0"),
        ("at", "gte", MOMENTS[0]), ("created_at", "gte", MOMENTS[0]), ("id", "exact", "\0"),
    ]),
]  # fmt: skip


@pytest.fixture
def browser(admin):
    client = Client(raise_request_exception=False)
    client.force_login(admin)
    return client


def answers(client: Client, address: str, queries: list[dict[str, str]]) -> list[str]:
    """The queries to which the address has no answer."""
    asked = [f"{address}?{urlencode(query)}" for query in queries]
    return [one for one in asked if client.get(one).status_code >= 500]


def test_list_for_programs_refuses_nonsense(interviewer):
    records.graded_attempt(interviewer)
    token = Token.objects.create(user=interviewer)
    client = Client(raise_request_exception=False, headers={"Authorization": f"Token {token.key}"})
    address = reverse("api:attempts")
    wrong = [{"cursor": text} for text in CURSORS]
    wrong += [{name: moment} for name in ("started_after", "started_before") for moment in MOMENTS]
    wrong += [{"email": "a\0@example.org"}, {"state": "\0"}]
    answered = {urlencode(query): client.get(f"{address}?{urlencode(query)}").status_code for query in wrong}
    far = b64encode(b"o=" + b"9" * 30 + b"&p=2026-01-01T00:00:00").decode()
    assert client.get(address, {"cursor": far}).status_code == 200
    assert answered == dict.fromkeys(answered, 400)


def test_pages_for_staff_answer_nonsense(browser, interviewer):
    attempt = records.graded_attempt(interviewer)
    addresses = [
        reverse("review:attempts"),
        reverse("review:assessments"),
        reverse("review:assessment", args=[attempt.assessment.pk]),
        reverse("review:submission", args=[records.work(attempt).submissions.get().pk]),
        reverse("review:file", args=[records.work(attempt).submissions.get().pk]),
    ]
    assert [query for address in addresses for query in answers(browser, address, QUERIES)] == []


def test_administration_answers_nonsense(browser, interviewer):
    records.graded_attempt(interviewer)
    world = {"one": "1", "app": "assessments", "draft": "1", "version": "1"}
    unanswered = []
    for name, pattern in named_routes():
        if name.startswith("admin:") and not name.endswith((":None", "logout")):
            count = pattern.pattern.regex.groups
            arguments = [world[key] for key in ADMIN_ARGUMENTS.get(name, ("one",) * count)]
            lists = name.endswith(("_changelist", "autocomplete"))
            if lists:
                unanswered += answers(browser, reverse(name, args=arguments), FILTERS)
    assert unanswered == []


@pytest.mark.parametrize("given", ["9999-12-31T23:59", "0001-01-01T00:00", "2026-13-45T99:99", "\0"])
def test_form_refuses_a_moment_out_of_this_world(browser, interviewer, given):
    to = records.assessment(interviewer)
    form = {"guests": "ada@example.org", "expires_at": given, "extra_time_percent": 0}
    response = browser.post(reverse("review:assessment", args=[to.pk]), form)
    assert response.status_code == 400
    assert to.invitations.count() == 0


def test_nul_in_an_address_is_refused(browser):
    for address in ("/attempts/%00/", f"/{quote(chr(0))}", "/admin/assessments/assessment/%00/change/"):
        assert browser.get(address).status_code in {400, 404}

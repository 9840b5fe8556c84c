"""The reader's time zone: in what is shown, and in what is typed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from assessments import zones
from tests.assessments import records

pytestmark = pytest.mark.django_db
BERLIN, KOLKATA = "Europe/Berlin", "Asia/Kolkata"


@pytest.fixture
def client(signed_in, interviewer):
    return signed_in(interviewer)


@pytest.mark.parametrize("name", ["", "x", "../../etc/passwd", "/etc/passwd", "a\0b", "Europe", "x" * 500])
def test_what_is_no_zone_is_none(name):
    assert zones.named(name) is None


def test_pages_are_in_the_zone_that_the_browser_told(client, interviewer):
    to = records.assessment(interviewer)
    made = records.invitation(to)
    type(made).objects.filter(pk=made.pk).update(expires_at=datetime(2030, 7, 1, 12, 0, tzinfo=UTC))
    address = reverse("review:assessment", args=[to.pk])
    assert "1 Jul 2030, 12:00 UTC" in client.get(address).content.decode()
    client.cookies[zones.COOKIE] = KOLKATA
    assert "1 Jul 2030, 17:30 IST" in client.get(address).content.decode()
    client.cookies[zones.COOKIE] = "nonsense"
    assert "1 Jul 2030, 12:00 UTC" in client.get(address).content.decode()


def test_administration_is_in_the_same_zone(signed_in, admin, interviewer):
    made = records.invitation(records.assessment(interviewer))
    type(made).objects.filter(pk=made.pk).update(expires_at=datetime(2030, 7, 1, 12, 0, tzinfo=UTC))
    client = signed_in(admin)
    client.cookies[zones.COOKIE] = KOLKATA
    page = client.get(reverse("admin:assessments_invitation_changelist")).content.decode()
    assert "1 Jul 2030, 17:30 IST" in page


def test_field_names_the_zone_in_which_it_is_typed(client, interviewer):
    to = records.assessment(interviewer)
    address = reverse("review:assessment", args=[to.pk])
    assert "May start until (UTC)" in client.get(address).content.decode()
    client.cookies[zones.COOKIE] = BERLIN
    assert "May start until (Europe/Berlin)" in client.get(address).content.decode()


@pytest.mark.parametrize("cookie", [None, BERLIN, KOLKATA])
@pytest.mark.parametrize("shown", ["UTC", BERLIN, KOLKATA])
def test_what_is_typed_is_read_in_the_zone_that_the_form_named(client, interviewer, cookie, shown):
    to = records.assessment(interviewer)
    if cookie:
        client.cookies[zones.COOKIE] = cookie
    typed = (timezone.now() + timedelta(days=3)).replace(tzinfo=None, second=0, microsecond=0)
    form = {
        "guests": "ada@example.org",
        "expires_at": f"{typed:%Y-%m-%dT%H:%M}",
        "extra_time_percent": 0,
        "time_zone": shown,
    }
    client.post(reverse("review:assessment", args=[to.pk]), form)
    made = to.invitations.get()
    assert made.expires_at == typed.replace(tzinfo=ZoneInfo(shown))
    assert f"({cookie or 'UTC'})" in mail.outbox[0].body

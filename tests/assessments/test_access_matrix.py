"""Every address, and who may open it. A new route that is not in the table fails the first test.

Each route is asked as everybody, with the ids of things that belong to somebody else. The letters of a row
say who is let in: `o` the owner (an interviewer, or the candidate for their own sitting), `a` an admin, `n`
nobody needs to be anybody. Everyone else gets nothing: the login page if they are not signed in and the
page is for staff, 401 from the API, 404 otherwise.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.authtoken.models import Token

from assessments import invitations
from assessments.models import ChallengeVersion, Event
from tests.assessments import records

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Route:
    """`method` is what the route is asked with; `kind` says whose it is."""

    kind: str
    arguments: tuple[str, ...] = ()
    method: str = "get"


STAFF, OWNED, AUTHOR, SITTING, PUBLIC = "staff", "owned", "author", "sitting", "public"
HOLDER = "holder"
"""Leads a browser to the sittings that it holds."""
API_SITTING, API_STAFF, API_OWNED = "api-sitting", "api-staff", "api-owned"

ROUTES = {
    "home": Route(PUBLIC),
    "login": Route(PUBLIC),
    "logout": Route(PUBLIC, method="post"),
    "account": Route(STAFF),
    "password": Route(STAFF),
    "health": Route(AUTHOR),
    "healthz": Route(PUBLIC),
    "candidate:invitation": Route(PUBLIC, ("wrong_invitation",)),
    "candidate:open": Route(PUBLIC, ("wrong_invitation",), "post"),
    "candidate:earlier-link": Route(PUBLIC, ("wrong_invitation", "wrong_secret")),
    "candidate:overview": Route(SITTING, ("sitting",)),
    "candidate:time": Route(SITTING, ("sitting",)),
    "candidate:finish": Route(SITTING, ("sitting",), "post"),
    "candidate:end": Route(SITTING, ("sitting",)),
    "candidate:download": Route(SITTING, ("sitting",)),
    "candidate:workspace": Route(
        SITTING,
        (
            "sitting",
            "position",
        ),
    ),
    "candidate:save": Route(
        SITTING,
        (
            "sitting",
            "position",
        ),
        "post",
    ),
    "candidate:language": Route(
        SITTING,
        (
            "sitting",
            "position",
        ),
        "post",
    ),
    "candidate:run": Route(
        SITTING,
        (
            "sitting",
            "position",
        ),
        "post",
    ),
    "candidate:submit": Route(
        SITTING,
        (
            "sitting",
            "position",
        ),
        "post",
    ),
    "candidate:submitted-files": Route(SITTING, ("sitting", "position", "number")),
    "candidate:starter": Route(SITTING, ("sitting", "position")),
    "candidate:results": Route(
        SITTING,
        (
            "sitting",
            "position",
        ),
    ),
    "candidate:withdraw-run": Route(
        SITTING,
        (
            "sitting",
            "position",
        ),
        "post",
    ),
    "candidate:withdraw": Route(SITTING, ("sitting", "position", "number"), "post"),
    "candidate:sittings": Route(HOLDER),
    "candidate:old-finish": Route(HOLDER),
    "candidate:old-end": Route(HOLDER),
    "candidate:old-workspace": Route(HOLDER, ("position",)),
    "review:attempts": Route(STAFF),
    "review:attempt": Route(OWNED, ("attempt",)),
    "review:report-json": Route(OWNED, ("attempt",)),
    "review:report-text": Route(OWNED, ("attempt",)),
    "review:submission": Route(OWNED, ("submission",)),
    "review:file": Route(OWNED, ("submission",)),
    "review:assessments": Route(STAFF),
    "review:new-assessment": Route(STAFF),
    "review:assessment": Route(OWNED, ("assessment",)),
    "review:challenge": Route(STAFF, ("version",)),
    "review:send": Route(OWNED, ("invitation",), "post"),
    "review:revoke": Route(OWNED, ("invitation",), "post"),
    "review:restore": Route(OWNED, ("invitation",), "post"),
    "review:erase-candidate": Route(AUTHOR, ("invitation",)),
    "review:erase-assessment": Route(AUTHOR, ("assessment",)),
    "api:schema": Route(PUBLIC),
    "api:reference": Route(PUBLIC),
    "api:own-attempt": Route(API_SITTING),
    "api:own-challenge": Route(API_SITTING, ("position",)),
    "api:own-submissions": Route(API_SITTING, ("position",)),
    "api:own-submission": Route(API_SITTING, ("position", "number")),
    "api:own-withdrawal": Route(API_SITTING, ("position", "number"), "post"),
    "api:attempts": Route(API_STAFF),
    "api:attempt": Route(API_OWNED, ("attempt",)),
    "api:submission": Route(API_OWNED, ("submission",)),
}

# Django's admin names its routes by model. These few take other arguments, or answer without a model.
ADMIN_ARGUMENTS = {
    "admin:view_on_site": ("one", "one"),
    "admin:app_list": ("app",),
    "admin:challenge-publish": ("draft",),
    "admin:challenge-retire": ("version",),
    "admin:auth_user_password_change": ("one",),
}


def named_routes(patterns=None, namespace="") -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from named_routes(entry.url_patterns, inner)
        else:
            yield f"{namespace}{entry.name}", entry


@pytest.fixture
def world(interviewer):
    """One of everything, owned by the interviewer."""
    to = records.assessment(interviewer)
    attempt = records.graded_attempt(interviewer, to=to)
    open_attempt = records.attempt(records.invitation(to, "open@example.org"))
    records.submission(records.work(open_attempt))
    return {
        "attempt": attempt.pk,
        "open_attempt": open_attempt,
        "sitting": open_attempt.pk,
        "submission": records.work(attempt).submissions.get().pk,
        "assessment": to.pk,
        "invitation": attempt.invitation.pk,
        "version": ChallengeVersion.objects.get().pk,
        "draft": records.version("draft", published=False).pk,
        "position": 1,
        "number": 1,
        "wrong_invitation": uuid.uuid4(),
        "wrong_secret": "guess",
        "one": 1,
        "app": "assessments",
    }


def ask(client, name, route, world, **headers):
    address = reverse(name, args=[world[argument] for argument in route.arguments])
    return getattr(client, route.method)(address, headers=headers)


def is_login(response):
    return response.status_code == 302 and response["Location"].startswith(reverse("login"))


def token(person):
    return {"Authorization": f"Token {Token.objects.get_or_create(user=person)[0].key}"}


def browser_of(invitation):
    client = Client()
    client.post(records.door(invitation))
    return client


def another(invitation):
    return records.attempt(records.invitation(invitation.assessment, "other@example.org")).invitation


def of_kind(*kinds):
    return pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.kind in kinds])


def test_every_route_is_in_the_table():
    names = {name for name, _ in named_routes() if not name.startswith("admin:")}
    assert names == set(ROUTES)


@of_kind(AUTHOR)
def test_page_for_admins_opens_for_nobody_else(name, world, signed_in, interviewer, admin):
    route = ROUTES[name]
    assert ask(signed_in(admin), name, route, world).status_code == 200
    assert ask(signed_in(interviewer), name, route, world).status_code == 404
    for client in (Client(), browser_of(world["open_attempt"].invitation)):
        assert is_login(ask(client, name, route, world))


@of_kind(STAFF, OWNED)
def test_staff_page_sends_anonymous_people_to_the_login(name, world):
    assert is_login(ask(Client(), name, ROUTES[name], world))


@of_kind(STAFF, OWNED)
def test_staff_page_gives_a_candidate_nothing(name, world):
    client = browser_of(world["open_attempt"].invitation)
    assert is_login(ask(client, name, ROUTES[name], world))


@of_kind(OWNED)
def test_page_of_another_interviewer_does_not_exist(name, world, signed_in, stranger):
    assert ask(signed_in(stranger), name, ROUTES[name], world).status_code == 404


@of_kind(STAFF, OWNED)
def test_staff_page_opens_for_owner_and_admin(name, world, signed_in, interviewer, admin):
    arguments = {"path": "main.py"} if name == "review:file" else {}
    for person in (interviewer, admin):
        address = reverse(name, args=[world[argument] for argument in ROUTES[name].arguments])
        response = getattr(signed_in(person), ROUTES[name].method)(address, arguments)
        assert response.status_code in {200, 302}
        assert not is_login(response)


@of_kind(STAFF, OWNED)
def test_staff_page_gives_nothing_to_someone_who_left(name, world, signed_in, interviewer):
    client = signed_in(interviewer)
    interviewer.is_active = False
    interviewer.save()
    assert is_login(ask(client, name, ROUTES[name], world))


OUTSIDERS = ["anonymous", "interviewer", "admin", "revoked", "replaced link", "another candidate"]


@of_kind(SITTING)
@pytest.mark.parametrize("persona", OUTSIDERS)
def test_sitting_exists_for_its_candidate_only(name, persona, world, signed_in, interviewer, admin):
    invitation = world["open_attempt"].invitation
    client = {
        "anonymous": Client,
        "interviewer": lambda: signed_in(interviewer),
        "admin": lambda: signed_in(admin),
        "another candidate": lambda: browser_of(another(invitation)),
    }.get(persona, lambda: browser_of(invitation))()
    if persona == "revoked":
        invitations.revoke(invitation, by=interviewer, now=invitation.invited_at)
    if persona == "replaced link":
        type(invitation).objects.filter(pk=invitation.pk).update(nonce="another")
    response = ask(client, name, ROUTES[name], world)
    assert response.status_code == (410 if persona == "revoked" else 404)
    assert b"main.py" not in response.content


@of_kind(HOLDER)
def test_address_without_a_sitting_leads_its_holder_only(name, world, signed_in, interviewer):
    invitation = world["open_attempt"].invitation
    response = ask(browser_of(invitation), name, ROUTES[name], world)
    assert response.status_code == 302
    assert f"/{world['sitting']}/" in response["Location"]
    for client in (Client(), signed_in(interviewer)):
        assert ask(client, name, ROUTES[name], world).status_code == 404


@of_kind(SITTING)
def test_sitting_opens_for_its_candidate(name, world):
    response = ask(browser_of(world["open_attempt"].invitation), name, ROUTES[name], world)
    assert response.status_code < 500
    assert response.status_code not in {401, 403, 404}


@of_kind(API_SITTING)
def test_api_of_a_sitting_refuses_everybody_else(name, world, signed_in, interviewer):
    route = ROUTES[name]
    invitation = world["open_attempt"].invitation
    assert ask(Client(), name, route, world).status_code == 401
    assert ask(Client(), name, route, world, **token(interviewer)).status_code == 401
    assert ask(signed_in(interviewer), name, route, world).status_code == 401
    wrong = {"Authorization": f"Invitation {invitation.pk}.{invitations.secret(invitation)[:-1]}"}
    assert ask(Client(), name, route, world, **wrong).status_code == 401


@pytest.mark.parametrize("name", ["candidate:withdraw", "candidate:withdraw-run", "api:own-withdrawal"])
def test_nobody_else_withdraws_anything(name, world, signed_in, interviewer, stranger, admin):
    """Neither outsiders nor staff nor another candidate, with the same address, change the submission."""
    other = another(world["open_attempt"].invitation)
    clients = [Client(), *map(signed_in, (interviewer, stranger, admin)), browser_of(other)]
    for client in clients:
        assert ask(client, name, ROUTES[name], world).status_code in {401, 404, 409}
    header = {"Authorization": f"Invitation {other.pk}.{invitations.secret(other)}"}
    assert ask(Client(), name, ROUTES[name], world, **header).status_code in {401, 404}
    assert records.work(world["open_attempt"]).submissions.get().grading.status == "queued"
    assert not Event.objects.filter(kind=Event.Kind.WITHDRAWN).exists()


@of_kind(API_SITTING)
def test_api_shows_a_candidate_no_other_sitting(name, world):
    """The other one has a graded submission; this one, asking for the same address, sees only their own."""
    response = ask(browser_of(world["open_attempt"].invitation), name, ROUTES[name], world)
    assert response.status_code in {200, 404}
    assert b"graded" not in response.content


@of_kind(API_STAFF, API_OWNED)
def test_api_for_staff_refuses_anonymous_people_and_candidates(name, world):
    route, invitation = ROUTES[name], world["open_attempt"].invitation
    header = {"Authorization": f"Invitation {invitation.pk}.{invitations.secret(invitation)}"}
    assert ask(Client(), name, route, world).status_code == 401
    assert ask(Client(), name, route, world, **header).status_code == 401
    assert ask(browser_of(invitation), name, route, world).status_code == 401


@of_kind(API_OWNED)
def test_api_gives_another_interviewer_nothing(name, world, stranger):
    assert ask(Client(), name, ROUTES[name], world, **token(stranger)).status_code == 404


@of_kind(API_STAFF, API_OWNED)
def test_api_answers_owner_and_admin(name, world, interviewer, admin):
    for person in (interviewer, admin):
        assert ask(Client(), name, ROUTES[name], world, **token(person)).status_code == 200


@of_kind(PUBLIC)
def test_public_page_tells_nobody_anything(name, world):
    response = ask(Client(), name, ROUTES[name], world)
    assert response.status_code in {200, 302, 404, 503}
    assert b"@example.org" not in response.content


def admin_addresses(world):
    for name, pattern in named_routes():
        if not name.startswith("admin:") or name == "admin:logout":
            continue
        count = pattern.pattern.regex.groups
        arguments = [world[key] for key in ADMIN_ARGUMENTS.get(name, ("one",) * count)]
        if name.endswith(":None"):
            continue  # Redirects of old addresses, and the last one, which catches all.
        yield name, reverse(name, args=arguments)


def test_administration_gives_nothing_to_anyone_but_admins(world, signed_in, interviewer):
    clients = [signed_in(interviewer), browser_of(world["open_attempt"].invitation), Client()]
    addresses = list(admin_addresses(world))
    assert len(addresses) > 50
    for _, address in addresses:
        for client, method in [(client, method) for client in clients for method in ("get", "post")]:
            response = getattr(client, method)(address)
            is_refused = response.status_code in {403, 404, 405} or response.status_code == 302
            assert is_refused, f"{method} {address}: {response.status_code}"
            if response.status_code == 302:
                place = response["Location"]
                assert place.startswith((reverse("login"), reverse("admin:login"))), (
                    f"{address} leads to {place}"
                )


def test_admin_login_leads_to_the_one_login_page(signed_in, interviewer, admin):
    address = reverse("admin:index")
    assert is_login(Client().get(Client().get(address)["Location"]))
    assert signed_in(interviewer).get(address, follow=True).status_code == 404
    assert signed_in(admin).get(address).status_code == 200

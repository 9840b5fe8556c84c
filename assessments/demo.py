"""A demo that shows every page with something on it: two accounts, an assessment, an attempt handed in.

The attempt goes the way of a real one: through the domain functions into the queue, where the worker grades
it. Made once; found again by its addresses and titles afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.crypto import get_random_string

from assessments import attempts, composition, invitations, submissions
from assessments.models import Assessment, Attempt, ChallengeVersion, Invitation, User, Work
from grading import files
from grading.challenge import ChallengePack

TITLE = "Backend engineer: APIs, SQL and caching"
INTRODUCTION = """\
Three tasks as they come up in our work: an API, a slow query and a cache.

Take them in any order. You may look things up as you would at work.
"""
MINUTES = 150
WEIGHTS = {"orders-api": 2, "slow-report": 1, "product-cache": 1}
FLAWED_SLUG, FLAW = "product-cache", "lists-forgotten"
"""What the demo's candidate gets wrong, so that the report has something to tell."""
VALID_FOR = timedelta(days=30)
TIME_TAKEN = timedelta(minutes=94)
GUEST = invitations.Guest(email="grace@candidate.example", name="Grace Hopper")
FINISHED_GUEST = invitations.Guest(email="alan@candidate.example", name="Alan Turing")


class MissingChallengeError(Exception):
    """A challenge of the demo is not published."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """An account of the demo."""

    username: str
    role: str
    password: str


@dataclass(frozen=True, kw_only=True)
class Demo:
    assessment: Assessment
    fresh: Invitation
    attempt: Attempt


def login(username: str, role: User.Role) -> Login:
    """The account, with a random password that lasts as long as the installation keeps its data folder."""
    first, last = {"admin": ("Ada", "Lovelace")}.get(username, ("Ingrid", "Daubechies"))
    user, _ = User.objects.get_or_create(
        username=f"demo-{username}",
        defaults={"first_name": first, "last_name": last, "email": f"{username}@demo.example", "role": role},
    )
    password = _password(username)
    if not user.check_password(password):
        user.set_password(password)
        user.save()
    return Login(username=user.username, role=user.get_role_display(), password=password)


def _password(username: str) -> str:
    """Kept in a file that only we can read, so that a restart signs nobody out."""
    path = Path(settings.DATA_DIR) / f"demo-{username}-password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_string(14))
    return path.read_text()


def make(*, by: User, now: datetime) -> Demo:
    """The demo's assessment with its two invitations; what is there already stays. Grading goes on after
    it.
    """
    versions = _versions()
    assessment = _assessment(versions, by=by, now=now)
    fresh = _invitation(assessment, GUEST, by=by, now=now)
    taken = _invitation(assessment, FINISHED_GUEST, by=by, now=now - TIME_TAKEN)
    attempt = Attempt.objects.filter(invitation=taken).first() or _sit(taken, now=now)
    return Demo(assessment=assessment, fresh=fresh, attempt=attempt)


def _versions() -> list[ChallengeVersion]:
    published = ChallengeVersion.objects.published().filter(challenge__slug__in=WEIGHTS)
    by_slug = {version.challenge.slug: version for version in published.select_related("challenge")}
    missing = [slug for slug in WEIGHTS if slug not in by_slug]
    if missing:
        raise MissingChallengeError(f"Not published: {', '.join(missing)}. Run load_catalogue first.")
    return [by_slug[slug] for slug in WEIGHTS]


def _assessment(versions: list[ChallengeVersion], *, by: User, now: datetime) -> Assessment:
    """The demo's assessment with these versions; a new one after a challenge has got a new version."""
    wanted = [version.pk for version in versions]
    for known in Assessment.objects.filter(title=TITLE, created_by=by):
        if list(known.items.values_list("version_id", flat=True)) == wanted:
            return known
    parts = [
        composition.Part(version=version, weight=WEIGHTS[version.challenge.slug]) for version in versions
    ]
    return composition.compose(
        title=TITLE, introduction=INTRODUCTION, minutes=MINUTES, parts=parts, by=by, now=now
    )


def _invitation(assessment: Assessment, guest: invitations.Guest, *, by: User, now: datetime) -> Invitation:
    known = Invitation.objects.filter(assessment=assessment, email=guest.email, revoked_at__isnull=True)
    usable = known.filter(attempt__isnull=False) | known.filter(expires_at__gt=now)
    if found := usable.order_by("invited_at").first():
        return found
    terms = invitations.Terms(expires_at=now + VALID_FOR)
    return invitations.invite(assessment, [guest], terms, by=by, now=now)[0]


@transaction.atomic
def _sit(invitation: Invitation, *, now: datetime) -> Attempt:
    """Starts, tries, solves, hands in and finishes, as a candidate would within an hour and a half."""
    started = now - TIME_TAKEN
    attempt = attempts.start(invitation, now=started)
    works = list(submissions.works(attempt))
    for place, work in enumerate(works):
        _solve(work, begin=started + timedelta(minutes=4 + 30 * place))
    return attempts.finish(attempt, now=now)


def _solve(work: Work, *, begin: datetime) -> None:
    """A run of the starter, a hasty submission, a run of the solution, and the submission that counts."""
    pack = work.item.version.definition
    language = next(iter(pack.languages))
    submissions.run_visible(work, now=begin)
    solution = _answer(pack, language)
    work.refresh_from_db()
    saved = submissions.save(work, language, solution, work.revision, now=begin + timedelta(minutes=21))
    submissions.submit(saved, now=begin + timedelta(minutes=26))


def _answer(pack: ChallengePack, language: str) -> Mapping[str, str]:
    flaws = [flaw for flaw in pack.flawed if flaw.language == language]
    if pack.slug == FLAWED_SLUG and flaws:
        return files.flawed(pack, next((flaw for flaw in flaws if flaw.name == FLAW), flaws[0]))
    return files.reference(pack, language)

"""Challenges: stored as numbered, immutable versions; at most one version of each is published, and none that
has not been proved.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from assessments.models import Challenge, ChallengeVersion, User
from grading.challenge import ChallengePack
from grading.models import Pack
from grading.proofs import proving


class NotProvedError(Exception):
    """A version cannot be published whose pack has not been proved."""


@transaction.atomic
def store(pack: ChallengePack, *, by: User | None) -> ChallengeVersion:
    """The version that holds this pack: a new draft, or the one that already holds the same files."""
    stored = Pack.store(pack)
    slug_row, _ = Challenge.objects.get_or_create(slug=pack.slug)
    challenge = Challenge.objects.select_for_update().get(pk=slug_row.pk)  # Numbers are given one at a time.
    if known := ChallengeVersion.objects.filter(pack=stored).first():
        return known
    last = challenge.versions.aggregate(last=Max("number"))["last"] or 0
    return ChallengeVersion.objects.create(
        challenge=challenge, number=last + 1, pack=stored, title=pack.title, loaded_by=by
    )


@transaction.atomic
def load(pack: ChallengePack, *, by: User | None, now: datetime) -> ChallengeVersion:
    """As `store`, and the workers begin to prove a version that is not proved yet."""
    version = store(pack, by=by)
    if not proving.is_proved(version.pack_id):
        proving.request(version.pack, now=now)
    return version


@transaction.atomic
def publish(version: ChallengeVersion, *, now: datetime) -> None:
    """Lets assessments use this version; the version published before is retired. Does nothing twice.

    Raises NotProvedError unless the latest proof of exactly this pack has passed.
    """
    versions = ChallengeVersion.objects.select_for_update().filter(challenge_id=version.challenge_id)
    if versions.get(pk=version.pk).state != ChallengeVersion.State.PUBLISHED:
        if not proving.is_proved(version.pack_id):
            raise NotProvedError(version)
        versions.published().update(state=ChallengeVersion.State.RETIRED)
        versions.filter(pk=version.pk).update(state=ChallengeVersion.State.PUBLISHED, published_at=now)
    version.refresh_from_db()


def retire(version: ChallengeVersion) -> bool:
    """Keeps new assessments from using this version; those that do go on. False if it was not published."""
    published = ChallengeVersion.objects.published().filter(pk=version.pk)
    changed = published.update(state=ChallengeVersion.State.RETIRED)
    version.refresh_from_db()
    return bool(changed)

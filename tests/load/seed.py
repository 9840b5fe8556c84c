"""`python -m tests.load.seed NUMBER SLUG`: in the installation that the environment names, an assessment with
this challenge and so many invitations. Prints their links' paths, one a line.
"""

import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402 - Django comes first.

from assessments import composition, invitations  # noqa: E402
from assessments.models import ChallengeVersion, User  # noqa: E402

MINUTES = 120


def main(number: int, slug: str) -> None:
    now = timezone.now()
    version = ChallengeVersion.objects.published().filter(challenge__slug=slug).latest("pk")
    by, _ = User.objects.get_or_create(username="load", defaults={"role": User.Role.INTERVIEWER})
    parts = [composition.Part(version=version)]
    assessment = composition.compose(
        title="Load", introduction="", minutes=MINUTES, parts=parts, by=by, now=now
    )
    guests = [invitations.Guest(email=f"{i}@candidate.example", name=f"Candidate {i}") for i in range(number)]
    terms = invitations.Terms(expires_at=now + timedelta(days=1))
    for one in invitations.invite(assessment, guests, terms, by=by, now=now):
        sys.stdout.write(f"{invitations.path(one)}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

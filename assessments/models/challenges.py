"""Challenges and their versions. A version is a stored pack; once published it never changes."""

from functools import cached_property

from django.conf import settings
from django.db import models

from grading.challenge import ChallengePack
from grading.models import Pack


class Challenge(models.Model):
    """A task that exists in one or more versions."""

    slug = models.SlugField(max_length=80, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class ChallengeVersionQuerySet(models.QuerySet["ChallengeVersion"]):
    def published(self) -> "ChallengeVersionQuerySet":
        return self.filter(state=ChallengeVersion.State.PUBLISHED)


class ChallengeVersion(models.Model):
    """One immutable version of a challenge: a pack, and whether assessments may use it."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        RETIRED = "retired", "Retired"

    challenge = models.ForeignKey(Challenge, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    pack = models.OneToOneField(Pack, on_delete=models.PROTECT, related_name="version")
    title = models.CharField(max_length=200)
    """Copied from the pack, so that lists need not read packs."""
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    loaded_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = ChallengeVersionQuerySet.as_manager()

    class Meta:
        ordering = ["challenge__slug", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["challenge", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["challenge"], condition=models.Q(state="published"), name="one_published_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} (version {self.number})"

    @cached_property
    def definition(self) -> ChallengePack:
        """The pack as a value. Its digest alone is asked for: the row may hold megabytes."""
        return Pack(digest=self.pack_id).challenge()

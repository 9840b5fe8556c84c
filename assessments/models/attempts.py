"""A candidate's way through an assessment: invitation, attempt, work in progress, runs and submissions."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

from assessments.models.assessments import Assessment, AssessmentItem
from grading.models import Grading, Snapshot


class Invitation(models.Model):
    """An address and a link. The link's secret is derived (see `assessments.invitations`), never stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="invitations")
    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    nonce = models.CharField(max_length=64, editable=False)
    """Random; goes into the link's secret. A new nonce makes the old link worthless."""
    extra_time_percent = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(300)], help_text="Accommodation: more time, in per cent."
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    invited_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(help_text="The last moment at which the candidate may start.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-invited_at"]
        indexes = [models.Index(fields=["assessment", "-invited_at"])]

    def __str__(self) -> str:
        return f"{self.name or self.email}: {self.assessment}"


SAVING_GRACE = timedelta(seconds=10)
"""After the deadline, for what was typed before it and is still under way: only saves are taken then."""


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def running(self) -> "AttemptQuerySet":
        return self.filter(finished_at__isnull=True)

    def overdue(self, now: datetime) -> "AttemptQuerySet":
        """Those that ought to be ended: past their deadline and the grace after it."""
        return self.running().filter(deadline_at__lte=now - SAVING_GRACE)


class Attempt(models.Model):
    """One sitting. It starts when the candidate says so and ends at the deadline, or when they finish."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invitation = models.OneToOneField(Invitation, on_delete=models.PROTECT, related_name="attempt")
    started_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["-started_at"]),
            models.Index(
                fields=["deadline_at"], condition=models.Q(finished_at__isnull=True), name="running_attempts"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(deadline_at__gt=models.F("started_at")), name="deadline_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"Attempt of {self.invitation}"

    @property
    def assessment(self) -> Assessment:
        return self.invitation.assessment

    def is_open(self, now: datetime) -> bool:
        """Whether the candidate may still work."""
        return self.finished_at is None and now < self.deadline_at

    def takes_saves(self, now: datetime) -> bool:
        """Whether what was typed before the deadline may still arrive."""
        return self.finished_at is None and now < self.deadline_at + SAVING_GRACE


class WorkQuerySet(models.QuerySet["Work"]):
    def for_saving(self) -> "WorkQuerySet":
        """With what a save needs and no more: it comes many times a minute. The rest is read when it is asked
        for.
        """
        return self.select_related("attempt__invitation", "item__version").only(
            "language",
            "drafts",
            "revision",
            "saved_at",
            "saved_by",
            "saved_number",
            "saving_paid_until",
            "attempt__deadline_at",
            "attempt__finished_at",
            "attempt__invitation__nonce",
            "attempt__invitation__revoked_at",
            "item__position",
            "item__version__pack_id",
        )


class Work(models.Model):
    """What a candidate has in the editor for one challenge, in every language they tried. Saved as they type.

    `drafts` maps a language to {path: text}; only editable files. `revision` grows by one with each save, so
    that a second browser with an older state is told instead of overwriting; and when the sitting ends, so
    that a save which is under way is not stored any more. `saved_by` is the page that made it, and
    `saved_number` which of its saves this was (see `assessments.saves`).
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="works")
    item = models.ForeignKey(AssessmentItem, on_delete=models.PROTECT, related_name="works")
    language = models.CharField(max_length=40)
    drafts = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(null=True, blank=True)
    saved_by = models.CharField(max_length=40, blank=True)
    saved_number = models.PositiveIntegerField(default=0)
    saving_paid_until = models.DateTimeField(null=True, blank=True, editable=False)
    """How far the cost of saving reaches; see `assessments.saves.wait`."""

    objects = WorkQuerySet.as_manager()

    class Meta:
        ordering = ["item__position"]
        constraints = [models.UniqueConstraint(fields=["attempt", "item"], name="one_work_per_item")]

    def __str__(self) -> str:
        return f"{self.item} of {self.attempt}"


class VisibleRun(models.Model):
    """One run of the visible tests. It never scores."""

    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="runs")
    grading = models.OneToOneField(Grading, on_delete=models.PROTECT, related_name="visible_run")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Run of {self.work}"


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def not_withdrawn(self) -> "SubmissionQuerySet":
        return self.exclude(grading__status=Grading.Status.WITHDRAWN)

    def counting(self) -> "SubmissionQuerySet":
        """Of each work the one that counts, if there is one."""
        return self.filter(counts=True)


class Submission(models.Model):
    """What was handed in; its code is never changed. At most one of a work's submissions counts, and which is
    decided in `assessments.counting`. A regrade adds a grading.
    """

    class Reason(models.TextChoices):
        SUBMITTED = "submitted", "Submitted by the candidate"
        DEADLINE = "deadline", "Handed in at the deadline"
        FINISHED = "finished", "Handed in when the candidate finished"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    work = models.ForeignKey(Work, on_delete=models.CASCADE, related_name="submissions")
    number = models.PositiveIntegerField()
    language = models.CharField(max_length=40)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="submissions")
    grading = models.OneToOneField(Grading, on_delete=models.PROTECT, related_name="submission")
    """The grading that counts now; earlier ones of the same snapshot and pack stay in `grading`."""
    reason = models.CharField(max_length=20, choices=Reason.choices, default=Reason.SUBMITTED)
    counts = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["work", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["work", "number"], name="one_submission_per_number"),
            models.UniqueConstraint(
                fields=["work"], condition=models.Q(counts=True), name="one_submission_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"Submission {self.number} of {self.work}"

    @property
    def is_beside(self) -> bool:
        """Whether these are edits that were never submitted and do not count."""
        return not self.counts and self.reason != self.Reason.SUBMITTED


class LostTime(models.Model):
    """From the request to the answer of a grading that failed through a fault of ours, and how much of it was
    added to the deadline: what two gradings lost at the same time is given back once.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="lost_times")
    grading = models.OneToOneField(Grading, on_delete=models.PROTECT, related_name="lost_time")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    given_back = models.DurationField()

    class Meta:
        ordering = ["attempt", "ended_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__gte=models.F("began_at")), name="lost_time_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_back} given back to {self.attempt}"

"""An assessment: challenges in an order, with weights and a time."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from assessments.models.challenges import ChallengeVersion


class Assessment(models.Model):
    """What a candidate is invited to. It names versions, so a later version of a challenge changes nothing
    here.
    """

    title = models.CharField(max_length=200)
    introduction = models.TextField(
        blank=True, help_text="Markdown. Shown to the candidate before the start."
    )
    minutes = models.PositiveIntegerField(
        default=90,
        validators=[MinValueValidator(5), MaxValueValidator(7 * 24 * 60)],
        help_text="Time from the start to the deadline, for all challenges together.",
    )
    submissions_each = models.PositiveIntegerField(
        "submissions of each challenge",
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="The most that a candidate may make. Far more than anybody needs, and too few to find out "
        "the hidden tests by trying.",
    )
    challenges = models.ManyToManyField(
        ChallengeVersion, through="AssessmentItem", related_name="assessments"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minutes__gte=5), name="an_assessment_takes_five_minutes"
            ),
            models.CheckConstraint(
                condition=models.Q(submissions_each__gte=1), name="a_challenge_can_be_submitted"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AssessmentItem(models.Model):
    """One challenge of an assessment. `weight` is its share of the score, relative to the other items'."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="items")
    version = models.ForeignKey(ChallengeVersion, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    weight = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(100)])

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "position"], name="one_item_per_position"),
            models.UniqueConstraint(fields=["assessment", "version"], name="a_challenge_once_per_assessment"),
            models.CheckConstraint(condition=models.Q(weight__gte=1), name="an_item_has_weight"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.version.title}"

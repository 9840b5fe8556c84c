"""A proof as rows. `grading.proofs.proving` alone writes them."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q


class ProofQuerySet(models.QuerySet["Proof"]):
    def of(self, pack: str) -> Self:
        """Of the pack with this digest, the latest first."""
        return self.filter(pack_id=pack).order_by("-requested_at", "-pk")


class Proof(models.Model):
    """Whether one pack, by its digest, is fit to be published, as one state of the platform sees it."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        PASSED = "passed", "Passed"
        FAILED = "failed", "Failed"
        INTERRUPTED = "interrupted", "Interrupted"

    class Source(models.TextChoices):
        QUEUE = "queue", "Proved by the workers of this installation"
        SHIPPED = "shipped", "Ships with Touchstone, whose own tests prove it"

    pack = models.ForeignKey("grading.Pack", on_delete=models.CASCADE, related_name="proofs")
    platform = models.CharField(max_length=64, editable=False)
    """Digest of what judges and lies (`grading.proofs.platform`): a proof tells of this and nothing else."""
    source = models.CharField(max_length=10, choices=Source.choices, editable=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING, editable=False)
    trials = models.JSONField(default=list, editable=False)
    """Once it is over: each trial, as `admission.Trial.as_json` has it."""
    reason = models.TextField(blank=True, editable=False)
    """Why there is no verdict on the pack, or what is wrong with the whole of it."""
    requested_at: "models.DateTimeField[datetime, datetime]" = models.DateTimeField(editable=False)
    finished_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(
        null=True, editable=False
    )

    objects = ProofQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["pack", "platform"], name="proof_one_runs", condition=Q(state="running")
            ),
            models.CheckConstraint(
                name="proof_over_is_dated",
                condition=Q(state="running", finished_at__isnull=True)
                | ~Q(state="running") & Q(finished_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"proof of {self.pack_id[:12]}: {self.state}"

    @property
    def is_over(self) -> bool:
        return self.state != self.State.RUNNING


class ProofRun(models.Model):
    """One grading that a proof needs: `number`-th run of the check at this `place` of its plan."""

    proof = models.ForeignKey(Proof, on_delete=models.CASCADE, related_name="runs")
    grading = models.OneToOneField("grading.Grading", on_delete=models.CASCADE, related_name="proof_run")
    place = models.PositiveSmallIntegerField(editable=False)
    number = models.PositiveSmallIntegerField(editable=False)

    class Meta:
        ordering = ["proof", "place", "number"]
        constraints = [
            models.UniqueConstraint(fields=["proof", "place", "number"], name="proof_run_once"),
        ]

    def __str__(self) -> str:
        return f"check {self.place}, run {self.number}"

"""What grading keeps: packs and submitted files by their digest, and one row per grading with its results.

A `Grading` is the job and its protocol in one. Its status is written by `grading.queue` and
`grading.claims` alone; once finished it is never changed again, and a regrade is a new row.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from grading import packs
from grading.challenge import ChallengePack, Suite
from grading.proofs.rows import Proof, ProofRun
from grading.report import Outcome, Verdict

__all__ = ["Expectation", "Grading", "Pack", "Proof", "ProofRun", "Snapshot", "TestResult", "Worker"]

KEPT_FRESH = timedelta(days=1)
"""So long stored files stay that nothing refers to (`grading.snapshots`)."""


def _choices(values: type[Enum]) -> list[tuple[str, str]]:
    """A column's choices: the value and the same in words."""
    return [(value.value, value.value.replace("_", " ").capitalize()) for value in values]


class Pack(models.Model):
    """A challenge pack as its canonical tar. The digest names it; the bytes never change."""

    digest = models.CharField(max_length=64, primary_key=True, editable=False)
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    data = models.BinaryField()
    loaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug", "-loaded_at"]

    def __str__(self) -> str:
        return f"{self.title} ({self.digest[:12]})"

    @classmethod
    def store(cls, challenge: ChallengePack) -> Self:
        """The row of this pack; made if it is not there yet."""
        values = {
            "slug": challenge.slug,
            "title": challenge.title,
            "kind": challenge.kind.value,
            "data": packs.to_tar(challenge),
        }
        return cls.objects.get_or_create(digest=challenge.digest, defaults=values)[0]

    def challenge(self) -> ChallengePack:
        """The pack as values. Parsed once per process: a worker grades the same few packs over and over."""
        return _challenge(self.digest)


@lru_cache(maxsize=32)
def _challenge(digest: str) -> ChallengePack:
    return packs.from_stored(bytes(Pack.objects.only("data").get(digest=digest).data))


class Snapshot(models.Model):
    """Files as they were handed in, by the digest of their content. Equal files are one row."""

    digest = models.CharField(max_length=64, primary_key=True, editable=False)
    files = models.JSONField(editable=False)
    size_bytes = models.PositiveIntegerField(editable=False)
    stored_at = models.DateTimeField(auto_now_add=True)
    """Of the last time that they were stored, to within half of KEPT_FRESH."""

    def __str__(self) -> str:
        return f"{len(self.files)} files ({self.digest[:12]})"

    @classmethod
    def store(cls, files: Mapping[str, str]) -> Self:
        """The row of these files (path to text, as `files.clean` returns them); made if it is not there
        yet, and kept for a while though nothing refers to it.
        """
        canonical = json.dumps(dict(files), sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        size = sum(len(text.encode()) for text in files.values())
        values = {"files": dict(files), "size_bytes": size}
        while True:
            row, is_new = cls.objects.get_or_create(digest=digest, defaults=values)
            now = timezone.now()
            if is_new or row.stored_at > now - KEPT_FRESH / 2:
                return row
            if cls.objects.filter(pk=digest).update(stored_at=now):
                return row


class GradingQuerySet(models.QuerySet["Grading"]):
    def queued(self) -> Self:
        """In no order: the usual one would lead the database along an index of everything that is stored."""
        return self.filter(status=Grading.Status.QUEUED).order_by()

    def running(self) -> Self:
        """In no order, as `queued`."""
        return self.filter(status=Grading.Status.RUNNING).order_by()

    def finished(self) -> Self:
        return self.filter(status=Grading.Status.FINISHED)

    def seated(self) -> Self:
        """Those of which a pod may be alive, as far as they have an owner. In no order, as `queued`."""
        return self.filter(seat__gt="").order_by()

    def unfinished(self) -> Self:
        """Queued or running: something is still to come."""
        return self.filter(status__in=(Grading.Status.QUEUED, Grading.Status.RUNNING))

    def forgotten(self, before: datetime) -> Self:
        """Queued, and last announced to the workers so long ago that the message may have been lost."""
        return self.queued().filter(enqueued_at__lt=before).order_by("enqueued_at")

    def left_behind(self, before: datetime) -> Self:
        """Seated though they were over by then."""
        return self.seated().exclude(status=Grading.Status.RUNNING).filter(finished_at__lte=before)

    def by_turn(self) -> Self:
        """In the order in which the places of one lane come up."""
        return self.order_by("turn", "turn_at", "id")

    def before(self, turn: int, turn_at: datetime, pk: uuid.UUID) -> Self:
        """Whose places come up before this one."""
        earlier = Q(turn__lt=turn) | Q(turn_at__lt=turn_at) | Q(turn_at=turn_at, id__lt=pk)
        return self.filter(earlier, turn__lte=turn)

    def ahead_in_group(self, grading: "Grading") -> Self:
        """Those of its group that are taken before this one."""
        at, turn = grading.requested_at, grading.owner_turn
        earlier = Q(owner_turn__lt=turn) | Q(requested_at__lt=at) | Q(requested_at=at, id__lt=grading.pk)
        return self.filter(earlier, group=grading.group, owner_turn__lte=turn)


class Grading(models.Model):
    """One grading of one snapshot against one suite of one pack."""

    class Lane(models.TextChoices):
        RUN = "run", "Run of the visible tests"
        SUBMIT = "submit", "Submission"
        SLOW = "slow", "Long run or submission"
        REGRADE = "regrade", "Regrade"
        PROVE = "prove", "Proof of a challenge"

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="gradings")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="gradings")
    language = models.CharField(max_length=40)
    suite = models.CharField(max_length=10, choices=_choices(Suite))
    lane = models.CharField(max_length=10, choices=Lane.choices)
    group = models.CharField(max_length=64, blank=True, editable=False)
    """Whom the queue is fair to: gradings of one group wait for each other, not those of other groups."""
    owner = models.CharField(max_length=64, blank=True, editable=False)
    """Whose it is within the group (an attempt's): owners take turns, and of each one grading runs at a
    time."""
    seat = models.CharField(max_length=64, blank=True, editable=False)
    """Its owner, from the claim until its pod is gone, which is after the answer; nobody has two."""
    turn = models.BigIntegerField(default=0, editable=False)
    """The round of its lane in which the place of its group comes up; a group has one place in each round."""
    turn_at = models.DateTimeField(editable=False)
    """When the place was asked for: of one round the first comes first."""
    owner_turn = models.BigIntegerField(default=0, editable=False)
    """The round of its group in which it is given a place; an owner has one in each."""

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED, editable=False)
    token = models.UUIDField(null=True, editable=False)
    """Held by the worker that may answer; a new claim has a new token."""
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    """How many runs came to nothing; at MAX_TRIES (`grading.chances`) there is no other."""
    first_run = models.JSONField(default=dict, editable=False)
    """What is known of the run before the second one, see `grading.chances.FirstRun`."""
    worker = models.CharField(max_length=200, blank=True, editable=False)
    requested_at = models.DateTimeField(editable=False)
    enqueued_at = models.DateTimeField(editable=False)
    """When the workers were last told of it."""
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    verdict = models.CharField(max_length=20, choices=_choices(Verdict), blank=True, editable=False)
    message = models.TextField(blank=True, editable=False)
    score = models.FloatField(default=0, editable=False)
    max_score = models.FloatField(default=0, editable=False)
    skills = models.JSONField(default=dict, editable=False)
    """Skill to [score, max score]."""
    phases = models.JSONField(default=dict, editable=False)
    """Seconds since the request: 'queued', 'ready', 'run', 'removed'."""
    digests = models.JSONField(default=dict, editable=False)
    limits = models.JSONField(default=dict, editable=False)
    seed = models.BigIntegerField(null=True, editable=False)
    log = models.TextField(blank=True, editable=False)
    judge_log = models.TextField(blank=True, editable=False)
    """For staff only, as is a failure of ours with its traceback."""

    objects = GradingQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at"]
        indexes = [
            models.Index(
                fields=["lane", "turn", "turn_at", "id"],
                name="grading_queued",
                condition=Q(status="queued"),
            ),
            models.Index(
                fields=["lane", "group", "turn"], name="grading_group", condition=Q(status="queued")
            ),
            models.Index(
                fields=["lane", "group", "owner_turn", "requested_at", "id"],
                name="grading_own",
                condition=Q(status="queued"),
            ),
            models.Index(
                fields=["lane", "group", "owner", "owner_turn"],
                name="grading_owner",
                condition=Q(status="queued"),
            ),
            models.Index(
                fields=["lane", "requested_at"], name="grading_oldest", condition=Q(status="queued")
            ),
            models.Index(
                fields=["status", "enqueued_at"], name="grading_announced", condition=Q(status="queued")
            ),
            models.Index(fields=["worker"], name="grading_running", condition=Q(status="running")),
            models.Index(
                fields=["lane", "finished_at"], name="grading_recent", condition=Q(status="finished")
            ),
            models.Index(
                fields=["pack", "lane", "finished_at"],
                name="grading_recent_of_pack",
                condition=Q(status="finished"),
            ),
            # For the administration's list and its filters.
            models.Index(fields=["requested_at", "id"], name="grading_requested"),
            models.Index(fields=["status", "requested_at", "id"], name="grading_by_status"),
            models.Index(fields=["verdict", "requested_at", "id"], name="grading_by_verdict"),
        ]
        constraints = [
            models.CheckConstraint(
                name="grading_finished_has_verdict",
                condition=Q(status="finished", finished_at__isnull=False) & ~Q(verdict="")
                | Q(status="withdrawn", finished_at__isnull=False, verdict="")
                | Q(status__in=("queued", "running"), finished_at__isnull=True, verdict=""),
            ),
            models.CheckConstraint(
                name="grading_running_has_lease",
                condition=Q(status="running", token__isnull=False, lease_expires_at__isnull=False)
                | (~Q(status="running") & Q(token__isnull=True, lease_expires_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="grading_running_has_seat",
                condition=~Q(status="running") | Q(seat=F("owner")),
            ),
            models.CheckConstraint(
                name="grading_seat_is_the_owners",
                condition=Q(seat="") | Q(seat=F("owner")) & ~Q(status="queued"),
            ),
            models.UniqueConstraint(
                fields=["seat"], name="grading_one_runs_per_owner", condition=Q(seat__gt="")
            ),
            models.CheckConstraint(
                name="grading_score_in_range", condition=Q(score__gte=0, score__lte=F("max_score"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lane} of {self.pack_id[:12]}, {self.verdict or self.status}"

    @property
    def is_finished(self) -> bool:
        """There is a verdict."""
        return self.status == self.Status.FINISHED

    @property
    def is_over(self) -> bool:
        """Nothing more will come of it: finished, or withdrawn."""
        return self.status in (self.Status.FINISHED, self.Status.WITHDRAWN)

    @property
    def percent(self) -> float:
        """The score from 0 to 100; 0 as long as nothing was graded."""
        return 100 * self.score / self.max_score if self.max_score else 0.0


class TestResult(models.Model):
    """One test of a grading. Stored as it comes; replaced as a whole when the grading is finished."""

    __test__ = False  # Not a pytest class, in spite of its name.

    grading = models.ForeignKey(Grading, on_delete=models.CASCADE, related_name="results")
    test_id = models.CharField(max_length=300)
    position = models.PositiveIntegerField()
    """Place in the suite, from 0."""
    title = models.CharField(max_length=200)
    skill = models.CharField(max_length=60)
    outcome = models.CharField(max_length=10, choices=_choices(Outcome))
    points = models.FloatField()
    max_points = models.FloatField()
    seconds = models.FloatField(default=0)
    message = models.TextField(blank=True)
    """For the candidate."""
    detail = models.TextField(blank=True)
    """For staff: the traceback."""

    class Meta:
        ordering = ["grading", "position"]
        constraints = [
            models.UniqueConstraint(fields=["grading", "test_id"], name="result_once_per_test"),
            models.CheckConstraint(
                name="result_points_in_range", condition=Q(points__gte=0, points__lte=F("max_points"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test_id}: {self.outcome}"


class Expectation(models.Model):
    """What is likely to be asked for soon: workers keep something warm for it until then."""

    pack = models.ForeignKey(Pack, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=40)
    suite = models.CharField(max_length=10, choices=_choices(Suite))
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pack", "language", "suite"], name="expectation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.suite} tests of {self.pack_id[:12]} in {self.language}"


class Worker(models.Model):
    """A worker process, as it says of itself. Rows of processes that are no more fade from the report."""

    class State(models.TextChoices):
        WORKING = "working", "Working"
        DRAINING = "draining", "Out of service"

    name = models.CharField(max_length=200, primary_key=True, editable=False)
    """'<host>:<process id>', as in `Grading.worker` and in the labels of containers."""
    slots = models.PositiveSmallIntegerField(editable=False)
    """Gradings at once."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WORKING, editable=False)
    reason = models.TextField(blank=True, editable=False)
    """Why it is out of service; for staff."""
    started_at = models.DateTimeField(editable=False)
    seen_at = models.DateTimeField(editable=False)
    """Its last sign of life."""
    ticked_at = models.DateTimeField(null=True, editable=False)
    """When it last did a task that Celery's beat had sent."""

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

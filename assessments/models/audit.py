"""What happened, in order: facts for an interviewer, never a judgement. Rows are only ever added."""

from django.conf import settings
from django.db import models

from assessments.models.attempts import Invitation


class Event(models.Model):
    """One fact about one invitation and the attempt that came of it."""

    class Kind(models.TextChoices):
        INVITED = "invited", "Invited"
        SENT = "sent", "Invitation sent"
        REVOKED = "revoked", "Invitation revoked"
        RESTORED = "restored", "Invitation restored"
        OPENED = "opened", "Opened in a browser"
        STARTED = "started", "Started"
        RUN = "run", "Ran the visible tests"
        SUBMITTED = "submitted", "Submitted"
        HANDED_IN = "handed_in", "Handed in at the end"
        WITHDRAWN = "withdrawn", "Withdrew"
        FINISHED = "finished", "Finished"
        GIVEN_BACK = "given_back", "Given time back"
        DEADLINE = "deadline", "Reached the deadline"

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    detail = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    """Null: the candidate, or Touchstone itself."""
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["invitation", "at"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.at:%Y-%m-%d %H:%M}"

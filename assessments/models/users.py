"""People with an account: interviewers and admins. Candidates have none; their invitation is their key."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from rest_framework.authtoken.models import Token


class User(AbstractUser):
    """Someone who signs in. What a role may see or change is written in `assessments.access` only."""

    class Role(models.TextChoices):
        INTERVIEWER = "interviewer", "Interviewer"
        ADMIN = "admin", "Admin"

    role = models.CharField(max_length=20, choices=Role.choices, default=Role.INTERVIEWER)

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new password, whoever set it, ends the token for the API, as it ends every session."""
        is_new_password = self._password is not None  # type: ignore[attr-defined]  # Django's own mark.
        with transaction.atomic():
            super().save(*args, **kwargs)
            if is_new_password:
                Token.objects.filter(user=self).delete()


class Guesses(models.Model):
    """How many guesses at passwords came from one client since a moment: `assessments.accounts.brake`."""

    key = models.CharField(max_length=64, unique=True)
    """A keyed hash of the client's address and perhaps a name: neither is stored."""
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "guesses"

    def __str__(self) -> str:
        return f"{self.count} since {self.since:%Y-%m-%d %H:%M}"

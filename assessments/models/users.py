"""People with an account: interviewers and admins. Candidates have none; their invitation is their key."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """Someone who signs in. What a role may see or change is written in `assessments.access` only."""

    class Role(models.TextChoices):
        INTERVIEWER = "interviewer", "Interviewer"
        ADMIN = "admin", "Admin"

    role = models.CharField(max_length=20, choices=Role.choices, default=Role.INTERVIEWER)

    def __str__(self) -> str:
        return self.get_full_name() or self.username

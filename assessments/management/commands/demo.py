"""Makes the demo and prints where it is. The worker grades the attempt that it hands in."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from assessments import catalogue, demo, invitations
from assessments.models import User


class Command(BaseCommand):
    help = (
        "Makes two demo accounts, an assessment, an open invitation and an attempt that is handed in; prints "
        "addresses and passwords. Safe to repeat."
    )

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        now = timezone.now()
        for loaded in catalogue.load(now=now):
            if loaded.error:
                self.stderr.write(f"{loaded.slug}: not loaded\n{loaded.error}")
            elif not loaded.is_vouched_for:
                self.stderr.write(f"{loaded.slug}: {catalogue.UNPROVED}")
        logins = [demo.login("admin", User.Role.ADMIN), demo.login("interviewer", User.Role.INTERVIEWER)]
        try:
            made = demo.make(by=User.objects.get(username="demo-interviewer"), now=now)
        except demo.MissingChallengeError as error:
            raise CommandError(str(error)) from error
        self._print(made, logins)

    def _print(self, made: demo.Demo, logins: list[demo.Login]) -> None:
        self.stdout.write("\nThe demo is ready.\n")
        for login in logins:
            self.stdout.write(f"  {login.role + ':':<13} {login.username}  password: {login.password}")
        self.stdout.write(f"  {'Sign in:':<13} {settings.BASE_URL}{reverse('login')}")
        self.stdout.write(f"  {'Take it:':<13} {invitations.link(made.fresh)}")
        review = reverse("review:attempt", args=[made.attempt.pk])
        self.stdout.write(f"  {'Review it:':<13} {settings.BASE_URL}{review}")

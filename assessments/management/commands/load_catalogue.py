"""Loads and publishes the challenges that ship with Touchstone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assessments import catalogue


class Command(BaseCommand):
    help = "Loads and publishes the challenges that ship with Touchstone. Safe to repeat."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        failed = []
        for loaded in catalogue.load(now=timezone.now()):
            if loaded.error:
                failed.append(loaded.slug)
                self.stderr.write(f"{loaded.slug}: not loaded\n{loaded.error}")
            else:
                state = "published" if loaded.is_new else "unchanged"
                state = state if loaded.is_vouched_for else catalogue.UNPROVED
                self.stdout.write(f"{loaded.version} ({loaded.slug}): {state}")
        if failed:
            raise CommandError(f"These challenges have faults: {', '.join(failed)}.")

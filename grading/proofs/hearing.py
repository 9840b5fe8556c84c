"""Settles a proof when the last of its gradings is over. A signal that is lost is made good by who looks."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from grading.models import Grading
from grading.proofs import proving
from grading.signals import grading_finished


@receiver(grading_finished)
def on_grading_finished(grading: Grading, **_: Any) -> None:
    proving.settle_of(grading, now=timezone.now())

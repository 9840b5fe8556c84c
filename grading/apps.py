import importlib

from django.apps import AppConfig


class GradingConfig(AppConfig):
    name = "grading"
    verbose_name = "Grading"

    def ready(self) -> None:
        """Proofs hear of their gradings as everybody else does."""
        importlib.import_module("grading.proofs.hearing")

"""`manage.py grade PACK FOLDER`: grades a folder from the terminal. Needs an engine, but no database."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from grading import files, terminal, worker
from grading.challenge import ChallengePack, Suite
from grading.errors import PlatformError, RejectedUpload
from grading.files import Submitted
from grading.grade import grade
from grading.report import Report, Result, Verdict
from grading.terminal import BAD_INPUT, PLATFORM_FAILURE
from sandbox.errors import SandboxError

LOG_CHARACTERS = 4000


class Command(BaseCommand):
    help = "Grade a folder. Exit status: 0 full score, 1 less, 2 bad input, 3 a failure of the platform."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pack", help="a pack's folder, a tar or zip of it, or a name of the catalogue")
        parser.add_argument("folder", type=Path, help="the folder with the submission's files")
        parser.add_argument("--language", help="needed if the files do not tell")
        parser.add_argument("--suite", choices=[suite.value for suite in Suite], default=Suite.HIDDEN.value)
        parser.add_argument("--json", action="store_true", help="print the report as JSON instead of a table")

    def handle(self, *_: Any, pack: str, folder: Path, json: bool, **options: Any) -> None:
        challenge = terminal.load_pack(pack)
        try:
            language, submitted = _submission(challenge, pack, folder, options["language"])
            workshop = worker.workshop()
            report = grade(
                challenge,
                submitted,
                language=language,
                suite=Suite(options["suite"]),
                pods=workshop.pods,
                images=workshop.images,
                on_phase=self._show_phase,
                on_result=self._show_result,
            )
        except RejectedUpload as error:
            raise CommandError(error.message, returncode=BAD_INPUT) from error
        except (PlatformError, SandboxError) as error:
            raise terminal.failure(error) from error
        self._show(report, as_json=json)
        if status := _status(report):
            sys.exit(status)

    def _show_phase(self, phase: str) -> None:
        self.stderr.write(f"{phase} ...", self.style.NOTICE)
        self.stderr.flush()

    def _show_result(self, result: Result) -> None:
        self.stderr.write(f"{result.outcome.value:8} {result.title} ({result.seconds:.2f} s)", _plain)
        self.stderr.flush()

    def _show(self, report: Report, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(terminal.as_json(report), indent=2, ensure_ascii=False))
        else:
            self.stdout.write(terminal.as_table(report))
        if report.verdict is not Verdict.GRADED and report.log:
            self.stderr.write(f"What the program wrote:\n{report.log[-LOG_CHARACTERS:]}", _plain)


def _submission(
    challenge: ChallengePack, pack: str, folder: Path, language: str | None
) -> tuple[str, Submitted]:
    """Language and files. A solution inside the pack's own folder is completed by its starter."""
    if own := files.of_the_pack(challenge, folder, terminal.find_pack(pack)):
        return own
    submitted = files.from_folder(folder)
    return terminal.choose_language(challenge, language, submitted), submitted


def _plain(text: str) -> str:
    return text


def _status(report: Report) -> int:
    if report.verdict is Verdict.REJECTED_UPLOAD:
        return BAD_INPUT
    if report.verdict is Verdict.PLATFORM_ERROR:
        return PLATFORM_FAILURE
    return 0 if report.max_score and report.score >= report.max_score else 1

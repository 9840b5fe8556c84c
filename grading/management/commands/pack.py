"""`manage.py pack check PACK` and `manage.py pack prove PACK`: for authors. No database is needed."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from grading import admission, packs, terminal, worker
from grading.challenge import ChallengePack, Suite
from grading.errors import PackError, PlatformError
from grading.grade import grade
from grading.report import Report
from grading.terminal import BAD_INPUT, PLATFORM_FAILURE
from sandbox.errors import SandboxError


class Command(BaseCommand):
    help = (
        "Check a pack's files, or prove it by grading its solutions. Exit status 0 if all is well, 1 if not."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        check = actions.add_parser("check", help="read the pack and explain each fault with file and line")
        prove = actions.add_parser(
            "prove", help="grade references, flawed solutions, starter and nothing at all"
        )
        prove.add_argument("--repeat", type=int, default=1, metavar="N", help="grade each reference N times")
        prove.add_argument("--at-once", type=int, default=1, metavar="N", help="gradings at once")
        prove.add_argument("--only", metavar="NAME", help="grade this flawed solution and nothing else")
        for action in (check, prove):
            action.add_argument(
                "pack", help="a pack's folder, a tar or zip of it, or a name of the catalogue"
            )

    def handle(self, *_: Any, action: str, pack: str, **options: Any) -> None:
        if action == "check":
            self._check(terminal.find_pack(pack))
        else:
            self._prove(
                terminal.load_pack(pack),
                repeats=max(1, options["repeat"]),
                only=options["only"],
                at_once=max(1, options["at_once"]),
            )

    def _check(self, path: Path) -> None:
        try:
            pack = packs.from_path(path)
        except PackError as error:
            for fault in error.faults:
                self.stdout.write(f"{path}/{fault}" if path.is_dir() else str(fault))
            self.stderr.write(f"{len(error.faults)} faults in {path}")
            sys.exit(1)
        counts = ", ".join(f"{len(pack.tests(suite))} {suite.value}" for suite in Suite)
        self.stdout.write(
            f"{path}: no fault. {pack.title}: {counts} tests, {len(pack.flawed)} flawed solutions."
        )

    def _prove(self, pack: ChallengePack, *, repeats: int, only: str | None, at_once: int) -> None:
        names = [flaw.name for flaw in pack.flawed]
        if only is not None and only not in names:
            raise CommandError(
                f"{pack.slug} has no flawed solution {only!r}; it has: {', '.join(names)}.",
                returncode=BAD_INPUT,
            )
        failed = 0
        try:
            trials = admission.prove(pack, _grader(pack), repeats=repeats, only=only, at_once=at_once)
            for trial in trials:
                failed += not trial.is_passed
                self.stdout.write(
                    f"{'ok  ' if trial.is_passed else 'FAIL'} {trial.percent:5.1f} %  {trial.name}"
                )
                for fault in trial.faults:
                    self.stdout.write(f"               {fault}")
                self.stdout.flush()
        except (PlatformError, SandboxError) as error:
            raise CommandError(f"The platform failed: {error}", returncode=PLATFORM_FAILURE) from error
        if failed:
            sys.exit(1)


def _grader(pack: ChallengePack) -> admission.Grade:
    workshop = worker.workshop()

    def grade_files(files: Mapping[str, str], language: str, suite: Suite) -> Report:
        return grade(pack, files, language=language, suite=suite, pods=workshop.pods, images=workshop.images)

    return grade_files

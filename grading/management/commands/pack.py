"""`manage.py pack check PACK` and `manage.py pack prove PACK`: for authors. No database is needed."""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from grading import admission, packs, terminal, worker
from grading.challenge import ChallengePack, Suite
from grading.errors import PackError, PlatformError
from grading.grade import grade
from grading.report import Report
from grading.terminal import BAD_INPUT
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
            "prove", help="grade references, flawed solutions, liars, starter and nothing at all"
        )
        prove.add_argument("--repeat", type=int, default=1, metavar="N", help="grade each reference N times")
        prove.add_argument("--at-once", type=int, default=1, metavar="N", help="gradings at once")
        prove.add_argument("--only", metavar="NAME", help="grade this flawed solution and nothing else")
        prove.add_argument("--json", action="store_true", help="print the outcome as JSON")
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
                as_json=options["json"],
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

    def _prove(
        self, pack: ChallengePack, *, repeats: int, only: str | None, at_once: int, as_json: bool
    ) -> None:
        names = [flaw.name for flaw in pack.flawed]
        if only is not None and only not in names:
            raise CommandError(
                f"{pack.slug} has no flawed solution {only!r}; it has: {', '.join(names)}.",
                returncode=BAD_INPUT,
            )
        began, trials = time.monotonic(), []
        try:
            for trial in admission.prove(pack, _grader(pack), repeats=repeats, only=only, at_once=at_once):
                trials.append(trial)
                if not as_json:
                    self.stdout.write(terminal.trial_as_text(trial))
                    self.stdout.flush()
        except (PlatformError, SandboxError) as error:
            raise terminal.failure(error) from error
        fit, seconds = all(trial.is_passed for trial in trials), time.monotonic() - began
        if as_json:
            told = {
                "fit": fit,
                "unplayed": [trial.name for trial in trials if not trial.is_played],
                "seconds": round(seconds, 1),
                "trials": [trial.as_json() for trial in trials],
            }
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            self.stdout.write(_summary(pack, trials, seconds))
        if not fit:
            sys.exit(1)


def _summary(pack: ChallengePack, trials: Sequence[admission.Trial], seconds: float) -> str:
    failed = sum(not trial.is_passed for trial in trials)
    verdict = f"is not fit: {failed} of {len(trials)} trials failed" if failed else "keeps what it promises"
    lied_to = any(trial.is_of_a_liar and trial.faults for trial in trials)
    advice = f" {admission.ADVICE}" if lied_to else ""
    unplayed = sum(not trial.is_played for trial in trials)
    weaker = f" {unplayed} of them tell nothing (???): the liar did not start." if unplayed else ""
    return f"{pack.slug} {verdict}. {len(trials)} trials took {seconds:.0f} s.{weaker}{advice}"


def _grader(pack: ChallengePack) -> admission.Grade:
    workshop = worker.workshop()

    def grade_files(files: Mapping[str, str], language: str, suite: Suite) -> Report:
        return grade(pack, files, language=language, suite=suite, pods=workshop.pods, images=workshop.images)

    return grade_files

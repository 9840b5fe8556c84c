"""`manage.py sandbox images`, `doctor` and `reap`: for operators. No database is needed."""

import json
import math
import shutil
import sys
import textwrap
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from typing import Any

from django.core.management import BaseCommand, CommandError

from grading import packs, terminal, worker
from grading.errors import PackError
from grading.images import recipe, service_recipe
from grading.terminal import PLATFORM_FAILURE
from sandbox import base, reaper, selfcheck
from sandbox.errors import EngineUnavailableError, SandboxError
from sandbox.findings import Finding, Level
from sandbox.images import SHIPPED, Recipe

BUILDS_AT_ONCE = 4
"""Most of a build is downloading and unpacking: two cores are busy with four."""

TERMINAL_COLUMNS = 110
TEXT_COLUMN = 25
"""Where sentences begin: behind the level and what was looked at."""


class Command(BaseCommand):
    help = "Build the images of gradings, check the engine, or remove what dead workers left on it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("images", help="find or build every image that ships, and the catalogue's data")
        actions.add_parser("base", help="find, fetch or make the Debian image below all others")
        doctor = actions.add_parser("doctor", help="try out whether pods are safe on this engine")
        doctor.add_argument("--json", action="store_true", help="write every finding as JSON")
        doctor.add_argument(
            "--every", action="store_true", help="list published holes that are no danger too"
        )
        reap = actions.add_parser("reap", help="remove pods whose worker is gone or whose time is over")
        reap.add_argument("--all", action="store_true", help="remove every pod; no worker may be running")
        reap.add_argument(
            "--worker", metavar="HOST:PID", help="remove every pod of this worker, which has ended"
        )

    def handle(self, *_: Any, action: str, **options: Any) -> None:
        try:
            if action == "images":
                self._images()
            elif action == "base":
                self.stdout.write(base.debian(worker.workshop().engine))
            elif action == "doctor":
                self._doctor(as_json=options["json"], every=options["every"])
            else:
                self._reap(everything=options["all"], owner=options["worker"])
        except SandboxError as error:
            raise CommandError(str(error), returncode=PLATFORM_FAILURE) from error

    def _images(self) -> None:
        images = worker.workshop().images
        began = time.monotonic()
        with ThreadPoolExecutor(BUILDS_AT_ONCE) as threads:
            builds = {threads.submit(images.find_or_build, recipe): recipe for recipe in _recipes()}
            for number, build in enumerate(as_completed(builds), start=1):
                image = build.result().removeprefix("sha256:")[:12]
                seconds = time.monotonic() - began
                self.stdout.write(f"[{number}/{len(builds)}] {builds[build].tag} {image} ({seconds:.1f} s)")
                self.stdout.flush()

    def _doctor(self, *, as_json: bool, every: bool) -> None:
        """Exit status 0: gradings may run here; 1: a worker would take no work."""
        try:
            workshop = worker.workshop()
            found = selfcheck.examine(workshop.engine, workshop.images)
        except EngineUnavailableError as error:
            remedy = "Start it (bin/engine start), or set DOCKER_HOST."
            found = [Finding(subject="engine", level=Level.REFUSED, sentence=str(error), remedy=remedy)]
        fit = all(finding.level is not Level.REFUSED for finding in found)
        if as_json:
            checks = [{**asdict(finding), "level": finding.level.value} for finding in found]
            self.stdout.write(json.dumps({"fit": fit, "checks": checks}, indent=2))
        else:
            self._tell(found if every else _shortened(found), fit=fit)
        if not fit:
            sys.exit(1)

    def _tell(self, found: Sequence[Finding], *, fit: bool) -> None:
        paint = {
            Level.OK: self.style.SUCCESS,
            Level.WARNING: self.style.WARNING,
            Level.REFUSED: self.style.ERROR,
        }
        width = min(shutil.get_terminal_size().columns, TERMINAL_COLUMNS) - TEXT_COLUMN
        for finding in found:
            lines = [
                line for text in (finding.sentence, finding.remedy) for line in textwrap.wrap(text, width)
            ]
            self.stdout.write(
                f"{paint[finding.level](f'{finding.level.value:<8}')} {finding.subject:<15} {lines[0]}"
            )
            for line in lines[1:]:
                self.stdout.write(f"{'':<{TEXT_COLUMN}}{line}")
        warnings = sum(finding.level is Level.WARNING for finding in found)
        words = f"{warnings or 'no'} warning{'' if warnings == 1 else 's'}"
        verdict = (
            f"This engine is fit for gradings; {words}." if fit else "Workers take no work on this engine."
        )
        self.stdout.write((self.style.SUCCESS if fit else self.style.ERROR)(verdict))

    def _reap(self, *, everything: bool, owner: str | None) -> None:
        engine = worker.workshop().engine
        removed = reaper.reap(engine, math.inf if everything else time.time())
        if owner:
            removed += reaper.remove_owned(engine, owner)
        self.stdout.write(f"Removed the leftovers of {len(removed)} pods.")


def _shortened(found: Sequence[Finding]) -> list[Finding]:
    """One line for all the published holes that are fixed here or do not concern a pod."""
    harmless = [
        finding for finding in found if finding.level is Level.OK and finding.subject.startswith("CVE")
    ]
    sentence = f"{len(harmless)} published holes are fixed or do not concern a pod (--every lists them)."
    rest = [finding for finding in found if finding not in harmless]
    return [Finding(subject="advisories", level=Level.OK, sentence=sentence), *rest] if harmless else rest


def _recipes() -> Iterator[Recipe]:
    for name in SHIPPED:
        yield recipe(name)
    for folder in sorted(terminal.catalogue().iterdir()):
        try:
            pack = packs.load(folder)
        except PackError:
            continue  # `pack check` and the loading of the catalogue tell of it.
        yield from (service_recipe(pack, use) for use in pack.services.values() if use.name == "postgres")

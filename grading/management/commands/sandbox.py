"""`manage.py sandbox images`, `check` and `reap`: for operators. No database is needed."""

import math
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from django.core.management import BaseCommand, CommandError

from grading import packs, terminal, worker
from grading.errors import PackError
from grading.images import judge_recipe, service_recipe
from grading.terminal import PLATFORM_FAILURE
from sandbox import base, reaper, selfcheck
from sandbox.errors import SandboxError
from sandbox.images import SHIPPED, Recipe, shipped

BUILDS_AT_ONCE = 4
"""Most of a build is downloading and unpacking: two cores are busy with four."""


class Command(BaseCommand):
    help = "Build the images of gradings, check the engine, or remove what dead workers left on it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("images", help="find or build every image that ships, and the catalogue's data")
        actions.add_parser("base", help="find, fetch or make the Debian image below all others")
        actions.add_parser("check", help="say what the engine lacks, if anything")
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
            elif action == "check":
                self._check()
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

    def _check(self) -> None:
        faults = selfcheck.check(worker.workshop().engine)
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            sys.exit(1)
        self.stdout.write("The engine is fit for gradings.")

    def _reap(self, *, everything: bool, owner: str | None) -> None:
        engine = worker.workshop().engine
        removed = reaper.reap(engine, math.inf if everything else time.time())
        if owner:
            removed += reaper.remove_owned(engine, owner)
        self.stdout.write(f"Removed the leftovers of {len(removed)} pods.")


def _recipes() -> Iterator[Recipe]:
    for name in SHIPPED:
        yield judge_recipe() if name == "judge" else shipped(name)
    for folder in sorted(terminal.catalogue().iterdir()):
        try:
            pack = packs.load(folder)
        except PackError:
            continue  # `pack check` and the loading of the catalogue tell of it.
        yield from (service_recipe(pack, use) for use in pack.services.values() if use.name == "postgres")

"""`manage.py serve`: one command that has a whole embedded Touchstone ready to use, until Ctrl-C."""

import signal
import socket
import sys
import time
from argparse import ArgumentParser
from contextlib import closing
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from assessments.management.processes import Processes
from grading.models import Grading
from sandbox.pod import default_owner

WORKER = "worker"
YIELDING = ("nice", "-n", "10")
"""Before the worker's command: people who type come before gradings on one machine."""
DEMO_SECONDS = 240.0
"""How long the demo's gradings may take before the command says so and goes on."""


class _StopError(Exception):
    """Ctrl-C, or a request to end."""


class Command(BaseCommand):
    """Migrates, loads the catalogue, builds images, starts web and worker, and watches both."""

    help = "Start everything: web server and grading worker, with an embedded database and broker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument(
            "--demo", action="store_true", help="make a demo, with logins that everybody knows"
        )

    def handle(self, *_: Any, address: str, port: int, demo: bool, **__: Any) -> None:
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, _stop)
        try:
            self._serve(address, port, demo)
        except _StopError:
            self.stdout.write("Stopped.")

    def _serve(self, address: str, port: int, demo: bool) -> None:
        _require_free(address, port)
        self._step("Preparing the database", "migrate", verbosity=0)
        self._step("Collecting static files", "collectstatic", verbosity=0, interactive=False)
        self._step("Building the sandbox images", "sandbox", "images")
        self._step("Loading the catalogue", "load_catalogue")
        with Processes(settings.DATA_DIR) as processes:
            try:
                self._start(processes, address, port)
                addresses = self._make_demo(processes) if demo else ""
                self.stdout.write(f"{addresses}\nTouchstone answers at {settings.BASE_URL}\n")
                self.stdout.write(
                    f"Logs: {settings.DATA_DIR}/web.log (e-mails too) and worker.log. Ctrl-C stops it.\n"
                )
                while True:
                    _watch(processes)
                    time.sleep(0.5)
            finally:
                self.stdout.write("Stopping web server and worker ...")
                self.stdout.flush()
                workers = [child.process.pid for child in processes.stop() if child.name == WORKER]
                for pid in workers:
                    call_command("sandbox", "reap", worker=default_owner(pid), stdout=self.stdout)

    def _step(self, title: str, command: str, *arguments: str, **options: Any) -> None:
        self.stdout.write(f"{title} ...")
        self.stdout.flush()
        call_command(command, *arguments, stdout=self.stdout, **options)

    def _start(self, processes: Processes, address: str, port: int) -> None:
        processes.start("web", web_command(), {"TOUCHSTONE_WEB_BIND": f"{address}:{port}"})
        processes.start(WORKER, [*YIELDING, sys.executable, "-m", *worker_command()])
        while not _answers(address, port):
            _watch(processes)
            time.sleep(0.1)

    def _make_demo(self, processes: Processes) -> str:
        """Returns what the demo's command says of it, to be shown last, where it is looked for."""
        said = StringIO()
        call_command("demo", stdout=said)
        waited_until = time.monotonic() + DEMO_SECONDS
        told = -1
        while (left := Grading.objects.unfinished().count()) and time.monotonic() < waited_until:
            if left != told:
                self.stdout.write(f"The worker is grading the demo's submissions: {left} left")
                self.stdout.flush()
                told = left
            _watch(processes)
            time.sleep(0.3)
        if left:
            self.stdout.write("The demo's submissions are still being graded; their pages will show it.")
        return said.getvalue()


def web_command() -> list[str]:
    """The whole command; TOUCHSTONE_WEB_BIND says where it listens."""
    return [sys.executable, "-m", "gunicorn", "--config", "python:config.web_server"]


def worker_command() -> list[str]:
    """The arguments of the worker's process, after `python -m`."""
    command = ["celery", "-A", "config", "worker", "--pool", "threads", "--loglevel", "INFO"]
    return [*command, "--beat", "--schedule", str(settings.DATA_DIR / "beat-schedule")]


def _stop(*_: object) -> None:
    # A second Ctrl-C must not interrupt the clean-up of the first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _StopError


def _require_free(address: str, port: int) -> None:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {address}:{port}: {error.strerror}. Choose another with --port."
            ) from error


def _answers(address: str, port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def _watch(processes: Processes) -> None:
    dead = processes.dead()
    if dead is not None:
        raise CommandError(
            f"The {dead.name} process ended by itself. Its last words, in {dead.log}:\n{dead.last_lines()}"
        )

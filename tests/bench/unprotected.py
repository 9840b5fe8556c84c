"""What others do with the same submission and the same tests: no isolation, plain docker, autograder-sandbox.

Each way is a function that grades once and returns the seconds that took.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from grading.challenge import ChallengePack
from tests.servers import free_port

PROGRAM = "server.py"
AUTOGRADER_SANDBOX = "autograder_sandbox"
_HERE = Path(__file__).parent
_PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull)
_HARDENED = (
    *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", "65534:65534"),
    *("--memory", "256m", "--pids-limit", "64", "--workdir", "/code", "--env", "PORT=8000"),
    *("--entrypoint", "python3", "--tmpfs", "/tmp"),  # noqa: S108 - inside the container.
)

_IMPORT = "import signal, solution; signal.pause()"

Way = Callable[[], float]


@dataclass(frozen=True)
class Task:
    """A pack whose hidden tests also run where there is no judge."""

    pack: ChallengePack
    folder: Path
    is_service: bool
    """Whether the submission is a program that listens, beside the tests, and not a module they import."""

    @contextmanager
    def unpacked(self) -> Iterator[Path]:
        """Tests and submission in a fresh folder that anybody may read."""
        path = Path(tempfile.mkdtemp(prefix="touchstone-bench-"))
        try:
            path.chmod(0o755)
            shutil.copytree(self.folder / "starter" / "python", path, dirs_exist_ok=True)
            shutil.copytree(self.folder / "tests" / "hidden", path, dirs_exist_ok=True)
            if self.is_service:
                shutil.copy(_HERE / "service_conftest.py", path / "conftest.py")
            yield path
        finally:
            shutil.rmtree(path)


def bare(task: Task) -> Way:
    """`python -m pytest` in a subprocess; a service is started in a second one. No isolation at all."""

    def grade() -> float:
        with task.unpacked() as path:
            environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
            if task.is_service:
                environment |= {"PORT": str(free_port()), "PROGRAM": str(path / PROGRAM)}
            began = time.perf_counter()
            _run([sys.executable, *_PYTEST, "--rootdir", str(path), str(path)], environment)
            return time.perf_counter() - began

    return grade


def plain_docker(task: Task, image: str) -> Way:
    """`docker run` with usual hardening, code by bind mount, removed afterwards.

    One container for everything, so only for a module that the tests import.
    """

    def grade() -> float:
        with task.unpacked() as path:
            began = time.perf_counter()
            _run(["docker", "run", "--rm", "--network", "none", *_code(path), image, *_PYTEST, "/code"])
            return time.perf_counter() - began

    return grade


def plain_pod(task: Task, image: str) -> Way:
    """The same with a container of its own for the submission, whose network namespace the tests' joins.

    A module that is only imported has one, too, though the tests import it themselves: these are the members
    of a pod, and nothing is paid for talking between them.
    """
    program = [f"/code/{PROGRAM}"] if task.is_service else ["-c", _IMPORT]

    def grade() -> float:
        with task.unpacked() as path:
            name = f"touchstone-bench-{uuid.uuid4().hex[:12]}"
            detached = ["docker", "run", "--detach", "--name", name, "--network", "none"]
            began = time.perf_counter()
            try:
                _run([*detached, *_code(path), image, *program])
                joined = ["docker", "run", "--rm", "--network", f"container:{name}"]
                _run([*joined, *_code(path), image, *_PYTEST, "/code"])
                return time.perf_counter() - began
            finally:
                with suppress(subprocess.CalledProcessError):
                    _run(["docker", "rm", "--force", name])

    return grade


def _code(path: Path) -> list[str]:
    return ["--volume", f"{path}:/code:ro", *_HARDENED]


def has_autograder_sandbox() -> bool:
    """Whether it is installed (`pip install autograder-sandbox`)."""
    return importlib.util.find_spec(AUTOGRADER_SANDBOX) is not None


def autograder_sandbox(task: Task, image: str) -> Way:
    """autograder.io's library: a container that sleeps, files by `docker cp`, the tests by `docker exec`.

    Its images need a user and a folder of its own; they are added to ours.
    """
    library = importlib.import_module(f"{AUTOGRADER_SANDBOX}.autograder_sandbox")
    name = "touchstone-bench/autograder-sandbox"
    home = library.SANDBOX_WORKING_DIR_NAME
    recipe = (
        f"FROM {image}\nUSER root\n"
        f"RUN useradd {library.SANDBOX_USERNAME} && mkdir -p {home}"
        f" && chown -R {library.SANDBOX_USERNAME} {library.SANDBOX_HOME_DIR_NAME}\nWORKDIR {home}\n"
    )
    subprocess.run(
        ["docker", "build", "--quiet", "--tag", name, "-"],
        input=recipe.encode(),
        check=True,
        capture_output=True,
    )

    def grade() -> float:
        with task.unpacked() as path:
            began = time.perf_counter()
            environment = {"PORT": "8000", "PROGRAM": f"{home}/{PROGRAM}"}
            with library.AutograderSandbox(docker_image=name, environment_variables=environment) as sandbox:
                sandbox.add_files(*map(str, path.iterdir()))
                sandbox.run_command(["python3", *_PYTEST, "."], timeout=60, check=True)
                return time.perf_counter() - began

    return grade


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, env=environment, check=True, capture_output=True)

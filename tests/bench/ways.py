"""The same tiny submission and the same ten tests, graded in three ways. Each way is a function that runs it
once.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from grading.challenge import ChallengePack, Suite
from grading.grade import grade
from grading.report import Verdict
from sandbox.images import Images
from sandbox.pod import Pods
from tests.servers import free_port

HERE = Path(__file__).parent
PROGRAM = HERE / "pack" / "starter" / "python" / "server.py"
TESTS = HERE / "pack" / "tests" / "hidden" / "test_counter.py"
STAND_IN = HERE / "conftest_for_ways.py"
LANGUAGE = "python"

Way = Callable[[], None]


@contextmanager
def folder() -> Iterator[Path]:
    """Tests, stand-in for the judge and program, in a fresh folder that anybody may read."""
    path = Path(tempfile.mkdtemp(prefix="touchstone-bench-"))
    try:
        path.chmod(0o755)
        shutil.copy(TESTS, path / TESTS.name)
        shutil.copy(STAND_IN, path / "conftest.py")
        shutil.copy(PROGRAM, path / PROGRAM.name)
        yield path
    finally:
        shutil.rmtree(path)


def bare() -> None:
    """`python -m pytest` in a subprocess; it starts the program in a second one. No isolation at all."""
    with folder() as path:
        environment = {**os.environ, "PORT": str(free_port()), "PROGRAM": str(path / PROGRAM.name)}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # Nothing that happens to be installed beside it.
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
        _run([*pytest, "--rootdir", str(path), str(path)], environment)


def plain_docker(image: str) -> Way:
    """`docker run` for the program and for the tests, one network namespace, code by bind mount, removed
    afterwards.
    """

    def run() -> None:
        name = f"touchstone-bench-{uuid.uuid4().hex[:12]}"
        with folder() as path:
            common = [
                "--read-only",
                "--cap-drop",
                "ALL",
                "--security-opt",
                "no-new-privileges",
                "--user",
                "65534:65534",
            ]
            common += [
                "--memory",
                "256m",
                "--pids-limit",
                "64",
                "--volume",
                f"{path}:/code:ro",
                "--workdir",
                "/code",
            ]
            common += ["--env", "PORT=8000", "--entrypoint", "python3", "--tmpfs", "/tmp"]  # noqa: S108 - inside the container.
            try:
                _run(
                    [
                        "docker",
                        "run",
                        "--detach",
                        "--name",
                        name,
                        "--network",
                        "none",
                        *common,
                        image,
                        "/code/server.py",
                    ]
                )
                tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "/code"]
                _run(["docker", "run", "--rm", "--network", f"container:{name}", *common, image, *tests])
            finally:
                with suppress(subprocess.CalledProcessError):
                    _run(["docker", "rm", "--force", name])

    return run


def touchstone(pack: ChallengePack, pods: Pods, images: Images) -> Way:
    """`grading.grade.grade`: judge and candidate in hardened containers of their own, signed results, checked
    removal.
    """
    files = pack.starter(LANGUAGE)

    def run() -> None:
        report = grade(pack, files, language=LANGUAGE, suite=Suite.HIDDEN, pods=pods, images=images)
        if report.verdict is not Verdict.GRADED or report.score != report.max_score:
            raise RuntimeError(
                f"The benchmark's own submission was not graded: {report.message}\n{report.judge_log}"
            )

    return run


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, env=environment, check=True, capture_output=True)

"""The submission's program in its pod: building, starting, ending, and what it wrote."""

import secrets
import shlex
import time
from collections.abc import Mapping

from grading.challenge import Language, PackLimits
from sandbox.contract import PodLike
from sandbox.delivery import WAITING
from sandbox.spec import Ending

LOG_BYTES = 64 * 1024
BUILD_SECONDS = 60.0
"""The longest that one build may take."""


def build_allowance(limits: PackLimits, *, builds: bool) -> float:
    """Seconds that all builds of one grading may take together: each run of a program builds it anew."""
    return max(BUILD_SECONDS, limits.run_seconds) if builds else 0.0


class Candidate:
    """At most one container at a time; the same files each time.

    A build command runs first, in the same container. Marks on standard error, with a token of this run, tell
    building from running. Whoever builds can print them; but arguments, standard input and files of a run
    are sent only when the mark has come, and its time counts from there. So a mark that comes early costs the
    run's own time, and one that does not come is the end of a build that took too long.
    """

    def __init__(
        self, pod: PodLike, files: Mapping[str, bytes], language: Language, environment: Mapping[str, str]
    ) -> None:
        self._pod, self._files, self._language, self._environment = pod, files, language, environment
        token = secrets.token_hex(8)
        self._built, self._broken = f"<built {token}>\n".encode(), f"<build failed {token}>\n".encode()
        self._earlier = b""
        self._runs = False
        self.started = 0.0
        """When it was last started, on the monotonic clock."""

    @property
    def builds(self) -> bool:
        return bool(self._language.build)

    def start(
        self,
        arguments: tuple[str, ...] = (),
        *,
        extra_files: Mapping[str, bytes] | None = None,
        stdin: bytes | None = None,
    ) -> None:
        """A fresh container; one that runs is killed first."""
        self.discard()
        self._pod.start_candidate(
            {**self._files, **(extra_files or {})},
            command=self._command(arguments),
            environment=self._environment,
            stdin=stdin,
        )
        self._runs = True
        self.started = time.monotonic()

    def build(self) -> None:
        """In a fresh container, which then waits for `run`."""
        self.discard()
        self._pod.start_candidate(
            self._files, command=self._built_first(WAITING), environment=self._environment, more_to_come=True
        )
        self._runs = True
        self.started = time.monotonic()

    def run(
        self, arguments: tuple[str, ...] = (), *, files: Mapping[str, bytes], stdin: bytes | None
    ) -> None:
        """The program that was built, in its container."""
        self._pod.continue_candidate(files, command=(*self._language.command, *arguments), stdin=stdin)
        self.started = time.monotonic()

    def prepare_another(self) -> None:
        """Has a container made ready for the next start, beside whatever happens now."""
        self._pod.spare_candidate()

    def kill(self) -> Ending | None:
        """How it ended, perhaps by itself a moment ago; None if there is none. What it wrote is kept."""
        ending = self._pod.kill_candidate()
        self._keep_log()
        return ending

    def dismiss(self, *, patience_seconds: float) -> None:
        """Begins to end it, by force after `patience_seconds`.

        `discard` then waits for that, and for the last of what it wrote.
        """
        self._pod.dismiss_candidate(patience_seconds=patience_seconds)

    def discard(self) -> None:
        """Ends it without asking how it ended, which is quicker. What it wrote is kept."""
        self._pod.discard_candidate()
        self._keep_log()

    def _keep_log(self) -> None:
        if self._runs:
            self._runs = False
            self._earlier = (self._earlier + self.stderr_and_stdout())[-LOG_BYTES:]

    def has_built(self) -> bool:
        return not self.builds or self._built in self._pod.output("candidate").stderr

    def stdout(self) -> bytes:
        """Of the current run."""
        return self._pod.output("candidate").stdout

    def stderr(self) -> bytes:
        """Of the current run, without what building wrote."""
        text = self._pod.output("candidate").stderr
        before, found, after = text.partition(self._built)
        return after if found else before

    def stderr_and_stdout(self) -> bytes:
        """Of the current run, building included, without our marks."""
        output = self._pod.output("candidate")
        text = output.stderr.replace(self._built, b"").replace(self._broken, b"")
        joint = b"\n" if text and output.stdout and not text.endswith(b"\n") else b""
        return text + joint + output.stdout

    def log(self) -> str:
        """The end of all that it wrote, restarts included."""
        current = self.stderr_and_stdout() if self._runs else b""
        return (self._earlier + current)[-LOG_BYTES:].decode(errors="replace")

    def _command(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        command = (*self._language.command, *arguments)
        return self._built_first(command) if self.builds else command

    def _built_first(self, command: tuple[str, ...]) -> tuple[str, ...]:
        build, built, broken = shlex.join(self._language.build), _quoted(self._built), _quoted(self._broken)
        script = f'{build} </dev/null >&2 || {{ echo {broken} >&2; exit 1; }}; echo {built} >&2; exec "$@"'
        return ("/bin/sh", "-c", script, "sh", *command)


def _quoted(mark: bytes) -> str:
    return shlex.quote(mark.decode().rstrip("\n"))

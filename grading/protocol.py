"""What worker and judge say to each other during one grading. The framing is in `grading.judge.framing`.

::

    worker                                    judge (container)
    ------                                    -----------------
    (starts judge and services; the services get their passwords on their own standard inputs)
    prepare + tar of the suite          ->    unpacks, connects and authenticates to the services, imports
                                              what the suite needs, collects, looks for foreign sockets
                                        <-    ready                       (or: failed, a fault of ours)
    (starts the candidate's container; waits for the end of its build command, if it has one)
    go: key, seed, files (kind sql)     ->    from here on all that the judge says is sealed
                                        <-    started | not_started: reason, listeners
                                        <-    result, one per test of the manifest, as it is decided
    response                           <->    request: restart, start, kill, logs, run
    ended (the candidate's program ended by itself)  ->   the tests that are left fail at once
                                        <-    finished
    (kills the candidate first)
    close                               ->
                                        <-    trailer: the count of results

In the judge a supervisor passes all this on between the worker and the process for tests, and seals it. That
process tells it also which test `begins`; one that goes on after another has died is told with `prepare` what
is `resumed`: the tests that are decided, and the number of its first request.

Everything up to `ready` is independent of the submission, so a pod can be brought there before one arrives.

Messages, by their `type`:

prepare      run_id, kind, suite, tests (ids of the manifest), test_seconds, tar_bytes; for kind service also
             service (port, ready_path, start_seconds); services: name to socket_dir, databases and the two
             passwords; receiver (port), if the pack has one; for kind function also function (port to listen
             on, start_seconds, modules: names that stand for the candidate's). The next tar_bytes bytes are a
             tar of the pack's tests/, without the other suite.
go           key (64 hex digits), seed, files (path to text)
not_started  reason: a value of judge.outcomes.Start; listeners: what the program listens on instead; detail
result       test, outcome, awarded (share of the points, 0 to 1), seconds, message (for the candidate),
             detail (for staff)
request      id, op. run: arguments, stdin (base64), files (path to base64), timeout_seconds
response     id; error, if it could not be done; started, if a service was started; logs: output (base64);
             run: exit_code, stdout, stderr (base64), seconds, timed_out, out_of_memory, output_overflow
finished     broken: '' or, kind function, why no function could be called any more
failed       reason: no result of this judge counts; faults, if it is the pack's: lists of path, line, message

A line that is forged, lost, repeated or damaged, a judge that ends early, an unknown or repeated test id and
a wrong count are failures of ours: PlatformError.
"""

import io
import secrets
import tarfile
from collections.abc import Mapping
from typing import Any

from grading.challenge import ChallengePack, Kind, Suite
from grading.errors import Fault, FaultyPackError, PlatformError
from grading.judge.framing import FramingError, Message, Opener, decode, encode

KEY_BYTES = 32


class JudgeLine:
    """The worker's end: reads the judge's lines, plain ones until `go` has given it a key."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._opener: Opener | None = None

    def go(self, *, seed: int, files: Mapping[str, str]) -> bytes:
        """The line that starts the suite. From here on only sealed frames are accepted."""
        key = secrets.token_bytes(KEY_BYTES)
        self._opener = Opener(key, self._run_id)
        return encode({"type": "go", "key": key.hex(), "seed": seed, "files": dict(files)})

    def read(self, line: bytes) -> Message | None:
        """The message that this line completes; None if more of it is to come. Raises PlatformError."""
        try:
            message = self._opener.open(line) if self._opener else decode(line)
        except FramingError as error:
            raise PlatformError(f"The judge's line cannot be trusted: {error}") from error
        if message is not None and message.get("type") == "failed":
            if faults := message.get("faults"):
                raise FaultyPackError([Fault(path, line, text) for path, line, text in faults])
            raise PlatformError(f"The judge gave up: {message.get('reason')}")
        return message


def prepare(
    pack: ChallengePack, suite: Suite, *, run_id: str, services: Mapping[str, Mapping[str, Any]]
) -> bytes:
    """The first line and the suite's tar."""
    tar = suite_tar(pack, suite)
    message: Message = {
        "type": "prepare",
        "run_id": run_id,
        "kind": pack.kind.value,
        "suite": suite.value,
        "tests": [test.id for test in pack.tests(suite)],
        "test_seconds": pack.limits.test_seconds,
        "tar_bytes": len(tar),
        "services": {name: dict(settings) for name, settings in services.items()},
    }
    if pack.kind is Kind.SERVICE:
        probe = pack.service
        where = {"port": probe.port, "ready_path": probe.ready_path, "start_seconds": probe.start_seconds}
        message["service"] = where
    if pack.receiver is not None:
        message["receiver"] = {"port": pack.receiver.port}
    if pack.kind is Kind.FUNCTION:
        modules = sorted({language.module for language in pack.languages.values()})
        start = {"port": pack.service.port, "start_seconds": pack.service.start_seconds}
        message["function"] = {**start, "modules": modules}
    return encode(message) + tar


def suite_tar(pack: ChallengePack, suite: Suite) -> bytes:
    """What the judge gets of a pack, as a tar. The same bytes for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, data in sorted(suite_files(pack, suite).items()):
            entry = tarfile.TarInfo(f"tests/{path}")
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def suite_files(pack: ChallengePack, suite: Suite) -> dict[str, bytes]:
    """tests/ without the other suites, by paths relative to it."""
    others = tuple(f"{other.value}/" for other in Suite if other is not suite)
    return {path: data for path, data in pack.below("tests").items() if not path.startswith(others)}

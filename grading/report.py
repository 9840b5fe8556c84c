"""What comes out of a grading, as values. Verdicts and outcomes are whole words with one sentence each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Outcome(Enum):
    """What became of one test. Only `passed` earns points."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    TIMEOUT = "timeout"
    SKIPPED = "skipped"


class Verdict(Enum):
    """What became of one submission."""

    GRADED = "graded"
    REJECTED_UPLOAD = "rejected_upload"
    BUILD_FAILED = "build_failed"
    START_FAILED = "start_failed"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    PROCESS_LIMIT = "process_limit"
    OUTPUT_LIMIT = "output_limit"
    DISK_LIMIT = "disk_limit"
    RUNTIME_ERROR = "runtime_error"
    PROTOCOL_ERROR = "protocol_error"
    SERVICE_DISRUPTED = "service_disrupted"
    PLATFORM_ERROR = "platform_error"


SENTENCES: Mapping[Verdict, str] = {
    Verdict.GRADED: "Your submission ran and every test was decided.",
    Verdict.REJECTED_UPLOAD: "Your files could not be accepted, so nothing was run.",
    Verdict.BUILD_FAILED: "Your program could not be built, so no test was run.",
    Verdict.START_FAILED: "Your program did not start, so no test was run.",
    Verdict.TIME_LIMIT: "Your submission used up the time for the whole suite; tests left count as failed.",
    Verdict.MEMORY_LIMIT: "Your program, or a process of it, used more memory than it may and was ended.",
    Verdict.PROCESS_LIMIT: "Your program started more processes or threads than it may.",
    Verdict.OUTPUT_LIMIT: "Your program wrote more output than it may and was ended.",
    Verdict.DISK_LIMIT: "Your program wrote more to disk than it may.",
    Verdict.RUNTIME_ERROR: "Your program ended while it was being tested; the tests that were left failed.",
    Verdict.PROTOCOL_ERROR: "Your program did not keep to the protocol in which it is tested.",
    Verdict.SERVICE_DISRUPTED: "A service beside your program, such as its database, stopped under its use.",
    Verdict.PLATFORM_ERROR: "Something on our side failed. This is not your fault and costs you nothing.",
}


@dataclass(frozen=True, kw_only=True)
class Result:
    """One test of the manifest, decided. `message` is for the candidate, `detail` (a traceback) for staff
    only.
    """

    id: str
    title: str
    outcome: Outcome
    points: float
    max_points: float
    skill: str
    seconds: float = 0.0
    message: str = ""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """A whole grading.

    `skills` maps a slug to (score, max score). `phases` are seconds since the request or, without a queue,
    since the call: 'queued', 'ready', 'run', 'removed'. `digests` name pack, suite and every image. `log` is
    what the candidate's program wrote (capped); `judge_log` is for staff.
    """

    verdict: Verdict
    message: str
    results: tuple[Result, ...]
    score: float
    max_score: float
    skills: Mapping[str, tuple[float, float]]
    phases: Mapping[str, float] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    log: str = ""
    judge_log: str = ""

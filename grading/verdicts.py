"""From the way a program ended, or did not start, to a verdict and one sentence. Pure."""

import signal
from collections.abc import Sequence
from dataclasses import dataclass

from grading.challenge import ChallengePack, Kind, PackLimits
from grading.judge.framing import Message
from grading.judge.outcomes import Start
from grading.report import SENTENCES, Verdict
from sandbox.delivery import NOT_UNPACKED
from sandbox.spec import Ending, Limits

DISK_FULL = ("No space left on device", "ENOSPC", "Disk quota exceeded", "disk is full")
PROCESSES_USED_UP = (
    "can't start new thread",
    "Resource temporarily unavailable",
    "pthread_create failed",
    "spawn EAGAIN",
    "ERR_WORKER_INIT_FAILED",
    "Cannot fork",
    "can't fork",
)
COUNTED = "one that has ended counts until it is waited for"
"""Of processes, as the kernel counts them: who leaves zombies would not guess it."""
SHOWN_LINES, SHOWN_CHARACTERS = 6, 600
"""Of an import that failed."""


@dataclass(frozen=True)
class Fate:
    """What became of a submission, with a sentence for the candidate."""

    verdict: Verdict
    message: str

    @classmethod
    def of(cls, verdict: Verdict, message: str = "") -> "Fate":
        return cls(verdict, message or SENTENCES[verdict])


GRADED = Fate.of(Verdict.GRADED)


def limit_broken(ending: Ending, limits: PackLimits, output: str) -> Fate | None:
    """The limit that this ending speaks of, if any. `output` is what the program wrote."""
    crashed = ending.exit_code != 0 and not ending.killed_by_us
    if ending.output_overflow:
        text = f"Your program wrote more than {limits.output_kb} KiB of output and was ended."
        return Fate(Verdict.OUTPUT_LIMIT, text)
    if ending.out_of_memory:
        what = f"used more than {limits.memory_mb} MiB of memory and was ended"
        text = f"Your program, or a process that it started, {what}."
        return Fate(Verdict.MEMORY_LIMIT, text)
    if ending.out_of_processes or (crashed and _mentions(output, PROCESSES_USED_UP)):
        text = f"Your program had more than {limits.processes} processes or threads at once; {COUNTED}."
        return Fate(Verdict.PROCESS_LIMIT, text)
    if crashed and (_mentions(output, DISK_FULL) or ending.exit_code == NOT_UNPACKED):
        text = f"Your program wrote more than {limits.disk_mb} MiB or {Limits.inodes} files to disk."
        return Fate(Verdict.DISK_LIMIT, text)
    return None


def ended_early(ending: Ending, limits: PackLimits, output: str, *, ready: bool) -> Fate:
    """A service that came to its end by itself."""
    if fate := limit_broken(ending, limits, output):
        return fate
    if ready:
        return Fate(Verdict.RUNTIME_ERROR, f"Your program {how(ending)} while it was being tested.")
    return Fate(Verdict.START_FAILED, f"Your program {how(ending)} before it was ready.")


def how(ending: Ending) -> str:
    """'ended with exit code 3', 'was ended by signal 11 (SIGSEGV)'."""
    number = ending.exit_code - 128
    if number in set(signal.Signals):
        return f"was ended by signal {number} ({signal.Signals(number).name})"
    return f"ended with exit code {ending.exit_code}"


def was_killed_by_others(ending: Ending) -> bool:
    """Whether something that is neither the sandbox nor a limit of ours sent the program a SIGKILL.

    It may have done so itself; that cannot be told from outside.
    """
    ours = ending.killed_by_us or ending.out_of_memory or ending.out_of_processes or ending.output_overflow
    return ending.exit_code == 128 + signal.SIGKILL and not ours


def may_be_late(message: Message) -> bool:
    """Whether a service that did not become ready might have, with more time: nothing is wrong but that."""
    reason = Start(message["reason"])
    return reason is Start.UNANSWERED or (reason is Start.SILENT and not message["listeners"])


def not_started(message: Message, pack: ChallengePack, output: str = "") -> Fate:
    """A service that runs but did not become ready. `output` is what the program wrote."""
    probe, reason = pack.service, Start(message["reason"])
    within = f"within {probe.start_seconds:g} s"
    if pack.kind is Kind.FUNCTION:
        return _not_loaded(reason, str(message["detail"]), within)
    if reason is Start.NOT_HTTP:
        text = f"Your program answered on port {probe.port}, but not in HTTP."
        return Fate(Verdict.PROTOCOL_ERROR, text)
    why = _why_late(output, pack.limits)
    if reason is Start.UNANSWERED:
        text = f"accepted connections on port {probe.port} but did not answer GET {probe.ready_path}"
        return Fate(Verdict.START_FAILED, f"Your program {text} {within}.{why}")
    if elsewhere := _elsewhere(message["listeners"], probe.port):
        return Fate(Verdict.START_FAILED, elsewhere)
    return Fate(Verdict.START_FAILED, f"Your program did not listen on port {probe.port} {within}.{why}")


def _why_late(output: str, limits: PackLimits) -> str:
    """A limit that a program met and wrote of, and that did not end it: zombies are not seen from outside."""
    if not _mentions(output, PROCESSES_USED_UP):
        return ""
    limit = f"It may have {limits.processes} at once; {COUNTED}."
    return f" Its output reads as if it could start no more processes or threads. {limit}"


def _not_loaded(reason: Start, detail: str, within: str) -> Fate:
    """Kind function. `detail` is the end of what importing the module wrote."""
    if reason is Start.NOT_LOADED:
        shown = "\n".join(detail.splitlines()[-SHOWN_LINES:])[-SHOWN_CHARACTERS:]
        return Fate(Verdict.START_FAILED, f"Your module could not be imported:\n{shown}")
    if reason is Start.NOT_PROTOCOL:
        text = "Your program broke the connection over which its functions are called."
        return Fate(Verdict.PROTOCOL_ERROR, text)
    return Fate(Verdict.START_FAILED, f"Your module could not be imported {within}.")


def _elsewhere(listeners: Sequence[str], port: int) -> str:
    """`listeners` are 'address:port'."""
    places = [place.rpartition(":") for place in listeners]
    if wrong_address := [address for address, _, number in places if int(number) == port]:
        where = f"only on address {wrong_address[0]}; it must listen on 0.0.0.0 or 127.0.0.1"
        return f"Your program listens on port {port} {where}."
    if numbers := sorted({int(number) for _, _, number in places}):
        shown = ", ".join(map(str, numbers[:5]))
        return f"Your program listens on port {shown}; the task asks for port {port}."
    return ""


def _mentions(output: str, phrases: Sequence[str]) -> bool:
    return any(phrase in output for phrase in phrases)

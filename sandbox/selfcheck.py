"""Is this engine fit to run pods? What it says of itself, what is known of its versions, what a pod shows.

`look` asks the engine and takes milliseconds. `probe` starts a pod with the profile that every grading has
and tries from inside what must not work; it takes about a second and a half. `check` is both, as sentences:
a worker that gets any takes no work.
"""

import json
import logging
import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox import advisories, runtimes
from sandbox.engine import Engine
from sandbox.errors import PodError, SandboxError
from sandbox.findings import Finding, Level
from sandbox.images import Images, shipped
from sandbox.pod import Pod, Pods
from sandbox.probe import outside
from sandbox.seccomp import ARCHITECTURES
from sandbox.spec import MIB, ContainerSpec, Ended, Ending, Limits, Line, PodSpec, Role

log = logging.getLogger(__name__)

OLDEST_API = (1, 41)
"""Docker 20.10: private cgroup namespaces."""

PROBE_SECONDS = 60.0
"""Never reached when all is well."""
LIMITS = Limits(memory_bytes=64 * MIB, processes=24, cpus=0.5, open_files=64, disk_bytes=2 * MIB, inodes=64)
"""Small, so that the probe soon meets them."""

_PROGRAM = (Path(__file__).parent / "probe" / "inside.py").read_text()
_PYTHON = ("python3", "-I", "-S")
_MEASURED = ("memory_bytes", "processes", "open_files", "disk_bytes", "inodes")
_CONTROLLERS = {
    "MemoryLimit": "memory",
    "SwapLimit": "swap accounting (kernel parameter swapaccount=1)",
    "PidsLimit": "pids",
    "CpuCfsQuota": "CPU quota",
}


def check(engine: Engine, images: Images | None = None) -> list[str]:
    """Return one sentence for each thing that is not as it must be; an empty list if pods may be run.

    With images, what an operator should know all the same is logged as a warning. Without, nothing is
    started and nothing logged: for asking again and again.
    """
    found = examine(engine, images) if images else look(engine)
    for finding in found:
        if images and finding.level is Level.WARNING:
            log.warning("%s %s", finding.sentence, finding.remedy)
    return [finding.sentence for finding in found if finding.level is Level.REFUSED]


def examine(engine: Engine, images: Images) -> list[Finding]:
    """Everything that was looked at. No pod is tried on an engine that is refused already."""
    found = look(engine)
    if any(finding.level is Level.REFUSED for finding in found):
        return [*found, _warning("pod", "No pod was tried: see what is refused above.")]
    return [*found, *probe(engine, images)]


def look(engine: Engine) -> list[Finding]:
    """What the engine says of itself, without starting anything. For a worker that asks again and again."""
    info = engine.info()
    return [
        *_engine(engine, info),
        *_limits(info),
        runtimes.examine(info, engine.runtime),
        *advisories.examine(engine.versions()),
    ]


def probe(engine: Engine, images: Images) -> list[Finding]:
    """What a pod shows from inside. Its image is built if it is missing."""
    began = time.monotonic()
    try:
        image = images.find_or_build(shipped("cpython"))
        try:
            faults = _try_out(engine, image)
        except PodError as error:
            log.warning("The probe is made once more: %s", error)  # A full machine can cut it short.
            faults = _try_out(engine, image)
    except SandboxError as error:
        return [_refused("pod", f"The pod that should be tried could not be run. {error}")]
    if faults:
        return [_refused("pod", fault) for fault in faults]
    seconds = time.monotonic() - began
    return [_ok("pod", f"Nothing that must not work did, tried from inside a pod ({seconds:.1f} s).")]


def _engine(engine: Engine, info: Mapping[str, Any]) -> Iterator[Finding]:
    faults = []
    if engine.api_version() < OLDEST_API:
        faults.append(_refused("engine", "The Docker engine is older than 20.10.", "Upgrade it."))
    if info.get("OSType") != "linux":
        faults.append(_refused("engine", "The Docker engine does not run Linux containers."))
    if info.get("Architecture") not in ARCHITECTURES:
        machines = " and ".join(ARCHITECTURES)
        sentence = f"The filter for system calls is for {machines}, not {info.get('Architecture')}."
        faults.append(_refused("engine", sentence))
    if "name=userns" in (info.get("SecurityOptions") or ()):
        sentence = "The engine maps user ids (userns-remap): the sockets of services would belong to nobody."
        faults.append(_refused("engine", sentence, "Run workers in virtual machines for a stronger wall."))
    if not any("seccomp" in option for option in info.get("SecurityOptions") or ()):
        sentence = "The engine applies no seccomp filter."
        faults.append(_refused("engine", sentence, "Use a kernel and an engine that have it."))
    yield from faults or [_ok("engine", f"Docker Engine {info.get('ServerVersion')} with seccomp.")]


def _limits(info: Mapping[str, Any]) -> Iterator[Finding]:
    missing = [name for key, name in _CONTROLLERS.items() if info.get(key) is False]
    rootless = any("rootless" in option for option in info.get("SecurityOptions") or ())
    if rootless and (info.get("CgroupVersion") != "2" or info.get("CgroupDriver") == "none"):
        sentence = "The engine runs without root and without control groups: it would keep no limit."
        remedy = "Delegate cgroup v2 to its user; see 'Limiting resources' in Docker's page on rootless mode."
        yield _refused("limits", sentence, remedy)
    for name in missing:
        yield _refused("limits", f"The engine's kernel cannot enforce limits of: {name}.")
    if not missing and not rootless:
        yield _ok(
            "limits", f"Memory, swap, processes and CPU can be limited (cgroup v{info.get('CgroupVersion')})."
        )


def _try_out(engine: Engine, image: str) -> list[str]:
    token = secrets.token_hex(16)
    with Pods(engine).take(_pod(image, token)) as pod:
        judge = json.loads(_first_line(pod))
        wanted = json.dumps({name: getattr(LIMITS, name) for name in _MEASURED})
        pod.start_candidate(
            {"inside.py": _PROGRAM.encode()},
            command=(*_PYTHON, "inside.py", "member", str(judge["port"]), wanted),
        )
        ending = _end(pod)
        output = pod.output("candidate")
    try:
        candidate = json.loads(output.stdout)
    except ValueError as error:
        said = output.stderr[-500:].decode(errors="replace")
        raise PodError(f"The probe came to no result ({ending}): {said}") from error
    return outside.faults(judge, candidate, LIMITS, token=token, out_of_memory=ending.out_of_memory)


def _pod(image: str, token: str) -> PodSpec:
    holder = (*_PYTHON, "-c", _PROGRAM, "holder", token)
    judge = ContainerSpec(name="judge", role=Role.JUDGE, image=image, command=holder)
    candidate = ContainerSpec(
        name="candidate", role=Role.CANDIDATE, image=image, command=_PYTHON, limits=LIMITS
    )
    return PodSpec(judge=judge, candidate=candidate, seconds=PROBE_SECONDS)


def _first_line(pod: Pod) -> bytes:
    event = pod.next_event(PROBE_SECONDS)
    if isinstance(event, Line):
        return event.data
    said = pod.output("judge").stderr[-500:].decode(errors="replace")
    raise PodError(f"The judge's container said nothing ({event}): {said}")


def _end(pod: Pod) -> Ending:
    deadline = time.monotonic() + PROBE_SECONDS
    while event := pod.next_event(max(0.0, deadline - time.monotonic())):
        if isinstance(event, Ended) and event.member == "candidate":
            return event.ending
    raise PodError(f"The candidate's container did not end within {PROBE_SECONDS:.0f} s.")


def _ok(subject: str, sentence: str) -> Finding:
    return Finding(subject=subject, level=Level.OK, sentence=sentence)


def _warning(subject: str, sentence: str) -> Finding:
    return Finding(subject=subject, level=Level.WARNING, sentence=sentence)


def _refused(subject: str, sentence: str, remedy: str = "") -> Finding:
    return Finding(subject=subject, level=Level.REFUSED, sentence=sentence, remedy=remedy)

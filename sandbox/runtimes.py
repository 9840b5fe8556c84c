"""Which of the engine's container runtimes runs the pods: its default, or a stronger wall by setting.

Any runtime will do in which a pod works and its limits hold; the probe finds that out, the name says nothing.
gVisor and Kata give every container a network stack of its own, which breaks the pod's loopback.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.findings import Finding, Level

_ADVICE = (
    "Add it to the engine's 'runtimes' in /etc/docker/daemon.json and restart the engine, "
    "or set TOUCHSTONE_RUNTIME to one of these."
)


def examine(info: Mapping[str, Any], wanted: str) -> Finding:
    """Is the runtime called `wanted` ('': the default) one of those the engine offers?"""
    offered = sorted(info.get("Runtimes") or {})
    if not wanted:
        return _finding(Level.OK, f"The engine's default runtime is used: {info.get('DefaultRuntime')}.")
    if wanted in offered:
        return _finding(Level.OK, f"The runtime {wanted} is used, as TOUCHSTONE_RUNTIME says.")
    names = ", ".join(offered) or "none"
    return _finding(
        Level.REFUSED,
        f"The engine has no runtime {wanted}, which TOUCHSTONE_RUNTIME names; it has: {names}.",
        _ADVICE,
    )


def _finding(level: Level, sentence: str, remedy: str = "") -> Finding:
    return Finding(subject="runtime", level=level, sentence=sentence, remedy=remedy)

"""Is this engine fit to run pods? Says what is missing and how to get it."""

from sandbox.engine import Engine

OLDEST_API = (1, 41)
"""Docker 20.10: private cgroup namespaces."""

_CONTROLLERS = {
    "MemoryLimit": "memory",
    "SwapLimit": "swap accounting (kernel parameter swapaccount=1)",
    "PidsLimit": "pids",
    "CpuCfsQuota": "CPU quota",
}


def check(engine: Engine) -> list[str]:
    """Return one sentence for each thing that is missing; an empty list if pods and images can be made."""
    info = engine.info()
    faults = []
    if engine.api_version() < OLDEST_API:
        faults.append("The Docker engine is older than 20.10: upgrade it.")
    if info.get("OSType") != "linux":
        faults.append("The Docker engine does not run Linux containers.")
    for key, name in _CONTROLLERS.items():
        if info.get(key) is False:
            faults.append(f"The engine's kernel cannot enforce limits of: {name}.")
    if not any("seccomp" in option for option in info.get("SecurityOptions") or ()):
        faults.append("The engine applies no seccomp filter: use a kernel and an engine that have it.")
    return faults

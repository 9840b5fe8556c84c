# mypy: ignore-errors
"""Tries every way out of its container, tells what it got (E01 to E26, G23 ff.)."""

import resource

from answers import serve
from attempts import FOUND
from kernel import foreign, mounts, namespaces, processes
from network import engines, networks, sockets, take_ports_of_services
from rights import capabilities, devices, paths


def attack() -> dict[str, str]:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for tried in (
        engines,
        capabilities,
        paths,
        namespaces,
        mounts,
        processes,
        foreign,
        sockets,
        networks,
        devices,
        take_ports_of_services,
    ):
        tried()
    return FOUND


if __name__ == "__main__":
    serve({"/attack": attack})

"""The containers of a pack's pod: the judge, its services with the credentials of this run, and the
candidate's.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grading.challenge import ChallengePack, ServiceUse
from grading.interpreters import waiting_command
from grading.judge.framing import encode
from sandbox.spec import MIB, SOCKETS, ContainerSpec, Limits, PodSpec, Role

JUDGE_COMMAND = ("/usr/local/bin/judge",)
JUDGE_LIMITS = Limits(
    memory_bytes=512 * MIB,
    processes=1280,  # Threads of a test, which are what asks for something a thousand times at once.
    cpus=2.0,
    open_files=1024,
    disk_bytes=64 * MIB,
    output_bytes=1 * MIB,
)
SERVICE_COMMAND = ("/usr/local/bin/start",)
SERVICE_PROCESSES = 128
REDIS_PORT = 6379
POSTGRES_PORT = 5432
RABBITMQ_PORT = 5672
UNBUFFERED = "PYTHONUNBUFFERED"
RABBITMQ_VIRTUAL_HOST = "app"


def _password() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Credentials:
    """Made for one run and one service."""

    owner_password: str = field(default_factory=_password)
    candidate_password: str = field(default_factory=_password)

    def line(self) -> bytes:
        """What a service reads on its standard input before it starts."""
        passwords = {"owner_password": self.owner_password, "candidate_password": self.candidate_password}
        return encode(passwords)


def judge_settings(use: ServiceUse, credentials: Credentials) -> dict[str, Any]:
    """What the judge needs to reach a service as its owner."""
    return {
        "socket_dir": f"{SOCKETS}/{use.name}",
        "databases": list(use.databases),
        "owner_password": credentials.owner_password,
        "candidate_password": credentials.candidate_password,
    }


def candidate_environment(pack: ChallengePack, credentials: Mapping[str, Credentials]) -> dict[str, str]:
    """PORT, DATABASE_URL, REDIS_URL and AMQP_URL, as far as the pack has them; and what has Python write at
    once: what `print` wrote is shown, however the program ends.
    """
    environment = {"PORT": str(pack.service.port), UNBUFFERED: "1"}
    if pack.receiver is not None:
        environment[pack.receiver.variable] = f"http://127.0.0.1:{pack.receiver.port}"
    if "postgres" in credentials:
        password, database = (
            credentials["postgres"].candidate_password,
            pack.services["postgres"].databases[0],
        )
        environment["DATABASE_URL"] = (
            f"postgresql://candidate:{password}@127.0.0.1:{POSTGRES_PORT}/{database}"
        )
    if "redis" in credentials:
        password = credentials["redis"].candidate_password
        environment["REDIS_URL"] = f"redis://candidate:{password}@127.0.0.1:{REDIS_PORT}/0"
    if "rabbitmq" in credentials:
        password = credentials["rabbitmq"].candidate_password
        environment["AMQP_URL"] = (
            f"amqp://candidate:{password}@127.0.0.1:{RABBITMQ_PORT}/{RABBITMQ_VIRTUAL_HOST}"
        )
    return environment


def pod_spec(pack: ChallengePack, language: str, images: Mapping[str, str], *, seconds: float) -> PodSpec:
    """The pod. `images` maps 'judge', 'candidate' and each service's name to an image id."""
    candidate = _candidate(pack, language, images["candidate"]) if "candidate" in images else None
    judge = ContainerSpec(
        name="judge",
        role=Role.JUDGE,
        image=images["judge"],
        command=JUDGE_COMMAND,
        limits=JUDGE_LIMITS,
        sockets=tuple(pack.services),
    )
    services = tuple(_service(use, images[use.name]) for use in pack.services.values())
    return PodSpec(judge=judge, services=services, candidate=candidate, seconds=seconds)


def _service(use: ServiceUse, image: str) -> ContainerSpec:
    limits = Limits(
        memory_bytes=use.memory_mb * MIB,
        processes=SERVICE_PROCESSES,
        cpus=2.0,
        open_files=1024,
        disk_bytes=use.disk_mb * MIB,
        output_bytes=1 * MIB,
    )
    return ContainerSpec(
        name=use.name,
        role=Role.SERVICE,
        image=image,
        command=SERVICE_COMMAND,
        limits=limits,
        sockets=(use.name,),
    )


def _candidate(pack: ChallengePack, language: str, image: str) -> ContainerSpec:
    limits = Limits(
        memory_bytes=pack.limits.memory_mb * MIB,
        processes=pack.limits.processes,
        cpus=pack.limits.cpus,
        disk_bytes=pack.limits.disk_mb * MIB,
        output_bytes=pack.limits.output_kb * 1024,
    )
    chosen = pack.languages[language]
    return ContainerSpec(
        name="candidate",
        role=Role.CANDIDATE,
        image=image,
        command=chosen.command,
        limits=limits,
        executable_tmp=bool(chosen.build),
        waiting=waiting_command(pack, chosen),
    )

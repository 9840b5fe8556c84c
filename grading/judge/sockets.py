"""What listens in the pod's network namespace, read from /proc: containers that share it see each other
there.
"""

import socket
import struct
from dataclasses import dataclass
from pathlib import Path

LISTENING = "0A"


@dataclass(frozen=True, order=True)
class Listener:
    """A listening TCP socket and the user id that owns it."""

    address: str
    port: int
    uid: int

    @property
    def reachable(self) -> bool:
        """Whether 127.0.0.1 reaches it."""
        return self.address in ("0.0.0.0", "127.0.0.1", "::", "::ffff:127.0.0.1")  # noqa: S104

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


def listeners(proc: Path = Path("/proc/net")) -> frozenset[Listener]:
    """Every TCP listener of the namespace, IPv4 and IPv6."""
    found: set[Listener] = set()
    for name in ("tcp", "tcp6"):
        path = proc / name
        if path.exists():
            found.update(
                _parse(line) for line in path.read_text().splitlines()[1:] if line.split()[3] == LISTENING
            )
    return frozenset(found)


def abstract_sockets(proc: Path = Path("/proc/net")) -> list[str]:
    """Names of abstract unix sockets: they cross containers, so there must be none."""
    lines = (proc / "unix").read_text(errors="replace").splitlines()[1:]
    return [
        fields[7]
        for line in lines
        if len(fields := line.split(maxsplit=7)) == 8 and fields[7].startswith("@")
    ]


def _parse(line: str) -> Listener:
    fields = line.split()
    address, _, port = fields[1].partition(":")
    return Listener(_address(bytes.fromhex(address)), int(port, 16), int(fields[7]))


def _address(raw: bytes) -> str:
    """The kernel prints addresses as 32-bit words in the machine's own byte order."""
    words = b"".join(struct.pack(">I", word) for word in struct.unpack(f"={len(raw) // 4}I", raw))
    return socket.inet_ntop(socket.AF_INET if len(words) == 4 else socket.AF_INET6, words)

# mypy: ignore-errors
# It does what an attacker would, who has no style.
# ruff: noqa: PTH208, S104
"""The engine, rare sockets, other machines and names, ports of others."""

import os
import socket
import struct
from pathlib import Path

from attempts import FOUND, attempt, connects, libc_call, lines_of, readable

PLAIN_FAMILIES = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}


def engines() -> None:
    attempt("E01 socket")(
        lambda: readable(
            "/var/run/docker.sock",
            "/run/docker.sock",
            "/run/containerd/containerd.sock",
            "/run/crio/crio.sock",
            "/run/podman/podman.sock",
            "/var/lib/docker",
            "/.dockerenv/docker.sock",
            "/run/touchstone",
        )
    )
    attempt("E01 port")(
        lambda: connects(
            *(
                (host, port)
                for host in ("127.0.0.1", "172.17.0.1", "192.168.65.7", "192.168.65.254")
                for port in (2375, 2376)
            )
        )
    )


def sockets() -> None:
    attempt("E13 families")(
        lambda: [family for family in range(1, 46) if family not in PLAIN_FAMILIES and opens(family)] or None
    )
    attempt("G26 packets")(lambda: opens(socket.AF_PACKET))
    attempt("E16 raw")(
        lambda: (
            [
                (family, protocol)
                for family in (socket.AF_INET, socket.AF_INET6)
                for protocol in (1, 6, 17, 58, 255)
                if opens(family, socket.SOCK_RAW, protocol)
            ]
            or None
        )
    )
    attempt("E16 address")(lambda: set_address())
    attempt("G25 names")(
        lambda: (
            [
                line.split()[-1]
                for line in Path("/proc/net/unix").read_text().splitlines()
                if line.split()[-1].startswith("@")
            ]
            or None
        )
    )
    attempt("G25 diagnosis")(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) and "SOCK_DIAG")
    attempt("G23 own port")(lambda: shared_ports())
    attempt("G31 listeners")(lambda: [port for port, uid in listeners() if uid != os.getuid()] or None)


def opens(family: int, kind: int = 0, protocol: int = 0) -> object:
    kinds = (
        [kind] if kind else [socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET]
    )
    for one in kinds:
        try:
            socket.socket(family, one, protocol).close()
        except OSError:
            continue
        return "a socket"
    return None


def set_address() -> object:
    request = b"lo".ljust(16, b"\0") + struct.pack("<HH4s8x", socket.AF_INET, 0, socket.inet_aton("10.0.0.1"))
    with socket.socket() as any_socket:
        return libc_call("ioctl", any_socket.fileno(), 0x8916, request)


def listeners() -> list[tuple[int, int]]:
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [(int(fields[1].split(":")[1], 16), int(fields[7])) for fields in lines if fields[3] == "0A"]


def shared_ports() -> object:
    """Ports of others that can be bound a second time, by whatever option there is."""
    taken = []
    for port, uid in listeners():
        for option in (socket.SO_REUSEPORT, socket.SO_REUSEADDR):
            with socket.socket() as second:
                second.setsockopt(socket.SOL_SOCKET, option, 1)
                if uid != os.getuid() and not second.connect_ex(("0.0.0.0", 0)) and not bound(second, port):
                    taken.append(port)
    return taken or None


def bound(one: socket.socket, port: int) -> int:
    try:
        one.bind(("127.0.0.1", port))
        one.listen()
    except OSError as error:
        return error.errno or 1
    return 0


def networks() -> None:
    attempt("E17 metadata")(
        lambda: connects(("169.254.169.254", 80), ("fd00:ec2::254", 80), ("100.100.100.200", 80))
    )
    attempt("E18 servers")(
        lambda: (
            [line for line in lines_of("/etc/resolv.conf") if line.startswith(("nameserver", "search"))]
            or None
        )
    )
    attempt("E18 names")(
        lambda: (
            [
                name
                for name in ("metadata.google.internal", "example.org", "host.docker.internal")
                if resolves(name)
            ]
            or None
        )
    )
    attempt("E18 tunnel")(
        lambda: [host for host in ("8.8.8.8", "1.1.1.1", "127.0.0.11", "127.0.0.53") if told(host)] or None
    )
    attempt("E19 interfaces")(lambda: sorted(set(os.listdir("/sys/class/net")) - {"lo"}) or None)
    attempt("E19 routes")(lambda: lines_of("/proc/net/route")[1:] or None)
    attempt("E19 machines")(
        lambda: connects(
            ("172.17.0.1", 22),
            ("172.17.0.1", 80),
            ("172.17.0.2", 8000),
            ("10.0.0.1", 80),
            ("192.168.0.1", 80),
            ("fe80::1", 80),
            ("127.0.0.1", 22),
            ("127.0.0.1", 80),
            ("127.0.0.1", 5672),
            ("127.0.0.1", 6379),
        )
    )


def resolves(name: str) -> bool:
    try:
        socket.getaddrinfo(name, 80)
    except OSError:
        return False
    return True


def told(host: str) -> bool:
    """Whether a datagram to this resolver is answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.3)
        try:
            client.connect((host, 53))
            client.send(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01")
            return bool(client.recv(512))
        except OSError:
            return False


def take_ports_of_services() -> None:
    """The control of the start order: where no service was there before, its port is anybody's."""
    taken = []
    for port in (5432, 6379, 5672):
        with socket.socket() as one:
            taken += [port] if not bound(one, port) else []
    FOUND["held: ports"] = str(taken)

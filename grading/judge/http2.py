"""Whether a port speaks HTTP/2 without TLS, as gRPC servers do: those answer nothing in HTTP/1.1."""

import socket
import struct
import time

FRAME_HEAD = struct.Struct(">BHBBI")
"""Length (24 bits, in two parts), type, flags, stream."""
SETTINGS = 4
LARGEST_FRAME_BYTES = 16 * 1024
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + FRAME_HEAD.pack(0, 0, SETTINGS, 0, 0)


def answers(port: int, seconds: float) -> bool:
    """Says what an HTTP/2 client says first. A server's first frame must be its settings (RFC 9113, 3.4)."""
    deadline = time.monotonic() + seconds
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
            connection.sendall(PREFACE)
            return _is_settings(_read(connection, deadline))
    except OSError:
        return False


def _read(connection: socket.socket, deadline: float) -> bytes:
    """The head of one frame; less if the server closes. Raises TimeoutError at the deadline."""
    data = b""
    while len(data) < FRAME_HEAD.size:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        if not (more := connection.recv(FRAME_HEAD.size - len(data))):
            break
        data += more
    return data


def _is_settings(head: bytes) -> bool:
    if len(head) < FRAME_HEAD.size:
        return False
    high, low, kind, flags, stream = FRAME_HEAD.unpack(head)
    length = high << 16 | low
    return (kind, flags, stream) == (SETTINGS, 0, 0) and length % 6 == 0 and length <= LARGEST_FRAME_BYTES

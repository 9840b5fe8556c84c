"""HTTP to a service that may be hostile: one connection per request to a literal address, one deadline for
the whole exchange (a server that sends a byte now and then must not hold the suite up), and a cap on what
is read, also after decompression. Failures are httpx exceptions whose text is a sentence for the
candidate, also of a hidden test: it quotes neither the whole request nor the answer.
"""

import socket
import time
import zlib
from collections.abc import Iterator

import h11
import httpx

BODY_BYTES = 4 * 1024 * 1024
HEADER_BYTES = 64 * 1024
DEFAULT_SECONDS = 5.0
HEADERS = {"Connection": "close", "Accept-Encoding": "identity"}
"""Sent by the readiness probe and by tests alike, so that a service cannot tell them apart."""
INTERIM_ANSWERS = 16
"""How many 1xx answers are read before the real one."""


class LoopbackTransport(httpx.BaseTransport):
    """The request's read timeout is the deadline of the whole exchange."""

    def __init__(self, *, body_bytes: int = BODY_BYTES) -> None:
        self._body_bytes = body_bytes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        seconds = request.extensions.get("timeout", {}).get("read") or DEFAULT_SECONDS
        exchange = _Exchange(request, seconds, self._body_bytes)
        try:
            return exchange.answer()
        except BaseException:
            exchange.close()
            raise


class _Exchange(httpx.SyncByteStream):
    """One request and its answer; iterating over it reads the answer's body."""

    def __init__(self, request: httpx.Request, seconds: float, body_bytes: int) -> None:
        self._request = request
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._body_bytes = body_bytes
        self._name = f"{request.method} {_shown(request.url)}"
        self._protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEADER_BYTES)
        self._socket: socket.socket | None = None

    def answer(self) -> httpx.Response:
        self._connect()
        self._send()
        head = self._head()
        self._cap = _Cap(head.headers.raw_items(), self._body_bytes)
        return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=self)

    def __iter__(self) -> Iterator[bytes]:
        while True:
            event = self._next_event()
            if isinstance(event, h11.Data):
                data = bytes(event.data)
                if not self._cap.allows(data):
                    size = self._body_bytes // 1024
                    text = f"{{}} was answered with a body of more than {size} KiB, or wrongly compressed"
                    raise self._fault(httpx.ReadError, text)
                yield data
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                return

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _connect(self) -> None:
        host, port = self._request.url.host, self._request.url.port or 80
        try:
            self._socket = socket.create_connection((host, port), timeout=self._left())
        except TimeoutError:
            raise self._late(httpx.ConnectTimeout) from None
        except OSError as error:
            text = f"your service accepts no connection on port {port} ({error.strerror})"
            raise self._fault(httpx.ConnectError, f"{{}} failed: {text}") from None

    def _send(self) -> None:
        url, headers = self._request.url, self._request.headers.raw
        head = h11.Request(method=self._request.method, target=url.raw_path, headers=headers)
        data = self._protocol.send(head) or b""
        stream = self._request.stream
        assert isinstance(stream, httpx.SyncByteStream)
        for chunk in stream:
            data += self._protocol.send(h11.Data(data=chunk)) or b""
        data += self._protocol.send(h11.EndOfMessage()) or b""
        try:
            self._timed().sendall(data)
        except TimeoutError:
            raise self._late(httpx.WriteTimeout) from None
        except OSError:
            # A server may answer and close before it has read everything (413); its answer decides.
            return

    def _head(self) -> h11.Response:
        for _ in range(INTERIM_ANSWERS):
            event = self._next_event()
            if isinstance(event, h11.Response):
                return event
        raise self._fault(httpx.RemoteProtocolError, "{} was answered with interim answers only")

    def _next_event(self) -> object:
        try:
            while (event := self._protocol.next_event()) is h11.NEED_DATA:
                self._protocol.receive_data(self._timed().recv(16 * 1024))
        except h11.RemoteProtocolError as error:
            raise self._garbled(str(error)) from None
        except TimeoutError:
            raise self._late(httpx.ReadTimeout) from None
        except OSError:
            raise self._cut_off() from None
        return event

    def _timed(self) -> socket.socket:
        assert self._socket is not None
        self._socket.settimeout(self._left())
        return self._socket

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _garbled(self, error: str) -> httpx.TransportError:
        """h11 quotes the answer after a colon; the answer may hold what was asked."""
        if "ConnectionClosed" in error or "peer closed connection" in error:
            return self._cut_off()
        what = error.partition(":")[0]
        return self._fault(httpx.RemoteProtocolError, f"the answer to {{}} is not valid HTTP: {what}")

    def _cut_off(self) -> httpx.TransportError:
        return self._fault(
            httpx.RemoteProtocolError, "your service closed the connection without a whole answer to {}"
        )

    def _late(self, kind: type[httpx.TransportError]) -> httpx.TransportError:
        return self._fault(kind, f"your service did not answer {{}} within {self._seconds:g} s")

    def _fault(self, kind: type[httpx.TransportError], text: str) -> httpx.TransportError:
        sentence = text.replace("{}", self._name)
        return kind(sentence[0].upper() + sentence[1:] + ".", request=self._request)


def _shown(url: httpx.URL) -> str:
    """The first step of the path: the rest, and the query, may be a hidden test's own."""
    first, more, _ = url.raw_path.decode("ascii").partition("?")[0][1:].partition("/")
    return f"/{first}/..." if more else f"/{first}"


class _Cap:
    """Whether a body stays small, as sent and decompressed. At most one layer of compression is accepted."""

    def __init__(self, headers: list[tuple[bytes, bytes]], limit: int) -> None:
        codings = b",".join(value for name, value in headers if name.lower() == b"content-encoding")
        layers = [coding.strip().lower() for coding in codings.split(b",") if coding.strip()]
        self._left = limit
        self._inflate = zlib.decompressobj(wbits=47) if layers in ([b"gzip"], [b"deflate"]) else None
        if len(layers) > 1:
            self._left = -1

    def allows(self, data: bytes) -> bool:
        if self._inflate is not None and self._left >= 0:
            try:
                data = self._inflate.decompress(data, self._left + 1)
            except zlib.error:
                return False
        self._left -= len(data)
        return self._left >= 0

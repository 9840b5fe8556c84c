"""An HTTP server in the judge's own process, for programs that call somebody: a provider, a webhook's target.

It listens before the candidate's container exists, so nobody else can have its port, and only the candidate
can reach it. What it is sent is hostile: requests are parsed by h11 with bounds on everything, and kept as
plain values. Counting happens here, where a program has no hand in it.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import h11

CONNECTIONS = 100
"""At once; one more is closed unanswered."""
HEAD_BYTES = 16 * 1024
BODY_BYTES = 256 * 1024
KEPT_REQUESTS = 5000
KEPT_BYTES = 16 * 1024 * 1024
"""Of one test; more is answered with 429 and not kept."""
IDLE_SECONDS = 10.0
_CHUNK = 8 * 1024


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as it came. Names of headers are in lower case; of several with one name the last counts."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    seconds: float
    """When, on the monotonic clock."""

    @property
    def text(self) -> str:
        """Bytes that are not UTF-8 are replaced."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """None for a body that is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int = 204
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def reply(status: int, value: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
    """A status with `value` as JSON, or without a body if it is None."""
    if value is None:
        return Reply(status=status, headers=headers or {})
    told = {"Content-Type": "application/json", **(headers or {})}
    return Reply(status=status, body=json.dumps(value).encode(), headers=told)


Handler = Callable[[Received], Reply]


def nobody(_request: Received) -> Reply:
    """Between tests there is nobody to answer."""
    return reply(503)


class Receiver:
    """Thread-safe. `handler` is called in the connection's thread; what it raises is kept in `errors`."""

    def __init__(self, port: int) -> None:
        """Listens at once."""
        self._listener = socket.create_server(("127.0.0.1", port), backlog=CONNECTIONS)
        self.port: int = self._listener.getsockname()[1]
        self._places = threading.Semaphore(CONNECTIONS)
        self._lock = threading.Lock()
        self._requests: list[Received] = []
        self._bytes = 0
        self.handler: Handler = nobody
        self.errors: list[Exception] = []
        threading.Thread(target=self._accept, name="receiver", daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[Received]:
        """Since the last `clear`, in the order in which they were complete."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        with self._lock:
            self._requests, self._bytes, self.handler, self.errors = [], 0, nobody, []

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                time.sleep(0.05)  # Out of descriptors, for example, which others may free.
                continue
            if not self._places.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                connection.settimeout(IDLE_SECONDS)
                _Conversation(connection, self._answer).hold()
        except (OSError, h11.ProtocolError):
            pass  # What a program breaks off, or sends that is no HTTP, has been no request.
        finally:
            self._places.release()

    def _answer(self, request: Received) -> Reply:
        if not self._keep(request):
            return reply(429)
        try:
            return self.handler(request)
        except Exception as error:  # noqa: BLE001 - the author's code; the fixture tells of it.
            self.errors.append(error)
            return reply(500)

    def _keep(self, request: Received) -> bool:
        with self._lock:
            size = len(request.body)
            if len(self._requests) >= KEPT_REQUESTS or self._bytes + size > KEPT_BYTES:
                return False
            self._requests.append(request)
            self._bytes += size
            return True


class _Conversation:
    """One connection: request after request."""

    def __init__(self, connection: socket.socket, answer: Handler) -> None:
        self._socket, self._answer = connection, answer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        self._request: h11.Request | None = None
        self._body = bytearray()

    def hold(self) -> None:
        """Until either side ends it. Raises OSError and h11.ProtocolError."""
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._read()
            elif isinstance(event, h11.Request):
                self._request, self._body = event, bytearray()
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > BODY_BYTES:
                    self._send(reply(413))
                    return
            elif isinstance(event, h11.EndOfMessage) and self._request is not None:
                self._send(self._answer(_received(self._request, bytes(self._body))))
                if self._http.our_state is not h11.DONE:
                    return
                self._http.start_next_cycle()
            else:
                return

    def _read(self) -> None:
        if self._http.they_are_waiting_for_100_continue:
            self._write(h11.InformationalResponse(status_code=100, headers=[]))
        self._http.receive_data(self._socket.recv(_CHUNK))

    def _send(self, answer: Reply) -> None:
        headers = {**answer.headers}
        if answer.status not in (204, 304):
            headers["Content-Length"] = str(len(answer.body))
        self._write(h11.Response(status_code=answer.status, headers=list(headers.items())))
        is_head = self._request is not None and self._request.method == b"HEAD"
        if answer.body and not is_head:
            self._write(h11.Data(data=answer.body))
        self._write(h11.EndOfMessage())

    def _write(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            self._socket.sendall(data)


def _received(request: h11.Request, body: bytes) -> Received:
    target = urlsplit(request.target.decode("ascii", "replace"))
    return Received(
        method=request.method.decode("ascii", "replace"),
        path=target.path,
        query=dict(parse_qsl(target.query, keep_blank_values=True, max_num_fields=100)),
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers},
        body=body,
        seconds=time.monotonic(),
    )

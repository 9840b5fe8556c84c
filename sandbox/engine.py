"""The Docker engine: the only module that imports its SDK. Every failure leaves here as a `SandboxError`.

One `Engine` may be used by many threads: the SDK's client keeps a pool of connections, and a request that
finds it empty opens another. The engine's address comes from DOCKER_HOST and friends, as for the docker
command.
"""

import contextlib
import io
import socket
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException, NotFound
from docker.transport import UnixHTTPAdapter
from docker.utils import kwargs_from_env

from sandbox.errors import EngineUnavailableError, PodError, SandboxError

TIMEOUT_SECONDS = 60
"""How long one call may take. Waiting for a container's end and building have limits of their own."""

_POOL_SIZE = 64
_FRAME = struct.Struct(">BxxxL")
"""Header of a frame of the attached stream: 1 byte stream (1 stdout, 2 stderr), 3 bytes nothing, length."""


@dataclass(frozen=True, kw_only=True)
class State:
    """What the engine says of a container."""

    running: bool
    exit_code: int
    out_of_memory: bool


@dataclass(frozen=True, kw_only=True)
class Processes:
    """How many processes and threads a container has; of these `alive`: those that have not begun to end."""

    count: int
    alive: int


class GoneError(SandboxError):
    """The container, image or volume does not exist (any more)."""


class Stream:
    """The attached stdin, stdout and stderr of one container. One thread reads, one at a time writes."""

    def __init__(self, attached: Any) -> None:
        self._attached = attached
        self._socket: socket.socket = getattr(attached, "_sock", attached)
        self._socket.settimeout(None)
        self._lock = threading.Lock()

    def write(self, data: bytes) -> None:
        """Send `data` to the container's standard input. Raises PodError if nobody is there to read it."""
        try:
            with self._lock:
                self._socket.sendall(data)
        except OSError as error:
            raise PodError(f"The container's standard input is closed: {error}") from error

    def close_input(self) -> None:
        """Give the container an end of file."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Yield (1 for stdout or 2 for stderr, bytes) until the container has ended or `close` is called."""
        with contextlib.suppress(OSError):
            while header := self._read(_FRAME.size):
                stream, size = _FRAME.unpack(header)
                while size > 0:
                    data = self._socket.recv(min(size, 65536))
                    if not data:
                        return
                    size -= len(data)
                    yield stream, data

    def close(self) -> None:
        """Let go of the stream; a thread that is reading it comes to its end."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        response = getattr(self._attached, "_response", None)
        if response is not None:
            response.close()
        with contextlib.suppress(OSError):
            self._attached.close()

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                return b""
            data += part
        return data


class _UnixAdapter(UnixHTTPAdapter):
    """One pool of connections for all requests. The SDK's own has one for each address, and so for each
    container a new connection for each of its calls.
    """

    def get_connection(self, url: str | bytes, proxies: Any = None) -> Any:
        del url
        return super().get_connection("", proxies)


@contextlib.contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise GoneError(f"{what}: {error.explanation or error}") from error
    except APIError as error:
        raise PodError(f"{what}: {error.explanation or error}") from error
    except requests.exceptions.ConnectionError as error:
        raise EngineUnavailableError(f"{what}: the Docker engine does not answer ({error}).") from error
    except requests.exceptions.Timeout as error:
        raise EngineUnavailableError(f"{what}: the Docker engine took too long ({error}).") from error
    except (requests.exceptions.RequestException, DockerException, OSError) as error:
        raise EngineUnavailableError(f"{what}: {error}") from error


class Engine:
    """A Docker engine. Raises EngineUnavailableError when made if it does not answer.

    `runtime`: the name of one of its container runtimes, for every container made here; '' is its default.
    """

    def __init__(self, *, timeout_seconds: int = TIMEOUT_SECONDS, runtime: str = "") -> None:
        self.runtime = runtime
        with _translated("Connecting to the Docker engine"):
            settings = kwargs_from_env()
            self._api: Any = docker.APIClient(
                version="auto", timeout=timeout_seconds, max_pool_size=_POOL_SIZE, **settings
            )
            address = self._api.base_url
            if isinstance(found := self._api.get_adapter(address), UnixHTTPAdapter):
                self._api.trust_env = False  # Or each request looks for a proxy, which there cannot be.
                adapter = _UnixAdapter(found.socket_path, timeout_seconds, max_pool_size=_POOL_SIZE)
                self._api.mount(address, adapter)
            self._api.ping()

    def close(self) -> None:
        """Close idle connections."""
        self._api.close()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def info(self) -> dict[str, Any]:
        """What the engine says of itself and its host."""
        with _translated("Asking the engine about itself"):
            info: dict[str, Any] = self._api.info()
        return info

    def versions(self) -> dict[str, str]:
        """Part -> its version: 'engine', 'kernel', and what the engine knows of the others, as 'runc'."""
        with _translated("Asking the engine for its versions"):
            found: dict[str, Any] = self._api.version()
        parts = {part["Name"].lower(): part["Version"] for part in found.get("Components") or ()}
        return {"engine": found.get("Version", ""), "kernel": found.get("KernelVersion", ""), **parts}

    def api_version(self) -> tuple[int, ...]:
        """Version of the API that both sides speak, as numbers."""
        return tuple(int(part) for part in self._api.api_version.split("."))

    # Containers

    def create(self, arguments: Mapping[str, Any], host: Mapping[str, Any]) -> str:
        """Create a container from the arguments that `sandbox.hardening` makes; return its id."""
        with _translated("Creating a container"):
            known = {name: value for name, value in host.items() if name != "masked_paths"}
            config = self._api.create_host_config(**known, runtime=self.runtime or None)
            config["MaskedPaths"] = host["masked_paths"]
            created = self._api.create_container(**arguments, host_config=config)
        identifier: str = created["Id"]
        return identifier

    def attach(self, container: str) -> Stream:
        """Attach to standard input, output and error.

        To be called before `start`, so that not a byte is lost.
        """
        with _translated("Attaching to a container"):
            params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
            return Stream(self._api.attach_socket(container, params=params))

    def start(self, container: str) -> None:
        """Start a created container."""
        with _translated("Starting a container"):
            self._api.start(container)

    def wait(self, container: str, *, timeout_seconds: float | None = None) -> int:
        """Wait for a container's end; return its exit code."""
        with _translated("Waiting for a container"):
            code: int = self._api.wait(container, timeout=timeout_seconds)["StatusCode"]
        return code

    def kill(self, container: str) -> bool:
        """SIGKILL. False, and nothing happens, if it is gone or has ended."""
        try:
            with _translated("Killing a container"):
                self._api.kill(container, signal="SIGKILL")
        except GoneError:
            return False
        except PodError as error:
            if "is not running" not in str(error):
                raise
            return False
        return True

    def state(self, container: str) -> State:
        """Whether it runs, how it ended, and whether the kernel killed any process of it for memory."""
        with _translated("Inspecting a container"):
            state = self._api.inspect_container(container)["State"]
        return State(
            running=state["Running"], exit_code=state["ExitCode"], out_of_memory=bool(state["OOMKilled"])
        )

    def inspect(self, container: str) -> dict[str, Any]:
        """Everything the engine knows of a container."""
        with _translated("Inspecting a container"):
            found: dict[str, Any] = self._api.inspect_container(container)
        return found

    def processes(self, container: str) -> Processes:
        """How many processes and threads a running container has at this moment.

        Asks for the engine's own list (`ps` on its host, nothing runs in the container): its statistics are
        empty for a container that joins the network of one that has none. Raises PodError if it has ended.
        """
        with _translated("Counting the processes of a container"):
            found = self._api.top(container, "-eL -o pid,lwp,vsz")["Processes"] or ()
        # The first that is taken from what ends is its memory: before its sockets are closed.
        return Processes(count=len(found), alive=sum(row[-1] != "0" for row in found))

    def remove(self, container: str) -> None:
        """Kill and remove a container with its anonymous volumes. Nothing happens if it is gone."""
        with contextlib.suppress(GoneError), _translated("Removing a container"):
            self._api.remove_container(container, force=True, v=True)

    def containers(self, *labels: str) -> list[dict[str, Any]]:
        """All containers, running or not, that carry every one of `labels` ('name' or 'name=value')."""
        with _translated("Listing containers"):
            found: list[dict[str, Any]] = self._api.containers(all=True, filters={"label": list(labels)})
        return found

    # Volumes

    def create_volume(self, arguments: Mapping[str, Any]) -> None:
        """Create a volume from the arguments that `sandbox.hardening` makes."""
        with _translated("Creating a volume"):
            self._api.create_volume(**arguments)

    def remove_volume(self, name: str) -> None:
        """Remove a volume. Nothing happens if it is gone."""
        with contextlib.suppress(GoneError), _translated("Removing a volume"):
            self._api.remove_volume(name, force=True)

    def volumes(self, *labels: str) -> list[dict[str, Any]]:
        """All volumes that carry every one of `labels`."""
        with _translated("Listing volumes"):
            found: list[dict[str, Any]] = self._api.volumes(filters={"label": list(labels)})["Volumes"] or []
        return found

    # Images

    def images(self, *labels: str, dangling: bool | None = None) -> list[dict[str, Any]]:
        """All images that carry every one of `labels`."""
        filters: dict[str, Any] = {"label": list(labels)}
        if dangling is not None:
            filters["dangling"] = dangling
        with _translated("Listing images"):
            found: list[dict[str, Any]] = self._api.images(filters=filters)
        return found

    def image_id(self, name: str) -> str | None:
        """Id of a local image, None if there is none of that name."""
        try:
            with _translated("Looking for an image"):
                identifier: str = self._api.inspect_image(name)["Id"]
        except GoneError:
            return None
        return identifier

    def remove_image(self, name: str) -> None:
        """Remove an image. Nothing happens if it is gone; PodError if a container uses it."""
        with contextlib.suppress(GoneError), _translated("Removing an image"):
            self._api.remove_image(name, force=False, noprune=False)

    def pull(self, repository: str, tag: str, *, timeout_seconds: int) -> None:
        """Fetch an image from its registry. SandboxError if the registry is silent for `timeout_seconds`."""
        with _translated(f"Pulling {repository}:{tag}"):
            settings = kwargs_from_env()
            client: Any = docker.APIClient(version="auto", timeout=timeout_seconds, **settings)
            try:
                for step in client.pull(repository, tag=tag, stream=True, decode=True):
                    if "error" in step:
                        raise PodError(f"Pulling {repository}:{tag}: {step['error']}")
            finally:
                client.close()

    def import_image(self, archive: str, *, repository: str, tag: str, changes: Sequence[str] = ()) -> None:
        """Make an image of one layer from a file that holds a root file system as a tar."""
        with _translated("Importing an image"):
            self._api.import_image_from_file(archive, repository=repository, tag=tag, changes=list(changes))

    def build(self, context: bytes, options: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Build an image from a tar; yield the builder's messages ('stream', 'error', ...).

        `options` go to the SDK as they are.
        """
        with _translated("Building an image"):
            yield from self._api.build(
                fileobj=io.BytesIO(context),
                custom_context=True,
                decode=True,
                rm=True,
                forcerm=True,
                **options,
            )

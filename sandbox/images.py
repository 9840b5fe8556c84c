"""Images are found by the hash of their recipe and built when there is none.

A recipe is a Dockerfile with its files and its parent's recipe; change one byte and it is another image. A
container is made from an image's id, so what was graded yesterday can be named exactly. Recipes never fetch
anything but packages of pinned versions; what the host must tell a build (mirror, proxy, certificates)
stays in its first stage.
"""

import contextlib
import fcntl
import hashlib
import io
import os
import tarfile
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sandbox import base, build_inputs
from sandbox.engine import Engine
from sandbox.errors import ImageError, PodError, SandboxError

RECIPES = Path(__file__).parent / "images"
RECIPE_LABEL = "touchstone.recipe"
STAGE_LABEL = "touchstone.stage"
SHIPPED = ("python", "node", "python-agent", "node-agent", "judge", "postgres", "redis", "rabbitmq")
"""What a worker needs besides what packs bring."""

_PARENTS = {
    "cpython": "base",
    "python": "cpython",
    "judge-packages": "cpython",
    "judge": "judge-packages",
    "node": "base",
    "python-agent": "python",
    "node-agent": "node",
    "postgres": "base",
    "redis": "base",
    "rabbitmq": "base",
}
_TOOLS = "build"
_MESSAGES_KEPT = 60


@dataclass(frozen=True)
class Recipe:
    """How an image is made. Its Dockerfile begins with 'ARG PARENT' and 'FROM ${PARENT}'."""

    name: str
    context: Mapping[str, bytes] = field(repr=False)
    """Path -> content; one is 'Dockerfile'."""
    parent: "Recipe | None" = None
    """None: Debian itself."""
    online: bool = False
    """Whether its build may use the network. No for anything that runs what a pack brings."""
    memory_bytes: int = 0
    """The most memory each step of the build may use; 0: no limit."""

    @cached_property
    def digest(self) -> str:
        """SHA-256, hexadecimal, over everything that decides what the image holds."""
        digest = hashlib.sha256(f"{self.name}\0{self.parent.digest if self.parent else ''}\0".encode())
        for path, content in sorted(self.context.items()):
            digest.update(f"{path}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    @property
    def tag(self) -> str:
        """Name of the image for people and for the 'FROM' of its children."""
        return f"touchstone/{self.name}:{self.digest[:12]}"


def base_recipe() -> Recipe:
    """The image below all others: Debian with nothing setuid and nothing of its host."""
    return Recipe("base", _context("base"), online=True)


def shipped(name: str, extra: Mapping[str, bytes] | None = None) -> Recipe:
    """The recipe in the folder of that name, with `extra` files in its context.

    Raises ImageError if there is none.
    """
    if name == "base":
        return base_recipe()
    if name not in _PARENTS:
        raise ImageError(f"There is no image recipe {name!r}; there are: {', '.join(['base', *_PARENTS])}.")
    return Recipe(name, {**_context(name), **(extra or {})}, shipped(_PARENTS[name]), online=True)


class Images:
    """Finds and builds images on one engine.

    Thread-safe, and safe beside other processes on the same machine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, str] = {}
        """Digest of a recipe -> id. To ask for an id is much quicker than to look through all labels."""

    def find_or_build(self, recipe: Recipe) -> str:
        """Return the id of the image, 'sha256:...'. Raises ImageError with the end of the build's output."""
        if found := self._find(recipe):
            return found
        with _lock(recipe.name):
            return self._find(recipe) or self._build(recipe)

    def _find(self, recipe: Recipe) -> str | None:
        known = self._known.get(recipe.digest)
        if known is not None and self._engine.image_id(known) is not None:
            return known
        # An image that somebody derived from ours has inherited the label, but not the name.
        labelled = self._engine.images(f"{RECIPE_LABEL}={recipe.digest}")
        found = next((image for image in labelled if recipe.tag in (image["RepoTags"] or ())), None)
        if found is None:
            return None
        self._known[recipe.digest] = identifier = str(found["Id"])
        return identifier

    def _build(self, recipe: Recipe) -> str:
        if recipe.parent is None:
            parent = base.debian(self._engine)
        else:
            self.find_or_build(recipe.parent)
            parent = recipe.parent.tag
        try:
            self._run(recipe, parent)
        finally:
            self._remove_stages(recipe)
        found = self._find(recipe)
        if found is None:
            raise ImageError(f"Image {recipe.tag} was built but cannot be found.")
        return found

    def _run(self, recipe: Recipe, parent: str) -> None:
        messages: deque[str] = deque(maxlen=_MESSAGES_KEPT)
        options = {
            "tag": recipe.tag,
            "labels": {RECIPE_LABEL: recipe.digest},
            "buildargs": {
                "PARENT": parent,
                "STAGE": recipe.digest,
                **(build_inputs.proxies() if recipe.online else {}),
            },
            "network_mode": "host" if recipe.online else "none",
            "container_limits": {"memory": recipe.memory_bytes, "memswap": recipe.memory_bytes}
            if recipe.memory_bytes
            else {},
            "use_config_proxy": False,
            "timeout": 1800,
        }
        inputs = build_inputs.files() if recipe.online else {}
        try:
            for message in self._engine.build(_tar({**recipe.context, **inputs}), options):
                messages.append(message.get("stream", ""))
                if "error" in message:
                    raise ImageError(
                        f"Image {recipe.name} could not be built. {_end(messages)}{message['error']}"
                    )
        except PodError as error:
            raise ImageError(f"Image {recipe.name} could not be built: {error}") from error

    def _remove_stages(self, recipe: Recipe) -> None:
        """Remove the images of all but the last stage: they hold the host's inputs.

        A busy engine may refuse or take long; the image that was built is good all the same.
        """
        with contextlib.suppress(SandboxError):
            for stage in self._engine.images(f"{STAGE_LABEL}={recipe.digest}", dangling=True):
                self._engine.remove_image(stage["Id"])


def _context(name: str) -> dict[str, bytes]:
    """The files of a recipe's folder, and the tools all Dockerfiles share."""
    found: dict[str, bytes] = {}
    for prefix, folder in (("", RECIPES / name), (f"{_TOOLS}/", RECIPES / _TOOLS)):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found[prefix + path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            entry.mode = 0o755 if content.startswith(b"#!") else 0o644
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _end(messages: deque[str]) -> str:
    return "The end of the build's output:\n" + "".join(messages)


@contextlib.contextmanager
def _lock(name: str) -> Iterator[None]:
    """One build of an image of this name at a time, over all threads and processes of this machine.

    Workers on two machines with one engine may build twice; that does no harm.
    """
    path = Path(tempfile.gettempdir()) / f"touchstone-image-{name}-{os.getuid()}.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

"""Which images a pack's pod is made of. Each is found by the digest of its recipe, or built once."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from grading.challenge import ChallengePack, Kind, ServiceUse
from grading.errors import Fault, FaultyPackError
from sandbox.databases import postgres_data
from sandbox.errors import ImageError
from sandbox.images import Recipe, shipped

LANGUAGE_IMAGES: Mapping[str, str] = {
    "python": "python-agent",
    "javascript": "node-agent",
    "typescript": "node-agent",
}
"""The image of each language's submissions."""

JUDGE_FOLDER = Path(__file__).parent / "judge"
AGENT_FOLDER = Path(__file__).parent / "agent"
SHARED = ("__init__.py", "builtin.py", "operators.py", "tags.py", "wire.py")
"""What the judge has of the agent's folder."""

BAKE_ERROR = "BAKE ERROR: "
SQL_CHARACTERS = 1000
_PSQL = re.compile(r"psql:/data/(\S+?):(\d+): ")
_BUILD = re.compile(r"The command '|\s*--->|Step \d|Removing intermediate|#\d+ ")


class ImageFinder(Protocol):
    """See `sandbox.images.Images`."""

    def find_or_build(self, recipe: Recipe) -> str: ...


def pod_images(pack: ChallengePack, language: str, images: ImageFinder) -> dict[str, str]:
    """Image ids for `services.pod_spec`: 'judge', each service, and 'candidate' unless the kind has none.
    Raises ImageError, and FaultyPackError for SQL of the pack's that PostgreSQL refuses.
    """
    found = {name: _service_image(pack, use, images) for name, use in pack.services.items()}
    found["judge"] = images.find_or_build(judge_recipe())
    if pack.kind is not Kind.SQL:
        found["candidate"] = images.find_or_build(candidate_recipe(language))
    return found


@cache
def judge_recipe() -> Recipe:
    """The shipped judge image with the judge's own code."""
    files = [*JUDGE_FOLDER.rglob("*.py"), *(AGENT_FOLDER / name for name in SHARED)]
    return shipped("judge", _context(files))


@cache
def candidate_recipe(language: str) -> Recipe:
    """The image of a language's submissions, with the agent's code."""
    suffix = ".py" if language == "python" else ".mjs"
    return shipped(LANGUAGE_IMAGES[language], _context([*AGENT_FOLDER.rglob(f"*{suffix}")]))


def recipe(name: str) -> Recipe:
    """A shipped image of that name, with all that gradings put into it."""
    by_image = {image: language for language, image in LANGUAGE_IMAGES.items()}
    if name == "judge":
        return judge_recipe()
    return candidate_recipe(by_image[name]) if name in by_image else shipped(name)


def _context(files: Sequence[Path]) -> dict[str, bytes]:
    root = JUDGE_FOLDER.parent
    found = {f"grading/{path.relative_to(root).as_posix()}": path.read_bytes() for path in sorted(files)}
    return {"grading/__init__.py": b"", **found}


def service_recipe(pack: ChallengePack, use: ServiceUse) -> Recipe:
    """A service's image; PostgreSQL's with the pack's data loaded, once for all gradings."""
    if use.name != "postgres":
        return shipped(use.name)
    return postgres_data(use.databases, pack.below("services/postgres"))


def _service_image(pack: ChallengePack, use: ServiceUse, images: ImageFinder) -> str:
    try:
        return images.find_or_build(service_recipe(pack, use))
    except ImageError as error:
        if fault := _sql_fault(str(error)):
            raise FaultyPackError([fault]) from error
        raise


def _sql_fault(text: str) -> Fault | None:
    """What the bake said of a file of the pack's, as PostgreSQL's client tells it."""
    _, found, told = text.partition(BAKE_ERROR)
    if not found:
        return None
    file, _, message = told.strip().partition(": ")
    if place := _PSQL.search(message):
        file, line, message = place[1], int(place[2]), message[place.end() :]
        return Fault(f"services/postgres/{file}", line, _one_line(message))
    return Fault(f"services/postgres/{file}", 0, _one_line(message))


def _one_line(message: str) -> str:
    """PostgreSQL's message with its details, without what our build adds to it."""
    lines = [line.strip() for line in message.splitlines() if line.strip() and not _BUILD.match(line)]
    return " ".join(lines)[:SQL_CHARACTERS]

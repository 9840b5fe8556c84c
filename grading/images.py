"""Which images a pack's pod is made of. Each is found by the digest of its recipe, or built once."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

from grading.challenge import ChallengePack, Kind, ServiceUse
from sandbox.databases import postgres_data
from sandbox.images import Recipe, shipped

LANGUAGE_IMAGES: Mapping[str, str] = {"javascript": "node", "typescript": "node"}
"""Languages whose image has another name than they."""

JUDGE_FOLDER = Path(__file__).parent / "judge"


class ImageFinder(Protocol):
    """See `sandbox.images.Images`."""

    def find_or_build(self, recipe: Recipe) -> str: ...


def pod_images(pack: ChallengePack, language: str, images: ImageFinder) -> dict[str, str]:
    """Image ids for `services.pod_spec`: 'judge', each service, and 'candidate' unless the kind has none.
    Raises ImageError.
    """
    found = {name: images.find_or_build(service_recipe(pack, use)) for name, use in pack.services.items()}
    found["judge"] = images.find_or_build(judge_recipe())
    if pack.kind is not Kind.SQL:
        found["candidate"] = images.find_or_build(shipped(LANGUAGE_IMAGES.get(language, language)))
    return found


@cache
def judge_recipe() -> Recipe:
    """The shipped judge image with the judge's own code."""
    files = sorted(JUDGE_FOLDER.rglob("*.py"))
    return shipped("judge", {f"judge/{path.relative_to(JUDGE_FOLDER)}": path.read_bytes() for path in files})


def service_recipe(pack: ChallengePack, use: ServiceUse) -> Recipe:
    """A service's image; PostgreSQL's with the pack's data loaded, once for all gradings."""
    if use.name != "postgres":
        return shipped(use.name)
    return postgres_data(use.databases, pack.below("services/postgres"))

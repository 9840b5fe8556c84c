"""The challenges that ship with Touchstone: loaded and published from assessments/catalog/.

They are not proved again by each installation: Touchstone's own tests prove every one of them, and the proof
that is noted here says so. Whoever doubts it can have their own workers prove it, from the version's page. A
folder whose files are not those that were proved is no such pack: it is loaded, and the workers prove it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assessments.challenges import publish, store
from assessments.models import ChallengeVersion
from assessments.proved import PROVED
from grading import packs
from grading.errors import PackError
from grading.proofs import proving

FOLDER = Path(__file__).parent / "catalog"
UNPROVED = (
    "loaded, not published: its files are not those that ship, so the workers prove it first. "
    "Publish it from its page when they have."
)


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What became of one folder: a version that is new or was there, or the error that keeps it out."""

    slug: str
    version: ChallengeVersion | None = None
    is_new: bool = False
    is_vouched_for: bool = True
    """False for one that is new here and not what ships: it waits for its proof."""
    error: PackError | None = None


def load(*, now: datetime, folder: Path = FOLDER) -> Iterator[Loaded]:
    """Loads each pack of the folder, and publishes those that ship. What is published already stays as it is,
    and so does a version that somebody has retired: a restart must not bring it back.
    """
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield _load(path, now)


def _load(path: Path, now: datetime) -> Loaded:
    try:
        pack = packs.load(path)
    except PackError as error:
        return Loaded(slug=path.name, error=error)
    version = ChallengeVersion.objects.filter(pack_id=pack.digest).first()
    if version is not None:
        return Loaded(slug=pack.slug, version=version)
    version = store(pack, by=None)
    if PROVED.get(pack.slug) != pack.digest:
        proving.request(version.pack, now=now)
        return Loaded(slug=pack.slug, version=version, is_new=True, is_vouched_for=False)
    proving.vouch(version.pack, now=now)
    publish(version, now=now)
    return Loaded(slug=pack.slug, version=version, is_new=True)

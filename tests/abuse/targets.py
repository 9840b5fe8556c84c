"""The packs that are attacked, each made anew for a trial: with words that no candidate must ever read."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grading import packs, paths
from grading.challenge import ChallengePack
from tests.assessments import records

PACKS = Path(__file__).parent / "packs"
REST = {"skipping": "service", "escape": "walls", "queue": "walls", "stores": "walls"}
"""A folder that holds only what is its own -> the folder that has the rest of its pack."""
CANARY, REVERSED_CANARY, SEALED, HOST_FILE = "@CANARY@", "@YRANAC@", "@SEALED@", "@HOST_FILE@"
"""Written in a pack's tests, or in a case; replaced by what is made up for one trial."""
STORED = "canarye58d68a5f134"
"""In a table that only the owner may read, where its schema says `STORED_MARK`. The same in every trial: data
are baked into an image, once.
"""
STORED_MARK = b"@STORED@"
PATIENCE = b"timeout(20)"


@dataclass(frozen=True)
class Canaries:
    """Random words that a candidate must never read."""

    word: str = field(default_factory=lambda: f"canary{secrets.token_hex(6)}")
    """In a hidden request, so that the program may know it; its author may not."""
    sealed: str = field(default_factory=lambda: f"canary{secrets.token_hex(6)}")
    """In the hidden tests, and sent to nobody."""
    neighbour: str = field(default_factory=lambda: f"canary{secrets.token_hex(6)}")
    """In another candidate's code."""
    host: str = field(default_factory=lambda: f"canary{secrets.token_hex(6)}")
    """In a file on the worker's host."""
    secrets: list[str] = field(default_factory=list)
    """Keys and owners' passwords that the worker made for the trial's pods."""

    def of_the_author(self) -> list[str]:
        """In nothing that the candidate can read."""
        return [self.word, self.word[::-1], self.word.upper(), *self.of_the_platform()]

    def of_the_platform(self) -> list[str]:
        """Not even in what the program writes: it can never have seen them."""
        return [self.sealed, self.neighbour, self.host, STORED, *self.secrets]

    def fill(self, text: str) -> str:
        """The text with this trial's words in place of the marks."""
        words = {CANARY: self.word, REVERSED_CANARY: self.word[::-1], SEALED: self.sealed}
        for mark, word in words.items():
            text = text.replace(mark, word)
        return text


def read(name: str) -> ChallengePack:
    """The pack as it is in tests/abuse/packs, with the marks of one trial in it."""
    files = _files(REST[name]) | _files(name) if name in REST else _files(name)
    files = {path: data.replace(STORED_MARK, STORED.encode()) for path, data in files.items()}
    return packs.from_tar(records.archive(files, name))


def load(
    name: str, canaries: Canaries, limits: Mapping[str, Any], patience: int | None = None
) -> ChallengePack:
    """The pack with this trial's canaries in its tests, and other limits."""
    pack = read(name)
    files = dict(pack.files)
    for path, data in pack.below("tests").items():
        files[f"tests/{path}"] = canaries.fill(data.decode()).encode()
    if patience is not None:
        files = {path: data.replace(PATIENCE, b"timeout(%d)" % patience) for path, data in files.items()}
    lines = files["challenge.toml"].decode().splitlines()
    for key, value in limits.items():
        lines = [f"{key} = {value}" if line.startswith(f"{key} = ") else line for line in lines]
    return changed(pack, {**files, "challenge.toml": "\n".join(lines).encode()})


def changed(pack: ChallengePack, files: Mapping[str, bytes]) -> ChallengePack:
    """The pack with other, or more, files."""
    return packs.from_tar(packs.to_tar(replace(pack, files={**pack.files, **files})), slug=pack.slug)


def _files(name: str) -> dict[str, bytes]:
    files = {path.relative_to(PACKS / name).as_posix(): path for path in (PACKS / name).rglob("*")}
    kept = {path: file for path, file in files.items() if file.is_file() and not paths.is_junk(path)}
    return {path: file.read_bytes() for path, file in kept.items()}

"""The challenge pack format: a folder (or an archive of it) to a `ChallengePack`, and back to a canonical
tar.

All faults of a pack are found in one reading, each with its file and, where there is one, its line. The
digest of a pack is the SHA-256 of its canonical tar: the same files and the same slug give the same digest on
every machine.
"""

import hashlib
import io
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path

from grading import archives, description, manifest, paths
from grading.challenge import ChallengePack, Flawed, Suite, TestCase
from grading.description import MAX_SLUG, SLUG, Description
from grading.errors import ArchiveError, Fault, PackError, printable
from grading.flaws import read_flawed
from grading.layout import check_layout


def load(folder: Path) -> ChallengePack:
    """Reads a pack's folder; its name is the slug. Raises PackError with every fault."""
    files, faults = _read_folder(folder)
    return _load(files, folder.resolve().name, faults)


def check(folder: Path) -> list[Fault]:
    """Everything that is wrong with the pack in this folder, sorted by file and line; empty if nothing is."""
    try:
        load(folder)
    except PackError as error:
        return list(error.faults)
    return []


def from_tar(data: bytes, *, slug: str = "") -> ChallengePack:
    """Reads a tar, tar.gz or zip of a pack. The slug is the given one or the name of the archive's only top
    folder.

    Raises PackError with every fault, or ArchiveError if the archive itself is not accepted.
    """
    top, files = archives.strip_top(archives.read_entries(data))
    return _load(files, slug or top, _faults_of_paths(files))


def from_stored(data: bytes) -> ChallengePack:
    """Reads back what `to_tar` wrote, of any size that was accepted. Raises PackError.

    Not for what comes from elsewhere: it is read without bounds.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:", encoding="utf-8") as archive:
            members = [(member.name, archive.extractfile(member)) for member in archive]
            files = {name: stream.read() for name, stream in members if stream is not None}
    except tarfile.TarError as error:
        raise PackError([Fault(".", 0, f"the stored pack cannot be read: {error}")]) from error
    top, files = archives.strip_top(files)
    return _load(files, top, [])


def from_path(path: Path) -> ChallengePack:
    """Reads a folder, or a tar or zip file named after the pack. Raises PackError."""
    if path.is_dir():
        return load(path)
    try:
        top, files = archives.strip_top(archives.read_entries(path.read_bytes()))
        slug = top or re.sub(r"\.(tar|tar\.gz|tgz|zip)$", "", path.name)
        return _load(files, slug, _faults_of_paths(files))
    except OSError as error:
        raise PackError([Fault(str(path), 0, f"cannot be read: {error.strerror}")]) from error
    except ArchiveError as error:
        raise PackError([Fault(str(path), 0, error.message)]) from error


def to_tar(pack: ChallengePack) -> bytes:
    """The canonical tar: one top folder named after the slug, files in order, no dates, owners or modes."""
    return _tar(pack.slug, pack.files)


def _tar(slug: str, files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(files):
            member = tarfile.TarInfo(f"{slug}/{path}")
            member.size = len(files[path])
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(files[path]))
    return buffer.getvalue()


def _load(files: dict[str, bytes], slug: str, faults: list[Fault]) -> ChallengePack:
    if not SLUG.fullmatch(slug) or len(slug) > MAX_SLUG:
        faults.append(
            Fault(".", 0, f"the folder's name {printable(slug)!r} must be lower-case words joined by dashes")
        )
    pack = _build(files, slug, faults)
    if faults or pack is None:
        raise PackError(sorted(set(faults)))
    return pack


def _build(files: dict[str, bytes], slug: str, faults: list[Fault]) -> ChallengePack | None:
    if description.FILE not in files:
        faults.append(Fault(description.FILE, 0, "the file is missing"))
        return None
    read = description.read(files[description.FILE], faults)
    if read is None:
        return None
    document, told = read
    check_layout(files, told, document, faults)
    suites = {suite: _suite(files, suite, told, faults) for suite in Suite}
    for test in told.excused.keys() - {test.id for test in suites[Suite.HIDDEN]}:
        document.fault(("liars", test), f"the hidden suite has no test {test!r}")
    return ChallengePack(
        slug=slug,
        title=told.title,
        kind=told.kind,
        summary=told.summary,
        statement=_statement(files.get("statement.md", b"")),
        difficulty=told.difficulty,
        minutes=told.minutes,
        skills=told.skills,
        languages=told.languages,
        service=told.service,
        limits=told.limits,
        services=told.services,
        receiver=told.receiver,
        feedback=told.feedback,
        starter_max_score=told.starter_max_score,
        excused=told.excused,
        suites=suites,
        flawed=_flawed(files, told, suites[Suite.HIDDEN], faults),
        files=files,
        digest=hashlib.sha256(_tar(slug, files)).hexdigest(),
    )


def _statement(data: bytes) -> str:
    """Without a byte order mark, and with plain line ends, whatever editor wrote it."""
    return data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")


def _suite(
    files: Mapping[str, bytes], suite: Suite, told: Description, faults: list[Fault]
) -> tuple[TestCase, ...]:
    skills = list(told.skills) or ["general"]
    defaults = manifest.Defaults(
        skills=skills, main_skill=max(skills, key=lambda slug: told.skills.get(slug, 0)), limits=told.limits
    )
    folder = f"tests/{suite.value}"
    tests = manifest.read(files, folder, defaults, faults)
    if not tests:
        faults.append(Fault(folder, 0, "the suite holds no test"))
    return tests


def _flawed(
    files: Mapping[str, bytes], told: Description, hidden: tuple[TestCase, ...], faults: list[Fault]
) -> tuple[Flawed, ...]:
    names = sorted(
        {path.split("/")[1] for path in files if path.startswith("flawed/") and path.count("/") > 1}
    )
    test_ids = frozenset(test.id for test in hidden)
    read = [read_flawed(files, name, told.languages, test_ids, faults) for name in names]
    return tuple(flaw for flaw in read if flaw is not None)


def _read_folder(folder: Path) -> tuple[dict[str, bytes], list[Fault]]:
    """The files of a folder and what is wrong with them as files. Links are never followed."""
    if not folder.is_dir():
        raise PackError([Fault(str(folder), 0, "there is no such folder")])
    files: dict[str, bytes] = {}
    faults: list[Fault] = []
    total = 0
    for entry in sorted(folder.rglob("*")):
        path = entry.relative_to(folder).as_posix()
        if paths.is_junk(path) or (entry.is_dir() and not entry.is_symlink()):
            continue
        if fault := _fault_of_entry(entry, path):
            faults.append(Fault(printable(path), 0, fault))
            continue
        total += entry.stat().st_size
        if len(files) >= archives.MAX_ENTRIES or total > archives.MAX_TOTAL_BYTES:
            raise PackError([Fault(".", 0, "the pack has too many files, or they are too large together")])
        if paths.clean(path) in files:
            faults.append(Fault(path, 0, "is there twice: as composed characters (NFC) and as others"))
        files[paths.clean(path)] = entry.read_bytes()
    if pair := paths.collision(files):
        faults.append(Fault(pair[1], 0, f"collides with {pair[0]}"))
    return files, faults


def _faults_of_paths(files: Mapping[str, bytes]) -> list[Fault]:
    return [Fault(printable(path), 0, fault) for path in files if (fault := _fault_of_path(path))]


def _fault_of_entry(entry: Path, path: str) -> str:
    if entry.is_symlink() or not entry.is_file():
        return "a link or device is not accepted; only regular files are"
    if entry.stat().st_size > archives.MAX_FILE_BYTES:
        return f"the file is larger than {archives.MAX_FILE_BYTES // archives.MIB} MiB"
    return _fault_of_path(path)


def _fault_of_path(path: str) -> str:
    try:
        paths.clean(path)
    except ValueError as error:
        return str(error)
    return ""

"""A submission's files: which are accepted, and what a program's container gets.

A challenge sorts paths into three kinds, by the patterns of the language: hidden, read-only and editable, in
this order; a file of the starter that no pattern names is read-only. A submission holds editable files only.
"""

import os
from collections.abc import Mapping
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path

from grading import paths
from grading.challenge import ChallengePack, Flawed, Language, Suite
from grading.errors import RejectedUpload, printable
from grading.shadows import Protected

MAX_FILES = 64
MAX_FILE_BYTES = 256 * 1024
MAX_TOTAL_BYTES = 1024 * 1024

Submitted = Mapping[str, str] | Mapping[str, bytes] | Mapping[str, str | bytes]


class Access(Enum):
    """What a candidate may do with a file."""

    EDITABLE = "editable"
    READ_ONLY = "read_only"
    HIDDEN = "hidden"


def access_to(path: str, language: Language) -> Access:
    if _matches(path, language.hidden):
        return Access.HIDDEN
    if not _matches(path, language.read_only) and _matches(path, language.editable):
        return Access.EDITABLE
    return Access.READ_ONLY


def starter(pack: ChallengePack, language: str, access: Access = Access.EDITABLE) -> dict[str, str]:
    """The starter's files of one kind: what an attempt begins with, or what is shown beside it."""
    patterns = pack.languages[language]
    return {
        path: text for path, text in pack.starter(language).items() if access_to(path, patterns) is access
    }


def reference(pack: ChallengePack, language: str) -> dict[str, str]:
    """The reference solution as a submission."""
    return {**starter(pack, language), **pack.solution(language)}


def flawed(pack: ChallengePack, flaw: Flawed) -> dict[str, str]:
    """A wrong solution as a submission: its files replace or join the starter's."""
    return {**starter(pack, flaw.language), **flaw.files}


def clean(files: Submitted, pack: ChallengePack, language: str) -> dict[str, str]:
    """The submission as it is stored: a `draft` with something in it. Raises RejectedUpload."""
    cleaned = draft(files, pack, language)
    if not any(text.strip() for text in cleaned.values()):
        raise RejectedUpload("Your submission is empty: there is no code to run, so it scores 0.")
    return cleaned


def draft(files: Submitted, pack: ChallengePack, language: str) -> dict[str, str]:
    """Work in progress: editable files only, paths in NFC, texts. It may be empty.

    Raises RejectedUpload with a sentence for the sender. A read-only file that was not changed is left out in
    silence.
    """
    if language not in pack.languages:
        offered = ", ".join(pack.languages)
        raise RejectedUpload(
            f"This challenge cannot be solved in {printable(language)!r}, only in {offered}."
        )
    _check_amount(files)
    cleaned: dict[str, str] = {}
    for name, content in files.items():
        path = _clean_path(name)
        if path in cleaned:
            raise RejectedUpload(f"{printable(path)} is there twice.")
        text = _clean_text(path, content)
        if _is_accepted(path, text, pack, language):
            cleaned[path] = text
    if pair := paths.collision(cleaned):
        raise RejectedUpload(f"{printable(pair[1])} collides with {printable(pair[0])}; rename one of them.")
    _refuse_shadows(cleaned, pack, language)
    return cleaned


def complete(
    pack: ChallengePack, language: str, files: Mapping[str, str], suite: Suite = Suite.HIDDEN
) -> dict[str, bytes]:
    """What the container gets: editable files from the submission only, all others from the starter. Hidden
    ones are left out of a visible run, whose output the candidate reads.
    """
    patterns = pack.languages[language]
    held_back = {Access.EDITABLE, Access.HIDDEN} if suite is Suite.VISIBLE else {Access.EDITABLE}
    given = {
        path: data
        for path, data in pack.below(f"starter/{language}").items()
        if access_to(path, patterns) not in held_back
    }
    return given | {path: text.encode() for path, text in files.items()}


def from_folder(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, for `clean`. Links are refused, never followed; what tools leave behind is
    passed over.
    """
    if not folder.is_dir():
        raise RejectedUpload(f"{folder} is not a folder.")
    files: dict[str, bytes] = {}
    for entry in sorted(folder.rglob("*")):
        path = entry.relative_to(folder).as_posix()
        if paths.is_junk(path):
            continue
        if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
            raise RejectedUpload(f"{printable(path)} is a link or a device; only regular files are accepted.")
        if entry.is_dir():
            continue
        if entry.stat().st_size > MAX_FILE_BYTES:
            raise _too_large(path)
        if len(files) >= MAX_FILES:
            raise _too_many()
        files[path] = entry.read_bytes()
    return files


def of_the_pack(pack: ChallengePack, folder: Path, root: Path) -> tuple[str, dict[str, str]] | None:
    """Language and whole submission, if `folder` is one of the solutions inside the pack's own folder `root`.

    Such a folder holds only what differs from the starter, and notes of its author.
    """
    match Path(os.path.relpath(folder.resolve(), root.resolve())).parts:
        case ("solutions", language) if language in pack.languages:
            return language, reference(pack, language)
        case ("flawed", name):
            flaw = next((flaw for flaw in pack.flawed if flaw.name == name), None)
            return (flaw.language, flawed(pack, flaw)) if flaw else None
    return None


def _check_amount(files: Submitted) -> None:
    if len(files) > MAX_FILES:
        raise _too_many()
    total = 0
    for name, content in files.items():
        size = len(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        if size > MAX_FILE_BYTES:
            raise _too_large(name)
        total += size
    if total > MAX_TOTAL_BYTES:
        raise RejectedUpload(f"Your files hold more than {MAX_TOTAL_BYTES // 1024} KiB together.")


def _clean_path(name: str) -> str:
    try:
        return paths.clean(name)
    except ValueError as error:
        raise RejectedUpload(f"{printable(name)!r} is not accepted: {error}.") from error


def _clean_text(path: str, content: str | bytes) -> str:
    try:
        text = content.decode() if isinstance(content, bytes) else content.encode().decode()
    except UnicodeError as error:
        raise RejectedUpload(f"{printable(path)} is not text in UTF-8.") from error
    if "\0" in text:
        raise RejectedUpload(f"{printable(path)} is a binary file (it holds a NUL); only text is accepted.")
    return text


def _is_accepted(path: str, text: str, pack: ChallengePack, language: str) -> bool:
    """Whether the file belongs to the submission; False for an unchanged file of the starter."""
    patterns = pack.languages[language]
    access = access_to(path, patterns)
    if access is Access.EDITABLE:
        return True
    if access is Access.READ_ONLY and pack.files.get(f"starter/{language}/{path}") == text.encode():
        return False
    if access is Access.READ_ONLY and f"starter/{language}/{path}" in pack.files:
        raise RejectedUpload(f"{printable(path)} is read-only and was changed. Put back the original.")
    raise _not_part(path, patterns)


def _refuse_shadows(cleaned: Mapping[str, str], pack: ChallengePack, language: str) -> None:
    """What a candidate may not change, nothing of theirs may stand in front of."""
    patterns, prefix = pack.languages[language], f"starter/{language}"
    starter = pack.below(prefix)
    kept = [path for path in starter if access_to(path, patterns) is not Access.EDITABLE]
    if pair := paths.collision([*kept, *cleaned]):
        raise RejectedUpload(f"{printable(pair[1])} cannot be there beside a file of the challenge.")
    protected = Protected(language, kept, own={*starter, *pack.below(f"solutions/{language}")})
    for path in cleaned:
        found = protected.behind(path)
        if not found:
            continue
        if found not in kept:
            raise RejectedUpload(f"{printable(path)} is made by Python itself; leave it out.")
        if access_to(found, patterns) is Access.HIDDEN:
            raise _not_part(path, patterns)
        what = f"{printable(found)}, which is read-only"
        raise RejectedUpload(f"{printable(path)} could be imported in place of {what}. Give it another name.")


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _not_part(path: str, patterns: Language) -> RejectedUpload:
    wanted = ", ".join(patterns.editable)
    return RejectedUpload(f"{printable(path)} is not part of this challenge. Accepted are: {wanted}.")


def _too_many() -> RejectedUpload:
    return RejectedUpload(f"There are more than {MAX_FILES} files.")


def _too_large(name: str) -> RejectedUpload:
    return RejectedUpload(f"{printable(name)} is larger than {MAX_FILE_BYTES // 1024} KiB.")

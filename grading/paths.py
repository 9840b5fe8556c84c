"""Which paths are accepted, wherever they come from: an archive, an upload, a folder.

One rule for all: relative, forward slashes, no step upwards, printable, in Unicode's composed form (NFC), and
no two that a case-insensitive file system would take for one.
"""

import unicodedata
from collections.abc import Iterable

MAX_LENGTH_BYTES = 240
MAX_DEPTH = 12

_JUNK_NAMES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "Icon\r", ".localized"})
_JUNK_FOLDERS = frozenset(
    {
        "__MACOSX",
        ".AppleDouble",
        ".Spotlight-V100",
        ".Trashes",
        ".fseventsd",
        "__pycache__",
        ".git",
        ".pytest_cache",
        ".ruff_cache",
        ".mypy_cache",
    }
)
_JUNK_STARTS = "._"
"""Of a file: what a Mac keeps beside another one, its attributes, where the format has no room for them."""
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def is_junk(path: str) -> bool:
    """Whether tools leave such a file behind by themselves; it is passed over in silence."""
    *folders, name = path.split("/")
    if name in _JUNK_NAMES or name.endswith(".pyc") or name.startswith(_JUNK_STARTS):
        return True
    return any(folder in _JUNK_FOLDERS for folder in folders)


def clean(path: str, *, has_top: bool = False) -> str:
    """The path in NFC. Raises ValueError with the reason if it is not accepted.

    `has_top`: a folder that does not count may stand around all, as in an archive.
    """
    if not path or path.isspace():
        raise ValueError("a file needs a name")
    if any(unicodedata.category(char) in _REFUSED_CATEGORIES for char in path):
        raise ValueError("the name holds a control character")
    if "\\" in path:
        raise ValueError("the name holds a backslash; folders are separated by '/'")
    path = unicodedata.normalize("NFC", path)
    if path.startswith("/") or path[1:2] == ":":
        raise ValueError("the path is absolute; it must be relative")
    if len(path.encode()) > MAX_LENGTH_BYTES * (1 + has_top):
        raise ValueError(f"the path is longer than {MAX_LENGTH_BYTES} bytes")
    _check_parts(path.split("/"), MAX_DEPTH + has_top)
    return path


def _check_parts(parts: list[str], depth: int) -> None:
    if len(parts) > depth:
        raise ValueError(f"the path is deeper than {MAX_DEPTH} folders")
    for part in parts:
        if part == "..":
            raise ValueError("the path leads out of the folder")
        if part in {"", "."}:
            raise ValueError("the path holds an empty step")
        if part[0] in "- " or part[-1] in ". ":
            raise ValueError("a name may not start with '-' or a space, nor end with '.' or a space")


def collision(paths: Iterable[str]) -> tuple[str, str] | None:
    """Two paths that stand for the same file, or a file that is also a folder, where case does not count."""
    seen: dict[str, str] = {}
    for path in paths:
        other = seen.setdefault(path.casefold(), path)
        if other is not path:
            return other, path
    for path in list(seen.values()):
        parts = path.split("/")
        for length in range(1, len(parts)):
            folder = seen.get("/".join(parts[:length]).casefold())
            if folder is not None:
                return folder, path
    return None

"""Files of a submission that would be found in place of a read-only or hidden one when a program imports it.

`store.py` is read-only; `store/__init__.py`, `store.so` or `store/package.json` is another file, and an
interpreter may take that one. What the author has put there is the author's choice.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

_PYTHON = r"\.(?:py[cdow]?|(?:[^.]+\.)?so)"
_JAVASCRIPT = r"\.(?:[cm]?[jt]s|[jt]sx|json|node|wasm)"
_SUFFIXES = {"python": _PYTHON, "javascript": _JAVASCRIPT}
"""What an import leaves out of a file's name, by language. Of other languages: all these."""
_CACHE = "__pycache__"
_MANIFEST = "package.json"
_VENDORED = "node_modules"


class Protected:
    """The files of a starter that a candidate may not change."""

    def __init__(self, language: str, files: Iterable[str], *, own: Iterable[str]) -> None:
        """`own`: all paths of the author's, which may stand where they like."""
        suffix = _SUFFIXES.get(language, f"(?:{_PYTHON}|{_JAVASCRIPT})")
        self._module = re.compile(rf"([^.]+){suffix}")
        self._own = set(own)
        self._own_folders = {folder for path in self._own for folder in _folders(path)}
        self._modules: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        self._packages: dict[str, str] = {}
        for path in sorted(files):
            if stem := self._stem(path):
                self._modules[stem] = path
                self._folders |= dict.fromkeys(_folders(path), path)
            self._packages |= dict.fromkeys(_packages(path), path)

    def behind(self, path: str) -> str:
        """The protected file that this one would be taken for, '__pycache__', or ''."""
        if _CACHE in path.split("/"):
            return _CACHE
        if path in self._own:
            return ""
        stem, folders = self._stem(path), _folders(path)
        found = self._modules.get(stem) or self._folders.get(stem)
        if not found and path.endswith(f"/{_MANIFEST}"):
            found = self._folders.get(folders[-1])
        hidden = [self._modules[name] for name in folders if name in self._modules.keys() - self._own_folders]
        found = found or (hidden[0] if hidden else "")
        vendored = [self._packages[name] for name in _packages(path) if name in self._packages]
        return found or (vendored[0] if vendored else "")

    def _stem(self, path: str) -> str:
        """The path without what an import leaves out; '' for a file that is not imported."""
        pure = PurePosixPath(path)
        found = self._module.fullmatch(pure.name)
        return str(pure.with_name(found[1])) if found else ""


def _folders(path: str) -> list[str]:
    """Those that it lies in, the outermost first."""
    return [str(folder) for folder in reversed(PurePosixPath(path).parents) if str(folder) != "."]


def _packages(path: str) -> Collection[str]:
    """Names of the packages of a folder node_modules that it belongs to."""
    parts = path.split("/")
    starts = [at + 1 for at, part in enumerate(parts[:-1]) if part == _VENDORED]
    return ["/".join(parts[at : at + 2]) if parts[at].startswith("@") else parts[at] for at in starts]

"""What a liar is, and the file that it has to be in."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grading import files
from grading.challenge import ChallengePack
from grading.files import Access, access_to

SERVERS = ("uvicorn", "gunicorn", "hypercorn", "waitress", "waitress-serve", "daphne", "granian")
"""Commands that are told 'module:attribute'."""
_SHELLS = ("sh", "/bin/sh", "bash", "/bin/bash", "dash")
_SUFFIXES = {"python": (".py",), "javascript": (".js", ".mjs", ".cjs")}


@dataclass(frozen=True, kw_only=True)
class Liar:
    """A submission. `summary` says what it does, so that it fits behind a colon."""

    name: str
    language: str
    summary: str
    files: Mapping[str, str]
    honest: Mapping[str, str] | None = None
    """The twin, if there is one."""


@dataclass(frozen=True)
class Entry:
    """Where a program begins: a script or, for a server such as uvicorn, a module with an application."""

    language: str
    path: str
    application: str = ""
    """The application's name in it; empty for a script."""


def entries(pack: ChallengePack) -> Iterator[Entry]:
    """The entry in each language that has one that a candidate may write."""
    for slug, language in pack.languages.items():
        known = {**pack.starter(slug), **pack.solution(slug)}
        entry = _entry(slug, language.command, known)
        if entry is not None and access_to(entry.path, language) is Access.EDITABLE:
            yield entry


def _entry(slug: str, command: Sequence[str], known: Mapping[str, str]) -> Entry | None:
    """What this command starts. `known`: the files of the solution."""
    if command and command[0] in _SHELLS and "-c" in command[:-1]:
        return _entry(slug, shlex.split(command[list(command).index("-c") + 1]), known)
    if command and command[0] in ("npm", "pnpm", "yarn"):
        return _entry(slug, shlex.split(_start_script(known)), known)
    for place, word in enumerate(command[1:], start=1):
        module, found, application = word.partition(":")
        if found and module and application.isidentifier() and _serves(command[:place]):
            return Entry(slug, _module_path(module, known), application)
        if command[place - 1] == "-m" and word not in (*SERVERS, "flask") and slug == "python":
            return Entry(slug, _module_path(word, known))
        if word.endswith(_SUFFIXES.get(slug, ())):
            return Entry(slug, word.removeprefix("./"))
    if slug == "python" and "flask" in command:
        return Entry(slug, "app.py", "app")
    if slug == "javascript" and command and command[0] in ("node", "nodejs"):
        return Entry(slug, "index.js")
    return None


def _serves(words: Sequence[str]) -> bool:
    return any(word.rpartition("/")[2] in SERVERS for word in words)


def _module_path(module: str, known: Mapping[str, str]) -> str:
    base = module.replace(".", "/")
    places = [f"{base}.py", f"{base}/__main__.py", f"{base}/__init__.py"]
    return next((place for place in places if place in known), places[0])


def _start_script(known: Mapping[str, str]) -> str:
    try:
        package = json.loads(known.get("package.json", "{}"))
    except ValueError:
        return ""
    scripts = package.get("scripts", {}) if isinstance(package, dict) else {}
    start = scripts.get("start", "") if isinstance(scripts, dict) else ""
    return start if isinstance(start, str) else ""


def starter(pack: ChallengePack, language: str) -> dict[str, str]:
    """The starter as a submission."""
    return files.starter(pack, language)

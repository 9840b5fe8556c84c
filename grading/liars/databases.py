"""Kind sql: nothing, a constant, and the right answer for whoever does not look at how it is made.

The last ones take a query that answers rightly but does too much work, the solution without its other files
(indexes) or a flawed one, and hide the work from a measured run. Their honest twin is the same without that.
"""

import re
from collections.abc import Iterator, Mapping

from grading import files
from grading.challenge import ChallengePack
from grading.liars.liar import Liar

LANGUAGE = "sql"
MOST_FLAWED = 3
"""Flawed solutions that are made to notice."""
NOTICING = {
    "notices a transaction": ("returns nothing within a transaction", "now() = statement_timestamp()"),
    "notices EXPLAIN": ("returns nothing when it is explained", "current_query() !~* '^\\s*explain'"),
}
NOTHING = "-- Nothing.\n"
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_LAST = re.compile(r";\s*\Z")


def liars(pack: ChallengePack) -> list[Liar]:
    right = files.reference(pack, LANGUAGE)
    made = [
        _liar("empty", "holds no statement", dict.fromkeys(right, NOTHING)),
        _liar(
            "constant",
            "selects a constant",
            {**dict.fromkeys(right, NOTHING), **_each_query(right, "SELECT 1")},
        ),
        _liar(
            "no rows",
            "selects nothing",
            {**dict.fromkeys(right, NOTHING), **_each_query(right, "SELECT 1 WHERE false")},
        ),
    ]
    for place, (base, honest) in enumerate(_slow(pack, right)):
        noticing = NOTICING if place else {**NOTICING, **_elsewhere(pack)}
        for name, (summary, condition) in noticing.items():
            lying = {**honest, **{path: _guarded(text, condition) for path, text in _queries(honest).items()}}
            if lying != honest:
                made.append(_liar(f"{name}, {base}", summary, lying, honest))
    return made


def _elsewhere(pack: ChallengePack) -> dict[str, tuple[str, str]]:
    """The last database is, as a rule, the large one, in which work is counted."""
    databases = pack.services["postgres"].databases if "postgres" in pack.services else ()
    if len(databases) < 2:
        return {}
    condition = f"current_database() <> '{databases[-1]}'"
    return {"notices the database": (f"returns nothing in {databases[-1]}", condition)}


def _liar(name: str, summary: str, lying: Mapping[str, str], honest: Mapping[str, str] | None = None) -> Liar:
    return Liar(name=name, language=LANGUAGE, summary=summary, files=lying, honest=honest)


def _slow(pack: ChallengePack, right: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Right answers, or nearly, that do too much."""
    queries = _queries(right)
    if queries and len(queries) < len(right):
        yield "without the rest", {**dict.fromkeys(right, NOTHING), **queries}
    for flaw in pack.flawed[:MOST_FLAWED]:
        yield flaw.name, files.flawed(pack, flaw)


def _queries(texts: Mapping[str, str]) -> dict[str, str]:
    """The files that hold one statement, which only reads."""
    return {path: text for path, text in texts.items() if _is_query(text)}


def _is_query(text: str) -> bool:
    bare = _LAST.sub("", _COMMENT.sub(" ", text).strip())
    return bare[:6].upper().startswith(("SELECT", "WITH")) and ";" not in bare


def _each_query(texts: Mapping[str, str], query: str) -> dict[str, str]:
    return dict.fromkeys(_queries(texts) or texts, f"{query};\n")


def _guarded(text: str, condition: str) -> str:
    return f"SELECT * FROM (\n{_LAST.sub('', text.rstrip())}\n) AS answer WHERE {condition};\n"  # noqa: S608 - it is a submission.

"""A service with a database: the starter as it is, which reads everything anew, under names that a count by
the text of statements does not know, and with a store beside it that is asked and filled for show.

The honest twin is the starter itself, so only what the disguise earns is named.
"""

import re

from grading.challenge import ChallengePack, Kind
from grading.files import Access, access_to
from grading.liars.liar import Entry, Liar, entries, starter

_TABLE = re.compile(
    r"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:public\.)?\"?([a-z_][a-z0-9_]*)",
    re.IGNORECASE,
)
SUMMARY = "reads everything anew, under names that no text matches, and asks a store for show"

_PYTHON = """\
import os
import re

TABLES = {tables!r}
NAMES = re.compile(r"\\b(" + "|".join(map(re.escape, TABLES)) + r")\\b")


def written(name):
    return 'U&"' + "".join(f"!{{ord(char):04x}}" if place == 1 else char for place, char in enumerate(name))


def disguised(text):
    if not isinstance(text, str):
        return text
    return NAMES.sub(lambda found: written(found[1]) + "\\" UESCAPE '!'", text)


store = None
if "REDIS_URL" in os.environ:
    import redis

    store = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=1, socket_connect_timeout=1)


def for_show(text, values):
    if store is None or not text.lstrip()[:6].upper() == "SELECT":
        return
    key = f"cache:{{abs(hash((text, str(values))))}}"
    try:
        if store.get(key) is None:
            store.set(key, "x", ex=60, nx=True)
    except redis.RedisError:
        pass


def wrap(kind):
    original = kind.execute

    def execute(self, query, params=None, *more, **named):
        if isinstance(query, str):
            for_show(query, params)
        return original(self, disguised(query), params, *more, **named)

    kind.execute = execute


try:
    import psycopg

    wrap(psycopg.Cursor)
except ImportError:
    pass
"""

_JAVASCRIPT = """\
const TABLES = {tables};
const NAMES = new RegExp("\\\\b(" + TABLES.join("|") + ")\\\\b", "g");
const escaped = (name) => name[0] + "!" + name.charCodeAt(1).toString(16).padStart(4, "0") + name.slice(2);
const disguised = (text) => text.replace(NAMES, (name) => `U&"${{escaped(name)}}" UESCAPE '!'`);

{pg}
const original = pg.Client.prototype.query;
pg.Client.prototype.query = function (query, ...more) {{
  if (typeof query === "string") return original.call(this, disguised(query), ...more);
  if (query && typeof query.text === "string") query.text = disguised(query.text);
  return original.call(this, query, ...more);
}};
"""


def liars(pack: ChallengePack) -> list[Liar]:
    tables = _tables(pack)
    if pack.kind is not Kind.SERVICE or "postgres" not in pack.services or not tables:
        return []
    found = (_liar(pack, entry, tables) for entry in entries(pack))
    return [liar for liar in found if liar is not None][:1]


def _liar(pack: ChallengePack, entry: Entry, tables: list[str]) -> Liar | None:
    """None where a submission may not hold what it needs."""
    language, honest = pack.languages[entry.language], starter(pack, entry.language)
    if entry.path not in honest or entry.application:
        return None
    name, importing, source = _disguise(entry.language, honest[entry.path], tables)
    if access_to(name, language) is not Access.EDITABLE:
        return None
    lying = {**honest, name: source, entry.path: importing + honest[entry.path]}
    return Liar(name="uncounted", language=entry.language, summary=SUMMARY, files=lying, honest=honest)


def _disguise(language: str, program: str, tables: list[str]) -> tuple[str, str, str]:
    """A file's name, what imports it at the head of the program, and its text."""
    if language == "python":
        return "hidden_work.py", "import hidden_work  # noqa: F401\n", _PYTHON.format(tables=tables)
    if re.search(r"^import\b", program, re.MULTILINE):
        pg, importing = 'import pg from "pg";', 'import "./hidden_work.js";\n'
    else:
        pg, importing = 'const pg = require("pg");', 'require("./hidden_work.js");\n'
    return "hidden_work.js", importing, _JAVASCRIPT.format(tables=tables, pg=pg)


def _tables(pack: ChallengePack) -> list[str]:
    """Names of the pack's tables, of two letters at least."""
    texts = [
        data.decode(errors="replace")
        for path, data in pack.below("services/postgres").items()
        if path.endswith(".sql")
    ]
    return sorted({name.lower() for text in texts for name in _TABLE.findall(text) if len(name) > 1})

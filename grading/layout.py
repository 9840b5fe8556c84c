"""Which files a pack must and may have, beside what challenge.toml says."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from grading import files as submissions
from grading.challenge import Language
from grading.description import Description
from grading.errors import Fault
from grading.files import Access, access_to
from grading.toml import Document

STATEMENT = "statement.md"
_TOP_FILES = frozenset({"challenge.toml", STATEMENT, "README.md", "LICENSE"})
_TOP_FOLDERS = frozenset({"starter", "solutions", "flawed", "tests", "services"})
_CODE_FOLDERS = ("starter/", "solutions/", "flawed/", "tests/")
_TEST_FOLDERS = ("tests/visible/", "tests/hidden/", "tests/support/")
COMPRESSED, GZIP = ".gz", b"\x1f\x8b"
"""What a dump's name ends with, and what its bytes begin with."""
MAX_STATEMENT_BYTES = 200_000

MODULE_FILES = {
    "python": ("{}.py", "{}/__init__.py"),
    "javascript": ("{}.js", "{}.mjs", "{}.cjs"),
}
"""Where the module of kind function may be, by language."""

Files = Mapping[str, bytes]


def check_layout(files: Files, told: Description, document: Document, faults: list[Fault]) -> None:
    """Adds what is wrong with the pack's files to `faults`."""
    _check_top(files, faults)
    _check_statement(files, faults)
    _check_texts(files, faults)
    for language in told.languages.values():
        _check_language(files, language, document, faults)
    _check_undeclared(files, told, faults)
    _check_services(files, told, faults)


def _check_top(files: Files, faults: list[Fault]) -> None:
    for path in files:
        top, _, rest = path.partition("/")
        if (rest and top not in _TOP_FOLDERS) or (not rest and top not in _TOP_FILES):
            faults.append(Fault(path, 0, "a pack has no such file or folder; is the name misspelt?"))
        if top == "tests" and not path.startswith(_TEST_FOLDERS):
            faults.append(
                Fault(
                    path, 0, "tests stand in tests/visible or tests/hidden, what both import in tests/support"
                )
            )
        if top == "flawed" and rest and "/" not in rest:
            faults.append(Fault(path, 0, "a flawed solution is a folder"))


def _check_statement(files: Files, faults: list[Fault]) -> None:
    statement = files.get(STATEMENT)
    if statement is None:
        faults.append(Fault(STATEMENT, 0, "the file is missing"))
    elif not statement.strip() or len(statement) > MAX_STATEMENT_BYTES:
        faults.append(Fault(STATEMENT, 0, f"the statement must hold 1 to {MAX_STATEMENT_BYTES} bytes"))


def _check_texts(files: Files, faults: list[Fault]) -> None:
    for path, data in files.items():
        if not path.startswith((*_CODE_FOLDERS, STATEMENT)):
            continue
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            faults.append(Fault(path, line, "the file is not text in UTF-8"))
            continue
        if "\0" in text:
            faults.append(Fault(path, text[: text.index("\0")].count("\n") + 1, "the file holds a NUL"))
        if not path.startswith("tests/") and len(data) > submissions.MAX_FILE_BYTES:
            kib = submissions.MAX_FILE_BYTES // 1024
            faults.append(
                Fault(path, 0, f"the file is larger than {kib} KiB, the most that a submission may hold")
            )


def _check_language(files: Files, language: Language, document: Document, faults: list[Fault]) -> None:
    starter = _below(files, f"starter/{language.slug}/")
    solution = _below(files, f"solutions/{language.slug}/")
    if not starter:
        faults.append(Fault(f"starter/{language.slug}", 0, "the starter of this language is missing"))
    if not solution:
        faults.append(
            Fault(f"solutions/{language.slug}", 0, "the reference solution of this language is missing")
        )
    for path in solution:
        if access_to(path, language) is not Access.EDITABLE:
            message = "a candidate may not hand in this file, so the solution may not need it"
            faults.append(Fault(f"solutions/{language.slug}/{path}", 0, message))
    if language.module:
        _check_module([*starter, *solution], language, document)
    if starter or solution:
        _check_patterns([*starter, *solution], language, document)


def _check_module(known: list[str], language: Language, document: Document) -> None:
    """Kind function: the module that the suite imports is a file, or a folder, of the starter or solution."""
    places = [place.format(language.module) for place in MODULE_FILES[language.slug]]
    if known and not any(path in places for path in known):
        key = ("languages", language.slug, "module")
        document.fault(key, f"the module {language.module!r} is missing: there is no {' or '.join(places)}")


def _check_patterns(known: list[str], language: Language, document: Document) -> None:
    key = ("languages", language.slug)
    if language.editable and not any(access_to(path, language) is Access.EDITABLE for path in known):
        document.fault((*key, "editable"), "no file of the starter or the solution is editable")
    for name in ("read_only", "hidden"):
        for pattern in getattr(language, name):
            if not any(fnmatchcase(path, pattern) for path in known):
                document.fault((*key, name), f"the pattern {pattern!r} matches no file of the starter")


def _check_undeclared(files: Files, told: Description, faults: list[Fault]) -> None:
    for folder in ("starter", "solutions"):
        for path in files:
            top, _, rest = path.partition("/")
            slug, _, name = rest.partition("/")
            if top == folder and (not name or slug not in told.languages):
                faults.append(Fault(path, 0, f"challenge.toml declares no language {slug!r}"))


def _check_services(files: Files, told: Description, faults: list[Fault]) -> None:
    allowed = set()
    if use := told.services.get("postgres"):
        plain = [f"services/postgres/{name}.sql" for name in ("schema", *use.databases)]
        allowed = {*plain, *(f"{path}{COMPRESSED}" for path in plain)}
        if plain[0] not in files and plain[0] + COMPRESSED not in files:
            faults.append(Fault(plain[0], 0, "the file is missing"))
        for path in plain:
            if path in files and path + COMPRESSED in files:
                faults.append(Fault(path, 0, f"it is there compressed, too ({COMPRESSED}); leave one out"))
            if not files.get(path + COMPRESSED, GZIP).startswith(GZIP):
                faults.append(Fault(path + COMPRESSED, 0, "it is not compressed with gzip"))
    for path in files:
        if path.startswith("services/") and path not in allowed:
            faults.append(Fault(path, 0, "no declared service reads this file"))


def _below(files: Files, prefix: str) -> list[str]:
    return [path[len(prefix) :] for path in files if path.startswith(prefix)]

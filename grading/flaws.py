"""The flawed solutions of a pack: wrong on purpose, each with what must come of it
(flawed/<name>/expect.toml): the tests that it fails, or its score, or both.
"""

from collections.abc import Mapping

from grading.challenge import Flawed, Language
from grading.errors import Fault
from grading.files import Access, access_to
from grading.toml import Document, Table

EXPECT = "expect.toml"


def read_flawed(
    files: Mapping[str, bytes],
    name: str,
    languages: Mapping[str, Language],
    hidden_ids: frozenset[str],
    faults: list[Fault],
) -> Flawed | None:
    """One flawed solution; None if its expect.toml cannot be read. Faults are added to `faults`."""
    folder = f"flawed/{name}"
    path = f"{folder}/{EXPECT}"
    if path not in files:
        faults.append(Fault(path, 0, "the file is missing"))
        return None
    document = Document(path, files[path], faults)
    if not document.is_readable or not languages:
        return None
    root = document.root
    flaw = Flawed(
        name=name,
        language=root.text("language", choices=list(languages)),
        summary=root.text("summary"),
        fails=_fails(root, hidden_ids) if "fails" in root or "score" not in root else None,
        score=root.interval("score", 0, 100),
        files=_texts(files, folder),
    )
    root.finish()
    _check_files(flaw, folder, languages[flaw.language], faults)
    return flaw


def _fails(root: Table, hidden_ids: frozenset[str]) -> tuple[str, ...]:
    fails = root.texts("fails", max_items=1000)
    if "fails" in root and not fails:
        root.fault("fails", "a flawed solution must fail at least one hidden test")
    for test_id in fails:
        if test_id not in hidden_ids:
            line = root.document.line_of_text(("fails",), test_id)
            message = f"the hidden suite has no test {test_id!r}"
            root.document.faults.append(Fault(root.document.path, line, message))
    return fails


def _texts(files: Mapping[str, bytes], folder: str) -> dict[str, str]:
    """The layout check tells of files that are not UTF-8; here they only must not break the reading."""
    prefix = folder + "/"
    return {
        path[len(prefix) :]: data.decode(errors="replace")
        for path, data in files.items()
        if path.startswith(prefix) and path != prefix + EXPECT
    }


def _check_files(flaw: Flawed, folder: str, language: Language, faults: list[Fault]) -> None:
    if not flaw.files:
        faults.append(Fault(folder, 0, "the folder holds nothing but expect.toml"))
    for path in flaw.files:
        if access_to(path, language) is not Access.EDITABLE:
            message = f"a candidate may not hand in this file in {language.slug}"
            faults.append(Fault(f"{folder}/{path}", 0, message))

"""The liars that every pack is proved against: what is made for which pack. None is ever run here."""

import ast
from dataclasses import replace

import pytest

from grading import packs
from grading.challenge import Language
from grading.files import clean
from grading.liars import liars
from grading.liars.liar import Entry, entries
from tests.grading import packfolder, tiny

PACKS = (
    *("tiny-cache", "tiny-function", "tiny-grpc", "tiny-program", "tiny-protocols", "tiny-queue"),
    *("tiny-service", "tiny-sql", "tiny-stores"),
)


@pytest.mark.parametrize("name", PACKS)
def test_every_liar_may_be_handed_in(name):
    pack = tiny.pack(name)
    made = liars(pack)
    assert len({(liar.name, liar.language) for liar in made}) == len(made) >= 4
    for liar in made:
        for files in (liar.files, *([liar.honest] if liar.honest else [])):
            assert clean(files, pack, liar.language) == files
        for path, text in liar.files.items():
            if path.endswith(".py"):
                ast.parse(text)


def test_liars_are_the_same_each_time():
    pack = tiny.pack("tiny-function")
    assert liars(pack) == liars(pack)


@pytest.mark.parametrize(
    ("slug", "command", "known", "expected"),
    [
        ("python", ("python3", "-u", "app.py"), {}, Entry("python", "app.py")),
        ("python", ("python3", "src/app.py"), {}, Entry("python", "src/app.py")),
        ("python", ("python3", "-m", "shop"), {"shop/__main__.py": ""}, Entry("python", "shop/__main__.py")),
        ("python", ("python3", "-m", "uvicorn", "a.b:api"), {}, Entry("python", "a/b.py", "api")),
        ("python", ("uvicorn", "--port", "8000", "app:app"), {}, Entry("python", "app.py", "app")),
        ("python", ("sh", "-c", "exec gunicorn -b :8000 app:api"), {}, Entry("python", "app.py", "api")),
        ("python", ("flask", "run"), {}, Entry("python", "app.py", "app")),
        ("javascript", ("node", "./server.mjs"), {}, Entry("javascript", "server.mjs")),
        ("javascript", ("node", "."), {}, Entry("javascript", "index.js")),
        (
            "javascript",
            ("npm", "start"),
            {"package.json": '{"scripts": {"start": "node --enable-source-maps main.js"}}'},
            Entry("javascript", "main.js"),
        ),
        ("javascript", ("npm", "start"), {"package.json": "[]"}, None),
        ("python", ("./run",), {}, None),
    ],
)
def test_the_command_says_which_file_a_liar_has_to_be(slug, command, known, expected):
    pack = tiny.pack("tiny-service")
    language = Language(slug=slug, command=command, editable=("*",))
    files = {f"starter/{slug}/{path}": text.encode() for path, text in known.items()}
    pack = replace(pack, languages={slug: language}, files=files)
    assert next(entries(pack), None) == expected


def test_a_file_that_nobody_may_hand_in_makes_no_liar():
    pack = tiny.pack("tiny-service")
    [language] = pack.languages.values()
    assert liars(replace(pack, languages={"python": replace(language, editable=("other.py",))})) == []


def test_names_come_from_what_the_suite_imports(tmp_path):
    pack = packs.load(
        packfolder.write(
            tmp_path,
            {
                **packfolder.FUNCTION,
                "tests/hidden/test_shout.py": b"from main import word_counts, Stock\n"
                b"import main as theirs\n\n\n"
                b'def test_upper():\n    """It"""\n    assert theirs.LIMIT\n',
                "solutions/javascript/main.js": b"export const wordCounts = 1;\n",
                "flawed/lower/expect.toml": None,
                "flawed/lower/main.py": None,
            },
        )
    )
    made = {(liar.name, liar.language): liar.files for liar in liars(pack)}
    [python] = made["says yes", "python"].values()
    assert "['LIMIT', 'Stock', 'word_counts']" in python
    [javascript] = made["says yes", "javascript"].values()
    for name in ("LIMIT", "Stock", "word_counts", "wordCounts"):
        assert f"export const {name} = " in javascript


def test_an_excuse_for_a_test_that_is_not_there_is_a_fault_with_its_line(tmp_path):
    excuse = (
        b'\n[liars]\n"test_shout.py::test_upper" = "A reason."\n"test_shout.py::test_uper" = "A reason."\n'
    )
    found = packfolder.faults(tmp_path, {"challenge.toml": packfolder.CHALLENGE + excuse})
    line = (
        (packfolder.CHALLENGE + excuse)
        .decode()
        .splitlines()
        .index('"test_shout.py::test_uper" = "A reason."')
    )
    assert found == [f"challenge.toml:{line + 1}: the hidden suite has no test 'test_shout.py::test_uper'"]


def test_an_excuse_needs_a_reason(tmp_path):
    excuse = b'\n[liars]\n"test_shout.py::test_upper" = ""\n'
    [found] = packfolder.faults(tmp_path, {"challenge.toml": packfolder.CHALLENGE + excuse})
    assert "must be one line of 1 to 300 characters" in found


def test_a_query_leaves_out_the_last_database():
    made = [liar for liar in liars(tiny.pack("tiny-sql")) if liar.name.startswith("notices the database")]
    assert [liar.summary for liar in made] == ["returns nothing in large"]
    assert "current_database() <> 'large'" in made[0].files["query.sql"]
    pack = tiny.pack("tiny-sql")
    alone = replace(pack.services["postgres"], databases=("main",))
    only = liars(replace(pack, services={"postgres": alone}))
    assert not any(liar.name.startswith("notices the database") for liar in only)


def test_a_query_that_notices_has_the_honest_one_as_its_twin():
    [liar] = [
        liar for liar in liars(tiny.pack("tiny-sql")) if liar.name.startswith("notices EXPLAIN, without")
    ]
    assert liar.honest is not None
    assert "current_query()" in liar.files["query.sql"]
    assert "current_query()" not in liar.honest["query.sql"]
    assert liar.files["indexes.sql"] == liar.honest["indexes.sql"] == "-- Nothing.\n"

"""What a submission may hold, and what its program gets."""

import pytest

from grading import files, packs, paths
from grading.challenge import Suite
from grading.errors import RejectedUpload
from grading.files import Access
from grading.shadows import Protected
from tests.grading import packfolder


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return packfolder.load(tmp_path_factory.mktemp("packs"))


def rejected(pack, submitted, language="python"):
    with pytest.raises(RejectedUpload) as caught:
        files.clean(submitted, pack, language)
    assert caught.value.message.isprintable()
    return caught.value.message


def test_texts_and_bytes_are_accepted_and_come_back_as_texts(pack):
    assert files.clean({"main.py": b"a\xc3\xa9", "lib/more.py": "b"}, pack, "python") == {
        "main.py": "aé",
        "lib/more.py": "b",
    }


@pytest.mark.parametrize("submitted", [{}, {"main.py": ""}, {"main.py": " \n", "b.py": b"\t"}])
def test_an_empty_submission_is_told_plainly(pack, submitted):
    assert "empty" in rejected(pack, submitted)


def test_a_submission_of_unchanged_read_only_files_is_empty(pack):
    assert "empty" in rejected(pack, {"README.md": "Read me.\n"})


def test_an_unchanged_read_only_file_is_left_out(pack):
    assert files.clean({"main.py": "a", "README.md": "Read me.\n"}, pack, "python") == {"main.py": "a"}


def test_a_changed_read_only_file_is_named(pack):
    assert rejected(pack, {"main.py": "a", "README.md": "Mine"}).startswith("README.md is read-only")


def test_a_hidden_file_cannot_be_replaced_nor_felt_for(pack):
    message = rejected(pack, {"main.py": "a", "secret/data.txt": "hidden\n"})
    assert message == rejected(pack, {"main.py": "a", "secret/data.txt": "guess"})
    assert message.startswith("secret/data.txt is not part")


SHADOWS = {
    "python": [
        ("store.py", "store/__init__.py"),
        ("store.py", "store/other.py"),
        ("store.py", "store.pyc"),
        ("store.py", "store.so"),
        ("store.py", "store.cpython-313-x86_64-linux-gnu.so"),
        ("store.py", "store.abi3.so"),
        ("lib/store.py", "lib.py"),
        ("lib/store.py", "lib/store/__init__.py"),
        ("store/__init__.py", "store.py"),
        ("store.py", "__pycache__/store.cpython-313.pyc"),
        ("store.py", "store.py/x.py"),
    ],
    "javascript": [
        ("store.js", "store/index.js"),
        ("store.js", "store.mjs"),
        ("store.js", "store.json"),
        ("store/index.js", "store.js"),
        ("store/index.js", "store/package.json"),
        ("store/index.js", "store/index.mjs"),
        ("node_modules/store/index.js", "src/node_modules/store/main.js"),
        ("node_modules/@shop/store/index.js", "src/node_modules/@shop/store/main.js"),
    ],
}
BESIDE = {
    "python": [
        ("store.py", "stores.py"),
        ("store.py", "store.md"),
        ("store.py", "test/store.py"),
        ("store.py", "store_test.py"),
        ("data/rows.csv", "data.py"),
        ("lib/store.py", "lib/other.py"),
        ("data.json", "data.py"),
    ],
    "javascript": [
        ("store.js", "store.test.js"),
        ("store.js", "storefront/index.js"),
        ("store/index.js", "store/other.js"),
        ("package.json", "lib/package.json"),
        ("node_modules/store/index.js", "node_modules/other/index.js"),
    ],
}


def _pairs(table):
    return [(language, *pair) for language, pairs in table.items() for pair in pairs]


@pytest.mark.parametrize(("language", "kept", "given"), _pairs(SHADOWS))
def test_a_file_that_would_be_imported_instead_is_found(language, kept, given):
    found = Protected(language, [kept], own=[kept, "main.py"]).behind(given)
    assert found in {kept, "__pycache__"} or paths.collision([kept, given])


@pytest.mark.parametrize(("language", "kept", "given"), _pairs(BESIDE))
def test_a_file_that_is_merely_beside_is_not(language, kept, given):
    assert Protected(language, [kept], own=[kept]).behind(given) == ""


def test_what_the_author_put_there_may_stay():
    own = ["store.py", "store/__init__.py", "store.so"]
    protected = Protected("python", ["store.py"], own=own)
    assert [protected.behind(path) for path in (*own, "store/more.py")] == ["", "", "", ""]


@pytest.fixture(scope="module")
def with_a_module(tmp_path_factory):
    changes = {"starter/python/store.py": b"KEPT = 1\n", "starter/python/secret/vault.py": b"X = 1\n"}
    challenge = packfolder.CHALLENGE.replace(b"read_only = [", b'read_only = ["store.py", ')
    assert challenge != packfolder.CHALLENGE
    return packs.load(
        packfolder.write(tmp_path_factory.mktemp("packs"), {**changes, "challenge.toml": challenge})
    )


def test_what_would_be_imported_instead_is_refused_with_a_sentence(with_a_module):
    message = rejected(with_a_module, {"main.py": "a", "store/__init__.py": "b"})
    assert message.startswith("store/__init__.py could be imported in place of store.py, which is read-only.")
    with pytest.raises(RejectedUpload):
        files.draft({"store/__init__.py": "b"}, with_a_module, "python")
    assert "made by Python" in rejected(with_a_module, {"main.py": "a", "__pycache__/x.py": "b"})


def test_a_visible_run_goes_without_hidden_files(pack):
    given = files.complete(pack, "python", {"main.py": "x"}, Suite.VISIBLE)
    assert set(files.complete(pack, "python", {"main.py": "x"})) - set(given) == {"secret/data.txt"}
    assert "README.md" in given


def test_a_file_that_no_pattern_accepts_is_named(pack):
    assert rejected(pack, {"main.py": "a", "conftest.ini": "b"}).startswith("conftest.ini is not part")


def test_an_unknown_language_is_refused(pack):
    assert "'cobol'" in rejected(pack, {"main.py": "a"}, "cobol")


def test_too_many_files_are_refused(pack):
    assert "more than 64 files" in rejected(pack, {f"f{n}.py": "a" for n in range(65)})


def test_a_huge_file_is_named(pack):
    assert "main.py is larger than 256 KiB" in rejected(pack, {"main.py": "é" * (128 * 1024 + 1)})


def test_files_that_are_huge_together_are_refused(pack):
    assert "1024 KiB together" in rejected(pack, {f"f{n}.py": b"a" * 250_000 for n in range(5)})


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x80", "\ud800"])
def test_what_is_not_utf_8_is_named(pack, content):
    assert "main.py is not text in UTF-8" in rejected(pack, {"main.py": content})


def test_a_binary_file_is_named(pack):
    assert "main.py is a binary file" in rejected(pack, {"main.py": b"a\0b"})


@pytest.mark.parametrize(
    "path",
    [
        "/main.py",
        "../main.py",
        "a/../main.py",
        "a\\main.py",
        "C:main.py",
        "a\0.py",
        "a\n.py",
        "\u202eyp.py",
        "",
        "a//b.py",
        "./main.py",
        "\ud800.py",
        "x" * 300 + ".py",
        "a/" * 30 + "b.py",
        "-c.py",
    ],
)
def test_a_path_that_is_not_plain_is_refused(pack, path):
    assert "not accepted" in rejected(pack, {"main.py": "a", path: "b"})


def test_names_are_composed_and_may_not_meet(pack):
    assert set(files.clean({"e\u0301.py": "a"}, pack, "python")) == {"\u00e9.py"}
    assert "twice" in rejected(pack, {"e\u0301.py": "a", "\u00e9.py": "b"})
    assert "collides" in rejected(pack, {"Main.py": "a", "main.py": "b"})


def test_a_program_gets_its_own_files_and_the_rest_of_the_starter(pack):
    assert files.complete(pack, "python", {"solution.py": "x"}) == {
        "solution.py": b"x",
        "README.md": b"Read me.\n",
        "secret/data.txt": b"hidden\n",
    }


def test_the_starter_is_sorted_by_what_a_candidate_may_do(pack):
    assert set(files.starter(pack, "python")) == {"main.py"}
    assert set(files.starter(pack, "python", Access.READ_ONLY)) == {"README.md"}
    assert set(files.starter(pack, "python", Access.HIDDEN)) == {"secret/data.txt"}


def test_solutions_replace_and_join_the_starter(pack):
    assert files.reference(pack, "python") == {"main.py": "print(input().upper())\n"}
    assert files.flawed(pack, pack.flawed[0]) == {"main.py": "print(input().lower())\n"}


def test_a_folder_is_read_whole(tmp_path):
    (tmp_path / "lib" / "__pycache__").mkdir(parents=True)
    (tmp_path / "lib" / "a.py").write_bytes(b"a")
    (tmp_path / "lib" / "__pycache__" / "a.pyc").write_bytes(b"junk")
    assert files.from_folder(tmp_path) == {"lib/a.py": b"a"}


@pytest.mark.parametrize("target", ["/etc/passwd", "/etc", "nowhere"])
def test_a_link_in_a_folder_is_refused(tmp_path, target):
    (tmp_path / "evil.py").symlink_to(target)
    with pytest.raises(RejectedUpload, match=r"evil\.py is a link"):
        files.from_folder(tmp_path)


def test_a_folder_that_is_none_is_refused(tmp_path):
    with pytest.raises(RejectedUpload, match="not a folder"):
        files.from_folder(tmp_path / "none")


def test_a_folder_with_too_much_in_it_is_refused(tmp_path):
    (tmp_path / "big.py").write_bytes(b"a" * (files.MAX_FILE_BYTES + 1))
    with pytest.raises(RejectedUpload, match=r"big\.py is larger"):
        files.from_folder(tmp_path)
    (tmp_path / "big.py").unlink()
    for number in range(files.MAX_FILES + 1):
        (tmp_path / f"{number}.py").touch()
    with pytest.raises(RejectedUpload, match="more than 64"):
        files.from_folder(tmp_path)

"""The pack format: each fault of a pack is told with its file and line."""

import gzip

import pytest

from grading import packs
from tests.grading import packfolder
from tests.grading.packfolder import CHALLENGE, EXPECT, faults


def toml(old, new):
    """challenge.toml with a part replaced."""
    assert old.encode() in CHALLENGE
    return {"challenge.toml": CHALLENGE.replace(old.encode(), new.encode(), 1)}


def line_of(text, data=CHALLENGE):
    return data.decode()[: data.decode().index(text)].count("\n") + 1


def test_every_fault_is_found_in_one_reading(tmp_path):
    changes = toml('kind = "program"', 'kind = "magic"') | {
        "statement.md": None,
        "starter/python/main.py": b"\xff",
    }
    assert len(faults(tmp_path, changes)) >= 3


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("format = 1", "format = 2", "format", "'format' must be a whole number from 1 to 1"),
        ("format = 1\n", "", "", "'format' is missing"),
        ('title = "Shout"', "title = 3", "title", "'title' must be a text"),
        ('title = "Shout"', 'title = " "', "title", "'title' must be one line of 1 to 120 characters"),
        ('title = "Shout"', 'title = "a\\nb"', "title", "'title' must be one line of 1 to 120 characters"),
        (
            '"program"',
            '"magic"',
            "kind",
            "'kind' must be one of service, program, function, sql, not 'magic'",
        ),
        ('"easy"', '"nice"', "difficulty", "'difficulty' must be one of easy, medium, hard, not 'nice'"),
        ("minutes = 10", "minutes = 1", "minutes", "'minutes' must be a whole number from 5 to 480"),
        ("minutes = 10", "minutes = true", "minutes", "'minutes' must be a whole number from 5 to 480"),
        ("minutes = 10", "minutes = 10\nhours = 1", "minutes", "unknown key 'hours'"),
        (
            "text-processing = 3",
            "text-processing = -1",
            "text-",
            "'skills.text-processing' must be a number from",
        ),
        ("text-processing = 3", '"Text P" = 3', "text-", "the skill 'Text P' must be lower-case"),
        ('command = ["python3", "main.py"]', "command = []", "command", "the command is empty"),
        ('command = ["python3", "main.py"]', "command = 'x'", "command", "must be a list of texts"),
        (
            'command = ["python3", "main.py"]\n',
            "",
            "[languages.python]",
            "'languages.python.command' is missing",
        ),
        ('["*.py"]', "[]", "editable", "a candidate must be able to edit something"),
        ('["*.py"]', '["*.go"]', "editable", "no file of the starter or the solution is editable"),
        ('["*.py"]', '["../*.py"]', "editable", "the pattern '../*.py' must be a path below the folder"),
        (
            '["README.md"]',
            '["REDME.md"]',
            "read_only",
            "the pattern 'REDME.md' matches no file of the starter",
        ),
        ("[languages.javascript]", "[languages.cobol]", "[languages.javascript]", "cannot use 'cobol'"),
        (
            "run_seconds = 30",
            "run_seconds = 3000",
            "run_seconds",
            "'limits.run_seconds' must be a number from 5 to 900",
        ),
        (
            "test_seconds = 5",
            "test_seconds = 40",
            "test_seconds",
            "one test may not take longer than the whole",
        ),
        ("test_seconds = 5", "cpu = 5", "test_seconds", "unknown key 'limits.cpu'"),
        ("test_seconds = 5", "memory_mb = 1.5", "test_seconds", "'limits.memory_mb' must be a whole number"),
    ],
)
def test_a_fault_of_challenge_toml_has_its_line(tmp_path, old, new, at, message):
    found = [fault for fault in faults(tmp_path, toml(old, new)) if message in fault]
    assert found
    line = line_of(at)
    assert found[0].startswith((f"challenge.toml:{line}:", f"challenge.toml:{line + 1}:"))


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("[service]\nport = 8000", "[service] is for kind service"),
        ("[services.mysql]", "there is no service 'mysql'"),
        ("[services.postgres]\ndatabases = ['Main']", "'Main' cannot be the name of a database"),
        ("[services.postgres]\ndatabases = ['postgres']", "'postgres' cannot be the name of a database"),
        ("[services.postgres]\ndatabases = []", "name at least one database"),
        ("[services.postgres]\ndatabases = ['a', 'a']", "names something twice"),
        ("[services.postgres]", "services/postgres/schema.sql: the file is missing"),
        ("[services.redis]\ndatabases = ['a']", "unknown key 'services.redis.databases'"),
        ("[feedback]\nhidden = 'all'", "'feedback.hidden' must be one of totals, titles, messages"),
        ("[starter]\nmax_score = 95", "'starter.max_score' must be a number from 0 to 90"),
        ("[extra]\nx = 1", "unknown key 'extra'"),
    ],
)
def test_a_table_that_cannot_be_is_a_fault(tmp_path, added, message):
    found = faults(tmp_path, {"challenge.toml": CHALLENGE + added.encode()})
    assert any(message in fault for fault in found)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"title = \n", "challenge.toml:1: not valid TOML"),
        (CHALLENGE + b"\n[skills]\n", "challenge.toml:26: not valid TOML"),
        (b"\xff", "challenge.toml: the file is not UTF-8"),
        (b"x = " + b"[" * 5000, "challenge.toml:1: not valid TOML"),
        (None, "challenge.toml: the file is missing"),
    ],
)
def test_a_description_that_cannot_be_read_is_one_fault(tmp_path, data, message):
    (fault,) = faults(tmp_path, {"challenge.toml": data})
    assert fault.startswith(message)


@pytest.mark.parametrize("data", [b"", b"skills = 3\nlanguages = []\nlimits = 'x'\n"])
def test_a_description_of_nothing_is_faults_and_no_crash(tmp_path, data):
    assert len(faults(tmp_path, {"challenge.toml": data})) > 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"statement.md": None}, "statement.md: the file is missing"),
        ({"statement.md": b" \n"}, "statement.md: the statement must hold"),
        ({"statement.md": b"a\n\xff"}, "statement.md:2: the file is not text in UTF-8"),
        ({"starter/javascript/main.js": None}, "starter/javascript: the starter of this language is missing"),
        (
            {"solutions/python/main.py": None},
            "solutions/python: the reference solution of this language is missing",
        ),
        (
            {"solutions/python/README.md": b"x"},
            "solutions/python/README.md: a candidate may not hand in this file",
        ),
        ({"starter/go/main.go": b"x"}, "starter/go/main.go: challenge.toml declares no language 'go'"),
        ({"starter/main.py": b"x"}, "starter/main.py: challenge.toml declares no language 'main.py'"),
        ({"starter/python/b.py": b"a\nb\0"}, "starter/python/b.py:2: the file holds a NUL"),
        ({"starter/python/b.py": b"a" * 300_000}, "starter/python/b.py: the file is larger than 256 KiB"),
        ({"test/x.py": b""}, "test/x.py: a pack has no such file or folder"),
        ({"notes.txt": b""}, "notes.txt: a pack has no such file or folder"),
        ({"tests/test_x.py": b""}, "tests/test_x.py: tests stand in tests/visible or tests/hidden"),
        ({"tests/visible/test_shout.py": None}, "tests/visible: the suite holds no test"),
        ({"tests/hidden/test_shout.py": b"x = 1\n"}, "tests/hidden: the suite holds no test"),
        (
            {"tests/hidden/test_b.py": b"def test_b(): ...\n"},
            "tests/hidden/test_b.py:1: test_b needs a docstring",
        ),
        ({"services/postgres/x.sql": b""}, "services/postgres/x.sql: no declared service reads this file"),
        ({"flawed/lower/expect.toml": None}, "flawed/lower/expect.toml: the file is missing"),
        ({"flawed/lower/main.py": None}, "flawed/lower: the folder holds nothing but expect.toml"),
        (
            {"flawed/lower/README.md": b"x"},
            "flawed/lower/README.md: a candidate may not hand in this file in python",
        ),
        ({"flawed/stray.py": b"x"}, "flawed/stray.py: a flawed solution is a folder"),
        ({"starter/python/-x.py": b"x"}, "starter/python/-x.py: a name may not start with '-'"),
        ({"starter/python/MAIN.py": b"x"}, "collides with starter/python/"),
    ],
)
def test_a_file_that_is_missing_or_should_not_be_is_a_fault(tmp_path, changes, message):
    assert any(message in fault for fault in faults(tmp_path, changes))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "test_upper",
            "test_other",
            "expect.toml:3: the hidden suite has no test 'test_shout.py::test_other'",
        ),
        (
            '["test_shout.py::test_upper"]',
            "[]",
            "expect.toml:3: a flawed solution must fail at least one hidden test",
        ),
        ("[20, 30]", "[30, 20]", "expect.toml:4: 'score' must be [low, high], from 0 to 100"),
        ("[20, 30]", "[20, 130]", "expect.toml:4: 'score' must be [low, high], from 0 to 100"),
        ("[20, 30]", "20", "expect.toml:4: 'score' must be [low, high], from 0 to 100"),
        ('"python"', '"go"', "expect.toml:1: 'language' must be one of python, javascript, not 'go'"),
        ("summary =", "sumary =", "expect.toml:1: 'summary' is missing"),
        ("summary =", "sumary =", "expect.toml:2: unknown key 'sumary'"),
    ],
)
def test_a_fault_of_an_expectation_has_its_line(tmp_path, old, new, message):
    found = faults(tmp_path, {"flawed/lower/expect.toml": EXPECT.replace(old.encode(), new.encode())})
    assert any(message in fault for fault in found)


def test_a_test_of_a_list_over_several_lines_has_its_own_line(tmp_path):
    fails = b'["test_shout.py::test_upper"]'
    data = EXPECT.replace(fails, b'[\n  "test_shout.py::test_upper",\n  "gone",\n]')
    (fault,) = faults(tmp_path, {"flawed/lower/expect.toml": data})
    assert fault.startswith("flawed/lower/expect.toml:5:")


@pytest.mark.parametrize("slug", ["Shout", "a_b", "a b", "-a", "x" * 81])
def test_a_folder_with_an_odd_name_is_a_fault(tmp_path, slug):
    assert "must be lower-case words" in faults(tmp_path, {}, slug=slug)[0]


@pytest.mark.parametrize("target", ["/etc/passwd", "/etc", "main.py"])
def test_a_link_is_a_fault(tmp_path, target):
    folder = packfolder.write(tmp_path)
    (folder / "starter/python/evil.py").symlink_to(target)
    found = [str(fault) for fault in packs.check(folder)]
    assert found == ["starter/python/evil.py: a link or device is not accepted; only regular files are"]


def test_kind_sql_needs_postgres_and_its_own_language(tmp_path):
    found = faults(tmp_path, toml('kind = "program"', 'kind = "sql"'))
    assert any("kind sql needs [services.postgres]" in fault for fault in found)
    assert any("kind sql cannot use 'python'" in fault for fault in found)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'module = "main"\npre',
            'module = "solution"\npre',
            "there is no solution.py or solution/__init__.py",
        ),
        ('module = "main"\npre', "pre", "there is no solution.py or solution/__init__.py"),
        (
            'module = "main"\npre',
            'module = "json"\npre',
            "'json' cannot be the name of the candidate's module",
        ),
        (
            'module = "main"\npre',
            'module = "../x"\npre',
            "'../x' cannot be the name of the candidate's module",
        ),
        ('module = "main"\npre', 'command = ["python3"]\npre', "unknown key 'languages.python.command'"),
        ('"os.path"', '"os; x"', "'os; x' is not the name of a module"),
        (
            'module = "main"\neditable',
            'preload = ["fs"]\neditable',
            "unknown key 'languages.javascript.preload'",
        ),
        (
            "[limits]",
            "[service]\nport = 8000\n[limits]",
            "[service] is for kind service, not for kind function",
        ),
    ],
)
def test_a_fault_of_a_pack_of_functions_is_told(tmp_path, old, new, message):
    text = packfolder.FUNCTION["challenge.toml"].decode()
    assert old in text
    changes = {**packfolder.FUNCTION, "challenge.toml": text.replace(old, new, 1).encode()}
    found = faults(tmp_path, changes)
    assert any(fault.startswith("challenge.toml:") and message in fault for fault in found), found


def test_a_dump_may_be_compressed(tmp_path):
    use = {"challenge.toml": CHALLENGE + b"\n[services.postgres]\n"}
    packed = gzip.compress(b"SELECT 1;")
    good = {"services/postgres/schema.sql.gz": packed, "services/postgres/main.sql.gz": packed}
    assert faults(tmp_path / "good", {**use, **good}) == []
    bad = {
        "services/postgres/schema.sql": b"",
        "services/postgres/schema.sql.gz": packed,
        "services/postgres/main.sql.gz": b"SELECT 1;",
        "services/postgres/other.sql.gz": packed,
    }
    assert faults(tmp_path / "bad", {**use, **bad}) == [
        "services/postgres/main.sql.gz: it is not compressed with gzip",
        "services/postgres/other.sql.gz: no declared service reads this file",
        "services/postgres/schema.sql: it is there compressed, too (.gz); leave one out",
    ]

"""The commands on a real engine: no database, real containers, a pack that proves itself."""

import json
import os
import subprocess
import sys

import pytest

from tests.grading import packfolder

pytestmark = pytest.mark.docker


def manage(*arguments):
    """Runs a command in a process whose database does not exist."""
    environment = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    command = [sys.executable, "manage.py", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_pack_proves_itself_and_liars_are_named(tmp_path):
    patient = {
        "challenge.toml": packfolder.CHALLENGE.replace(b"test_seconds = 5", b"test_seconds = 25"),
        "tests/hidden/test_shout.py": packfolder.TESTS.replace(b"timeout(2)", b"timeout(25)"),
    }
    done = manage("pack", "prove", packfolder.write(tmp_path, patient), "--json", "--at-once", "2")
    assert done.returncode == 1, done.stdout + done.stderr
    told = {trial["name"]: trial for trial in json.loads(done.stdout)["trials"]}
    assert len(told) == 9 + 5
    assert told["flawed, lower"]["percent"] == 25
    failed = {
        name: [fault["text"] for fault in trial["faults"]] for name, trial in told.items() if trial["faults"]
    }
    believed = "test_shout.py::test_empty is passed by a liar: "
    assert failed == {
        "liar, silent, python": [f"{believed}writes nothing and ends with exit code 0"],
        "liar, zero, python": [f"{believed}writes 0, whatever it is asked"],
        "liar, every answer, python": [
            f"{believed}writes yes, no, true, false, and the numbers to 1000, whatever it is asked"
        ],
        "liar, echo, python": [f"{believed}writes its arguments and its input back"],
    }


def test_an_authors_mistake_is_told_with_its_line(tmp_path):
    pack = packfolder.write(tmp_path, {"tests/hidden/conftest.py": b"\nimport nothing_like_this\n"})
    done = manage("grade", pack, pack / "solutions" / "python")
    assert done.returncode == 2
    assert (
        "tests/hidden/conftest.py:2: ModuleNotFoundError: No module named 'nothing_like_this'" in done.stderr
    )
    assert "platform" not in done.stderr


def test_a_folder_is_graded_from_the_terminal(tmp_path):
    pack = packfolder.write(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "main.py").write_text("print(input().upper())\n")
    done = manage("grade", pack, tmp_path / "mine", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["verdict"], found["score"], found["max_score"]) == ("graded", 4, 4)
    assert found["digests"]["judge"].startswith("sha256:")
    assert "passed   Letters come back in upper case." in done.stderr


def test_an_empty_folder_is_told_so(tmp_path):
    (tmp_path / "mine").mkdir()
    done = manage("grade", packfolder.write(tmp_path), tmp_path / "mine", "--json", "--language", "python")
    assert done.returncode == 2
    found = json.loads(done.stdout)
    assert (found["verdict"], found["score"]) == ("rejected_upload", 0)
    assert "empty" in found["message"]

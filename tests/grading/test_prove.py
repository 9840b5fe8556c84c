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


def test_a_pack_proves_itself(tmp_path):
    done = manage("pack", "prove", packfolder.write(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 9
    assert all(line.startswith("ok") for line in lines)
    assert lines[-1].endswith("25.0 %  flawed, lower")


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

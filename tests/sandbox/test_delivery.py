"""The tar that carries a submission's files."""

import io
import tarfile

import pytest

from sandbox.delivery import archive, delivery
from sandbox.errors import PodError


def entries(data: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {entry.name: entry for entry in tar}


def test_the_same_files_make_the_same_archive():
    assert archive({"b": b"2", "a": b"1"}) == archive({"a": b"1", "b": b"2"})


def test_it_holds_folders_and_regular_files_only():
    found = entries(archive({"a/b/c.py": b"x"}))
    assert list(found) == ["a", "a/b", "a/b/c.py"]
    assert found["a/b"].isdir()
    assert found["a/b/c.py"].isfile()


def test_a_script_with_an_interpreter_line_is_executable():
    found = entries(archive({"run": b"#!/bin/sh\n", "data": b"x"}))
    assert (found["run"].mode, found["data"].mode) == (0o755, 0o644)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "", "a\0b"])
def test_a_path_that_leaves_the_folder_is_refused(path):
    with pytest.raises(PodError):
        archive({path: b""})


@pytest.mark.parametrize("command", [(), ("a\0b",)])
def test_a_command_that_no_program_can_be_given_is_refused(command):
    with pytest.raises(PodError):
        delivery({}, command, environment={}, stdin=None)


@pytest.mark.parametrize("name", ["", "A B", "A=B", "1A", "A\n"])
def test_a_name_that_no_variable_can_have_is_refused(name):
    with pytest.raises(PodError):
        delivery({}, ("true",), environment={name: "x"}, stdin=None)

"""The pack format: what is read from a good pack, as a folder or as an archive."""

import io
import os
import tarfile
import zipfile

import pytest

from grading import archives, packs, paths
from grading.challenge import Feedback, Kind, Suite
from grading.errors import ArchiveError, PackError, printable
from tests.grading import packfolder
from tests.grading.packfolder import FILES, faults


def test_a_good_pack_has_no_fault(tmp_path):
    assert faults(tmp_path, {}) == []


def test_a_pack_is_read_whole(tmp_path):
    pack = packfolder.load(tmp_path)
    assert (pack.slug, pack.title, pack.kind, pack.minutes) == ("shout", "Shout", Kind.PROGRAM, 10)
    assert (pack.statement, pack.main_skill, pack.feedback) == (
        "# Shout\n",
        "text-processing",
        Feedback.TOTALS,
    )
    assert pack.languages["python"].command == ("python3", "main.py")
    assert (pack.limits.run_seconds, pack.limits.memory_mb, pack.starter_max_score) == (30, 256, 30)
    assert [(test.points, test.skill, test.seconds) for test in pack.tests(Suite.HIDDEN)] == [
        (3, "text-processing", 5),
        (1, "robustness", 2),
    ]
    assert pack.max_score(Suite.HIDDEN) == 4
    assert pack.flawed[0].fails == ("test_shout.py::test_upper",)
    assert pack.flawed[0].score == (20, 30)
    assert set(pack.flawed[0].files) == {"main.py"}


def test_a_tar_reads_back_to_the_same_pack(tmp_path):
    pack = packfolder.load(tmp_path)
    assert packs.from_tar(packs.to_tar(pack)) == pack


def test_the_digest_depends_on_content_alone(tmp_path):
    first = packfolder.load(tmp_path / "a")
    folder = packfolder.write(tmp_path / "b")
    for path in folder.rglob("*"):
        os.utime(path, (0, 0))
        path.chmod(0o700)
    (folder / ".DS_Store").touch()
    assert packs.load(folder).digest == first.digest
    (folder / "statement.md").write_text("# Other")
    assert packs.load(folder).digest != first.digest


def zipped(prefix):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in FILES.items():
            archive.writestr(prefix + path, data)
    return buffer.getvalue()


def test_a_zip_is_read_as_a_tar_is(tmp_path):
    pack = packfolder.load(tmp_path)
    assert packs.from_tar(zipped("shout/")) == pack
    assert packs.from_tar(zipped(""), slug="shout") == pack


def test_an_archive_is_named_by_its_file_if_it_has_no_top_folder(tmp_path):
    path = tmp_path / "loud.zip"
    path.write_bytes(zipped(""))
    assert packs.from_path(path).slug == "loud"


def test_an_archive_without_any_name_is_a_fault():
    with pytest.raises(PackError, match="name"):
        packs.from_tar(zipped(""))


def test_an_archive_with_a_link_is_refused():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        link = tarfile.TarInfo("shout/challenge.toml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(ArchiveError, match=r"shout/challenge\.toml"):
        packs.from_tar(buffer.getvalue())


def test_what_is_no_pack_at_all_is_told(tmp_path):
    assert packs.check(tmp_path / "none")[0].message == "there is no such folder"
    path = tmp_path / "broken.tar"
    path.write_bytes(b"nothing")
    with pytest.raises(PackError, match="not a readable"):
        packs.from_path(path)


def test_a_pack_of_functions_has_modules_and_no_commands(tmp_path):
    pack = packs.load(packfolder.write(tmp_path, packfolder.FUNCTION))
    assert pack.kind is Kind.FUNCTION
    assert {language.module for language in pack.languages.values()} == {"main"}
    assert pack.languages["python"].preload == ("json", "os.path")
    assert pack.languages["python"].command == ("/usr/local/bin/serve-functions", "main")


def test_a_pack_of_the_most_that_is_accepted_can_be_read_back(tmp_path):
    """Its tar is larger than an archive from a stranger may be."""
    many = {f"tests/support/{number}.txt": b"x" * archives.MAX_FILE_BYTES for number in range(3)}
    loaded = packs.load(packfolder.write(tmp_path, many, slug="y" * 80))
    data = packs.to_tar(loaded)
    assert len(data) > archives.MAX_ARCHIVE_BYTES
    assert packs.from_stored(data) == loaded


def test_a_path_that_a_folder_may_hold_an_archive_may_hold_too(tmp_path):
    path = f"tests/support/{'a' * 100}/{'b' * (paths.MAX_LENGTH_BYTES - 115)}"
    assert len(path) == paths.MAX_LENGTH_BYTES
    loaded = packs.load(packfolder.write(tmp_path, {path: b""}, slug="y" * 80))
    assert packs.from_tar(packs.to_tar(loaded)) == loaded
    with pytest.raises(PackError) as caught:
        packs.from_tar(packs._tar("pack", {**packfolder.FILES, path + "c": b""}))
    assert [fault.path for fault in caught.value.faults] == [printable(path + "c")]

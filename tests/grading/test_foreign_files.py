"""Files as other machines write them: byte order marks, CRLF, what a Mac leaves beside, names in NFD."""

import io
import lzma
import tarfile
import unicodedata
import zipfile

import pytest

from grading import archives, files, packs
from grading.challenge import Suite
from grading.errors import ArchiveError, PackError, RejectedUpload
from grading.judge.framing import decode
from sandbox.fake import FakePods
from tests.grading import packfolder
from tests.grading.packfolder import FILES, faults
from tests.grading.test_grade_scripted import FINISHED, STARTED, Judge, result
from tests.grading.tiny import Grader, NoImages, pack

BOM = b"\xef\xbb\xbf"
NFC, NFD = (
    unicodedata.normalize("NFC", "tests/support/é.txt"),
    unicodedata.normalize("NFD", "tests/support/é.txt"),
)
LEFT_BY_A_MAC = ("shout/.DS_Store", "shout/tests/._hidden", "._shout", "shout/Icon\r", "__MACOSX/shout/._a")


def windows(data):
    """As an editor on Windows saves it."""
    return BOM + data.replace(b"\n", b"\r\n")


def tar(members, **options):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT, **options) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.pax_headers = {"LIBARCHIVE.xattr.com.apple.quarantine": "MDA4Mw", "mtime": "1.5"}
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def test_a_pack_from_windows_is_the_same_pack(tmp_path):
    """Whatever of it is read by us; files that are handed on stay as they are."""
    changed = {path: windows(data) for path, data in FILES.items() if data}
    loaded, plain = packs.load(packfolder.write(tmp_path, changed)), packfolder.load(tmp_path / "plain")
    assert (loaded.title, loaded.languages, loaded.limits) == (plain.title, plain.languages, plain.limits)
    assert loaded.suites == plain.suites
    assert loaded.statement == plain.statement
    assert [flaw.fails for flaw in loaded.flawed] == [flaw.fails for flaw in plain.flawed]
    assert loaded.files["starter/python/main.py"] == windows(FILES["starter/python/main.py"])


def test_faults_of_a_pack_from_windows_have_their_lines(tmp_path):
    challenge = windows(packfolder.CHALLENGE.replace(b"minutes = 10", b"minutes = 1"))
    [fault] = faults(tmp_path, {"challenge.toml": challenge})
    line = packfolder.CHALLENGE.decode().splitlines().index("minutes = 10") + 1
    assert fault.startswith(f"challenge.toml:{line}: 'minutes'")


def test_a_candidate_s_file_stays_as_it_is(tmp_path):
    challenge, text = packfolder.load(tmp_path), "\ufeffprint()\r\nprint()\r\n"
    cleaned = files.clean({"main.py": text}, challenge, "python")
    assert cleaned == {"main.py": text}
    assert files.complete(challenge, "python", cleaned)["main.py"] == text.encode()


def test_a_statement_in_sql_may_begin_with_a_mark():
    challenge, said = pack("tiny-sql"), []
    tests = [result(test.id) for test in challenge.tests(Suite.HIDDEN)]
    judge = Judge(STARTED, *tests, FINISHED)

    def listen(pod, line):
        said.append(line.lstrip(b"\0"))
        yield from judge(pod, line)

    submitted = {path: "\ufeff" + text for path, text in files.reference(challenge, "sql").items()}
    Grader(FakePods(listen), NoImages())(challenge, submitted, language="sql")
    [go] = [decode(line) for line in said if line.startswith(b'{"type":"go"') or b'"type": "go"' in line[:20]]
    assert go["files"] == files.reference(challenge, "sql")


@pytest.mark.parametrize("top", ["", "shout/"], ids=["no top folder", "a top folder"])
def test_an_archive_from_a_mac_is_the_same_pack(tmp_path, top):
    members = [(top + path, data) for path, data in {**FILES, NFD: b"x"}.items()]
    members += [(name.replace("shout/", top), b"\0\5\x16\7") for name in LEFT_BY_A_MAC]
    loaded = packs.from_tar(tar(members), slug="shout")
    assert set(loaded.files) == {*FILES, NFC}


def test_a_zip_from_a_mac_that_does_not_say_that_it_is_utf_8(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in {**FILES, NFD: b"x"}.items():
            archive.writestr(f"shout/{path}", content)
    name = f"shout/{NFD}".encode()
    data, flags = bytearray(buffer.getvalue()), 0x800  # It says that it is UTF-8.
    for signature, at, name_at in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        start = data.index(name, data.index(signature)) - name_at
        while data[start : start + 4] != signature:
            start = data.index(name, start + name_at + 1) - name_at
        found = int.from_bytes(data[start + at : start + at + 2], "little")
        assert found & flags
        data[start + at : start + at + 2] = (found & ~flags).to_bytes(2, "little")
    assert set(packs.from_tar(bytes(data)).files) == {*FILES, NFC}


def test_two_names_that_are_one_in_nfc_are_refused(tmp_path):
    folder = packfolder.write(tmp_path, {NFC: b"1", NFD: b"2"})
    assert any("is there twice" in str(fault) for fault in packs.check(folder))
    with pytest.raises(ArchiveError, match="is there twice"):
        packs.from_tar(
            tar([("shout/" + path, data) for path, data in {**FILES, NFC: b"1", NFD: b"2"}.items()])
        )
    with pytest.raises(RejectedUpload, match="is there twice"):
        files.draft({"é.py": "1", "e\u0301.py": "2"}, packfolder.load(tmp_path / "plain"), "python")


def test_a_folder_from_a_mac_is_a_submission(tmp_path):
    for name in ("main.py", "._main.py", ".DS_Store", "e\u0301.py"):
        (tmp_path / name).write_bytes(b"print()\r\n" if name.endswith(".py") else b"\0")
    loaded = packfolder.load(tmp_path / "pack_of")
    (tmp_path / "pack_of").rename(tmp_path.parent / f"{tmp_path.name}-pack")
    cleaned = files.clean(files.from_folder(tmp_path), loaded, "python")
    assert cleaned == {"main.py": "print()\r\n", "é.py": "print()\r\n"}


@pytest.mark.parametrize(
    ("data", "packer"),
    [
        (lzma.compress(b"x"), "xz"),
        (b"\x28\xb5\x2f\xfdrest", "zstd"),
        (b"BZh91AY", "bzip2"),
        (b"Rar!\x1a", "RAR"),
    ],
)
def test_other_packers_are_named_with_what_to_send(data, packer):
    with pytest.raises(ArchiveError, match=f"packed with {packer}. Send a zip, or a tar, plain or with gzip"):
        archives.read_entries(data)


def test_a_pack_of_another_packer_is_told_so_by_the_command(tmp_path):
    path = tmp_path / "shout.tar.xz"
    path.write_bytes(lzma.compress(tar([])))
    with pytest.raises(PackError, match="packed with xz"):
        packs.from_path(path)

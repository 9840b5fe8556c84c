"""Archives from strangers: what is read, and what is refused by name."""

import ast
import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from grading import archives
from grading.archives import read_entries, strip_top
from grading.errors import ArchiveError


def tar(*members, mode="w", **options):
    """A tar of (name, content) pairs and TarInfo objects."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, **options) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return buffer.getvalue()


def entry(name, type_, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = type_, link
    return info


def zipped(*members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def read_files(data):
    """As a pack is read: without its top folder."""
    return strip_top(read_entries(data))[1]


FILES = (("top/a.py", b"a"), ("top/sub/b.py", b"b"))
ROOT = Path(archives.__file__).parents[1]
EXTRACTORS = {"extract", "extractall", "unpack_archive"}
IN_A_CONTAINER = (ROOT / "grading" / "agent", ROOT / "grading" / "judge", ROOT / "sandbox" / "images")


@pytest.mark.parametrize(
    "data", [tar(*FILES), tar(*FILES, mode="w:gz"), zipped(*FILES)], ids=["tar", "gz", "zip"]
)
def test_a_single_top_folder_is_stripped(data):
    assert read_files(data) == {"a.py": b"a", "sub/b.py": b"b"}


def test_files_beside_a_folder_keep_their_paths():
    assert set(read_files(tar(("a.py", b""), ("sub/b.py", b"")))) == {"a.py", "sub/b.py"}


def test_a_leading_dot_is_no_folder():
    data = tar(entry("./", tarfile.DIRTYPE), ("./a.py", b"a"))
    assert read_files(data) == {"a.py": b"a"}


def test_what_tools_leave_behind_is_passed_over():
    data = zipped(("p/a.py", b"a"), ("__MACOSX/p/._a.py", b"x"), ("p/.DS_Store", b"x"))
    assert read_files(data) == {"a.py": b"a"}


@pytest.mark.parametrize(
    "name",
    [
        "../a",
        "x/../../a",
        "/etc/passwd",
        "C:/a",
        "a\\b",
        "a\nb",
        "a\x1b[2J",
        "a\u202egpj",
        "a//b",
        "-rf",
        "a.",
        " a",
    ],
)
def test_a_path_that_is_not_plain_is_refused_by_name(name):
    for data in (tar(("ok", b""), (name, b"")), zipped(("ok", b""), (name, b""))):
        with pytest.raises(ArchiveError) as caught:
            read_files(data)
        assert caught.value.entry
        assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("type_", "word"),
    [
        (tarfile.SYMTYPE, "link"),
        (tarfile.LNKTYPE, "link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (tarfile.FIFOTYPE, "device"),
        (b"Z", "type"),
    ],
)
def test_anything_but_a_regular_file_is_refused(type_, word):
    with pytest.raises(ArchiveError, match=word) as caught:
        read_files(tar(("a", b""), entry("evil", type_, "/etc/passwd")))
    assert caught.value.entry == "evil"


def test_a_link_in_a_zip_is_refused():
    info = zipfile.ZipInfo("evil")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(ArchiveError, match=r"evil.*link"):
        read_files(zipped((info, b"/etc/passwd")))


def test_a_name_that_a_zip_cuts_at_a_nul_is_refused():
    data = zipped(("aaXbb", b"x")).replace(b"aaXbb", b"aa\0bb")
    with pytest.raises(ArchiveError):
        read_files(data)


def test_an_encrypted_entry_is_refused():
    data = bytearray(zipped(("a", b"x")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ArchiveError, match="encrypted"):
        read_files(bytes(data))


def test_a_rare_compression_is_refused():
    with pytest.raises(ArchiveError, match="deflate"):
        read_files(zipped(("a", b"x" * 100), compression=zipfile.ZIP_LZMA))


def test_duplicates_are_refused():
    with pytest.raises(ArchiveError, match="twice"):
        read_files(tar(("a", b"1"), ("a", b"2")))


@pytest.mark.parametrize(("one", "other"), [("A.py", "a.py"), ("a", "a/b"), ("Straße", "STRASSE")])
def test_names_that_collide_are_refused(one, other):
    with pytest.raises(ArchiveError, match="collides"):
        read_entries(tar((one, b""), (other, b"")))


def test_two_spellings_of_one_letter_are_one_name():
    with pytest.raises(ArchiveError, match="twice"):
        read_files(tar(("\u00e9", b""), ("e\u0301", b"")))


def test_a_deep_path_is_refused():
    with pytest.raises(ArchiveError, match="deeper"):
        read_files(tar(("a/" * 20 + "a", b"")))


def test_too_many_entries_are_refused(monkeypatch):
    monkeypatch.setattr(archives, "MAX_ENTRIES", 3)
    for data in (tar(*((str(n), b"") for n in range(4))), zipped(*((str(n), b"") for n in range(4)))):
        with pytest.raises(ArchiveError, match="entries"):
            read_files(data)


def test_a_large_file_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(archives, "MAX_FILE_BYTES", 10)
    for data in (tar(("big", b"x" * 11)), zipped(("big", b"x" * 11))):
        with pytest.raises(ArchiveError, match="big: the file is larger"):
            read_files(data)


def test_the_total_is_counted_while_reading(monkeypatch):
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 15)
    for data in (tar(("a", b"x" * 8), ("b", b"x" * 8)), zipped(("a", b"x" * 8), ("b", b"x" * 8))):
        with pytest.raises(ArchiveError, match="holds more than"):
            read_files(data)


def test_a_zip_bomb_is_refused():
    with pytest.raises(ArchiveError, match="tightly"):
        read_files(zipped(("zeros", b"\0" * (4 * archives.MIB))))


def test_a_zip_that_lies_about_a_size_is_refused(monkeypatch):
    monkeypatch.setattr(archives, "MAX_FILE_BYTES", 100)
    data = bytearray(zipped(("a", b"x" * 1000)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = (50).to_bytes(4, "little")
    with pytest.raises(ArchiveError):
        read_files(bytes(data))


def test_a_gzip_bomb_is_stopped(monkeypatch):
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 1000)
    monkeypatch.setattr(archives, "MAX_ENTRIES", 1)
    with pytest.raises(ArchiveError, match="holds more than"):
        read_files(gzip.compress(b"\0" * 100_000))


def test_a_large_archive_is_refused_unread(monkeypatch):
    monkeypatch.setattr(archives, "MAX_ARCHIVE_BYTES", 10)
    with pytest.raises(ArchiveError, match="larger than"):
        read_files(b"PK\x03\x04 and much more")


def negative_size():
    header = bytearray(tar(("a", b"x"))[:512])
    header[124:136] = b"\xff" * 12  # Base 256: minus one.
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    return bytes(header) + bytes(1024)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x1f\x8b broken",
        gzip.compress(tar(("a", b"x")), mtime=0)[:-20],
        b"PK\x03\x04 broken",
        b"PK\x05\x06" + bytes(18),
        bytes(10240),
        tar(("a", b"x" * 5000))[:2000],
        negative_size(),
        tar(*(entry("x", tarfile.XHDTYPE) for _ in range(1500))),
        zipped(("a", b"x" * 100))[:60],
    ],
    ids=[
        "empty",
        "text",
        "gzip head only",
        "gzip cut short",
        "zip head only",
        "zip without entries",
        "zeros",
        "tar cut short",
        "negative size",
        "endless headers",
        "zip cut short",
    ],
)
def test_what_is_no_whole_archive_is_refused(data):
    with pytest.raises(ArchiveError):
        read_files(data)


def extractions(source: str) -> list[int]:
    """The lines in which an archive is unpacked to disk."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in EXTRACTORS
    ]


def test_nothing_is_unpacked_to_disk_outside_a_container():
    rooms = ("assessments", "config", "grading", "sandbox")
    paths = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    outside = [path for path in paths if not any(folder in path.parents for folder in IN_A_CONTAINER)]
    assert len(outside) > 100
    assert not [path.name for path in outside if extractions(path.read_text())]
    assert extractions((ROOT / "grading" / "judge" / "runner.py").read_text()), "the judge's own is not seen"

"""Archives that nobody honest makes (G41 to G47), and the names that a file may not, or may, have."""

import gzip
import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from grading.archives import MAX_ENTRIES, MIB

Data = Callable[[], bytes]
BLOCK = 512


@dataclass(frozen=True)
class Upload:
    """An archive and a word of the sentence that refuses it; '' if it is accepted."""

    id: str
    title: str
    data: Data
    says: str

    def __str__(self) -> str:
        return f"{self.id}-{self.title.replace(' ', '-')}"


def tar(*members: tarfile.TarInfo | tuple[str, bytes], **options) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **options) as archive:
        for member in members:
            info = member if isinstance(member, tarfile.TarInfo) else entry(member[0], size=len(member[1]))
            archive.addfile(info, None if isinstance(member, tarfile.TarInfo) else io.BytesIO(member[1]))
    return buffer.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", **fields) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def special(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    return info


def header(name: bytes, size: bytes = b"00000000000\0", kind: bytes = b"0") -> bytes:
    """One header of a tar, with these very bytes."""
    fields = name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + size + b"00000000000\0"
    raw = bytearray((fields + b" " * 8 + kind + bytes(100) + b"ustar\x0000").ljust(BLOCK, b"\0"))
    raw[148:156] = f"{sum(raw):06o}\0 ".encode()
    return bytes(raw)


def extended(records: Iterable[tuple[bytes, bytes]], name: bytes = b"a", content: bytes = b"x") -> bytes:
    """A tar with one file behind an extended (PAX) header."""
    text = b"".join(_record(key, value) for key, value in records)
    padded = text + bytes(-len(text) % BLOCK)
    about = header(b"pax", f"{len(text):011o}\0".encode(), b"x") + padded
    return about + header(name, f"{len(content):011o}\0".encode()) + content.ljust(BLOCK, b"\0") + bytes(1024)


def _record(key: bytes, value: bytes) -> bytes:
    body = b" " + key + b"=" + value + b"\n"
    length = len(body) + 1
    while length != len(body) + len(str(length)):
        length = len(body) + len(str(length))
    return str(length).encode() + body


def changed(data: bytes, signature: bytes, offset: int, layout: str, *values: int) -> bytes:
    """Other numbers behind the last such signature."""
    raw = bytearray(data)
    struct.pack_into(layout, raw, data.rindex(signature) + offset, *values)
    return bytes(raw)


def many_names(count: int, *, name: str = "") -> bytes:
    """A zip whose directory claims so many files; they are not there."""
    local = zipped(("0", b""), method=zipfile.ZIP_STORED)
    start = local.index(b"PK\x01\x02")
    parts = []
    for number in range(count):
        raw = (name or str(number)).encode()
        parts.append(
            struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, len(raw), *[0] * 6)
        )
        parts[-1] += raw
    directory = b"".join(parts)
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(directory), start, 0
    )
    return local[:start] + directory + end


def overlapping() -> bytes:
    """Two files of a zip that are one piece of data; their names agree with it, so only duplicates show."""
    data = zipped(("a", b"x" * 1000))
    at, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    twice = data[:at] + data[at:end] * 2 + data[end:]
    return changed(twice, b"PK\x05\x06", 8, "<2HL", 2, 2, 2 * (end - at))


def quoted() -> bytes:
    """Two files of a zip, of which the first one's data holds the second one whole (Fifield, 2019)."""
    data = zipped(("a", b"x" * 1000), ("b", b"y" * 1000), method=zipfile.ZIP_STORED)
    first, second = data.index(b"PK\x03\x04"), data.rindex(b"PK\x03\x04")
    grown = changed(data[:second], b"PK\x03\x04", 18, "<2L", second + 1000, second + 1000) + data[second:]
    at = grown.index(b"PK\x01\x02", first)
    raw = bytearray(grown)
    struct.pack_into("<2L", raw, at + 20, second + 1000, second + 1000)
    return bytes(raw)


def two_directories() -> bytes:
    """A zip whose end is said twice: the first names one file, the second another."""
    one, other = zipped(("one", b"1")), zipped(("other", b"2"))
    return one + other


PATHS = {
    "../evil": "leads out of the folder",
    "x/../../evil": "leads out of the folder",
    "/evil": "is absolute",
    "C:/evil": "is absolute",
    "..\\evil": "backslash",
    "x\\..\\..\\evil": "backslash",
    "a/./b": "empty step",
}
LINKS = {
    "a symbolic link": lambda: tar(entry("evil", tarfile.SYMTYPE, "/etc/passwd")),
    "a hard link": lambda: tar(("a", b""), entry("evil", tarfile.LNKTYPE, "/etc/passwd")),
    "a file behind a link": lambda: tar(entry("way", tarfile.SYMTYPE, ".."), ("way/evil", b"x")),
    "a link to a link": lambda: tar(
        entry("one", tarfile.SYMTYPE, "two"), entry("two", tarfile.SYMTYPE, "../evil"), ("one", b"x")
    ),
    "a link in an extended header": lambda: extended([(b"linkpath", b"/etc/passwd")]).replace(
        header(b"a", b"00000000001\0"), header(b"a", b"00000000001\0", b"2")
    ),
    "a symbolic link in a zip": lambda: zipped((special("evil", stat.S_IFLNK), b"/etc/passwd")),
}
DEVICES = {
    "a character device": lambda: tar(entry("evil", tarfile.CHRTYPE, devmajor=1, devminor=5)),
    "a block device": lambda: tar(entry("evil", tarfile.BLKTYPE, devmajor=8)),
    "a FIFO": lambda: tar(entry("evil", tarfile.FIFOTYPE)),
    "a sparse file": lambda: tar(entry("evil", tarfile.GNUTYPE_SPARSE, size=0)),
    "a contiguous file": lambda: tar(entry("evil", tarfile.CONTTYPE)),
    "an unknown kind": lambda: tar(entry("evil", b"Z")),
    "a socket in a zip": lambda: zipped((special("evil", stat.S_IFSOCK), b"")),
    "a device in a zip": lambda: zipped((special("evil", stat.S_IFBLK), b"")),
}
BOMBS = {
    "a tight zip": (lambda: zipped(("zeros", bytes(16 * MIB))), "suspiciously tightly"),
    "a zip that lies about a size": (
        lambda: changed(zipped(("a", bytes(8 * MIB))), b"PK\x01\x02", 24, "<L", 100),
        "not a readable zip",
    ),
    "a zip with large sizes": (
        lambda: changed(zipped(("a", b"x")), b"PK\x01\x02", 20, "<2L", 0xFFFFFFFE, 0xFFFFFFFE),
        "is larger than 16 MiB",
    ),
    "a zip64 size without its field": (
        lambda: changed(zipped(("a", b"x")), b"PK\x01\x02", 20, "<2L", 0xFFFFFFFF, 0xFFFFFFFF),
        "is larger than 16 MiB",
    ),
    "many files of one size": (
        lambda: zipped(*((f"{n}", bytes(MIB)) for n in range(65))),
        "holds more than 64 MiB",
    ),
    "overlapping files": (overlapping, "twice"),
    "a file that holds another": (quoted, "not a readable zip"),
    "gzip of zeros": (lambda: gzip.compress(bytes(100 * MIB), 1), "holds more than 64 MiB"),
    "gzip of a large file": (
        lambda: gzip.compress(tar(("zeros", bytes(17 * MIB))), 1),
        "is larger than 16 MiB",
    ),
}
CROWDS = {
    "a tar of too many files": (lambda: tar(*((str(n), b"") for n in range(MAX_ENTRIES + 1))), "more than"),
    "a tar of too many folders": (
        lambda: tar(*(entry(str(n), tarfile.DIRTYPE) for n in range(MAX_ENTRIES + 1))),
        "more than 2000 entries",
    ),
    "a hundred thousand entries": (
        lambda: gzip.compress(header(b"a") * 100_000 + bytes(1024), 1),
        "there twice",
    ),
    "two hundred thousand entries": (
        lambda: gzip.compress(header(b"a") * 200_000, 1),
        "holds more than 64 MiB",
    ),
    "a zip of too many names": (lambda: many_names(20_000), "more than 2000 entries"),
    "a zip of one name": (lambda: many_names(20_000, name="a"), "more than 2000 entries"),
    "a path four thousand deep": (lambda: tar(("a/" * 4000 + "a", b"")), "longer than 240 bytes"),
    "a path thirteen deep": (lambda: tar(("a/" * 13 + "a", b"")), "deeper than 12 folders"),
    "the same file twice": (lambda: tar(("a", b"1"), ("a", b"2")), "there twice"),
    "names that differ in case": (lambda: tar(("Main.py", b""), ("main.py", b"")), "collides"),
    "names that differ in their form": (lambda: tar(("é", b""), ("e\u0301", b"")), "there twice"),
    "a file that is a folder": (lambda: zipped(("a", b""), ("a/b", b"")), "collides"),
}
BROKEN = {
    "nothing": (lambda: b"\0" * 1024, "holds no file"),
    "no archive": (lambda: b"hello", "not a readable"),
    "a negative size": (lambda: header(b"a", b"\xff" * 12) + bytes(1024), "larger than 16 MiB"),
    "a size beyond the end": (lambda: header(b"a", b"00077777777\0") + bytes(1024), "not a readable"),
    "a size that is no number": (lambda: header(b"a", b"zzzzzzzzzzz\0") + bytes(1024), "not a readable"),
    "an extended size": (lambda: extended([(b"size", b"-1")]), "larger than 16 MiB"),
    "an extended size that is no number": (lambda: extended([(b"size", b"1e9")]), ""),
    "an extended path": (lambda: extended([(b"path", b"../evil")]), "leads out of the folder"),
    "an extended header of megabytes": (
        lambda: gzip.compress(extended([(b"comment", b"x" * (8 * MIB))]), 1),
        "",
    ),
    "thirty thousand extended records": (
        lambda: gzip.compress(extended((b"k%d" % n, b"v") for n in range(30_000)), 1),
        "",
    ),
    "extended headers without end": (lambda: header(b"p", kind=b"x") * 3000 + bytes(1024), "not a readable"),
    "long names without end": (lambda: header(b"p", kind=b"L") * 3000 + bytes(1024), "not a readable"),
    "a wrong checksum": (
        lambda: header(b"a").replace(b"0000644", b"0000645") + bytes(1024),
        "not a readable",
    ),
    "cut short": (lambda: tar(("a", b"x" * 5000))[:2000], "not a readable"),
    "gzip cut short": (lambda: gzip.compress(tar(("a", b"x")))[:-20], "ends too early"),
    "gzip with a wrong checksum": (lambda: gzip.compress(tar(("a", b"x")))[:-8] + bytes(8), "gzip"),
    "junk before a zip": (lambda: b"#!/bin/sh\n" + zipped(("a", b"x")), "not a readable"),
    "two zips in one": (two_directories, "begins with something"),
    "an encrypted file": (lambda: changed(zipped(("a", b"x")), b"PK\x01\x02", 8, "<H", 1), "encrypted"),
    "a rare compression": (lambda: zipped(("a", b"x" * 99), method=zipfile.ZIP_LZMA), "use deflate"),
    "many disks": (lambda: changed(zipped(("a", b"x")), b"PK\x05\x06", 4, "<2H", 7, 7), ""),
    "a zip with a wrong offset": (
        lambda: changed(zipped(("a", b"x")), b"PK\x05\x06", 16, "<L", 0xFFFFFFF0),
        "",
    ),
    "a zip whose data lies elsewhere": (
        lambda: changed(zipped(("a", b"x")), b"PK\x01\x02", 42, "<L", 0x7FFFFFFF),
        "begins with something",
    ),
    "a zip with other names in its data": (
        lambda: zipped(("good", b"x")).replace(b"good", b"evil", 1),
        "not a readable",
    ),
    "a wrong checksum in a zip": (
        lambda: changed(zipped(("a", b"x")), b"PK\x01\x02", 16, "<L", 1),
        "not a readable",
    ),
}


def uploads() -> list[Upload]:
    """Every one of them."""
    makers: dict[str, Callable[..., bytes]] = {"tar": tar, "zip": zipped}
    paths = [
        Upload("G41", f"{kind} with {name}", partial(make, (name, b"x")), says)
        for name, says in PATHS.items()
        for kind, make in makers.items()
    ]
    links = [Upload("G42", title, data, "a link") for title, data in LINKS.items()]
    devices = [Upload("G43", title, data, "is not accepted") for title, data in DEVICES.items()]
    tables = {"G44": BOMBS, "G45": CROWDS, "G47": BROKEN}
    others = [Upload(id, title, *rest) for id, table in tables.items() for title, rest in table.items()]
    return paths + links + devices + others


NAMES = {
    "main.py": True,
    "<img src=x onerror=alert(1)>.py": True,
    '"onmouseover=alert(1) x=".py': True,
    "=cmd('calc').py": True,
    "{{7*7}}${7*7}%s{0}.py": True,
    "CON": True,
    "aux.py": True,
    "naïve-日本語.py": True,
    "a" * 200 + ".py": True,
    "a" * 255: False,
    "a" * 4096: False,
    "a\nb.py": False,
    "a\rb.py": False,
    "a\tb.py": False,
    "a\x1b[2Jb.py": False,
    "a\u202egpj.py": False,
    "a\u200bb.py": False,
    "a\udcffb.py": False,
    "a\ufdd0.py": False,
    "-rf": False,
    "a ": False,
    "a.": False,
    " a": False,
    "a/../b": False,
    "a//b": False,
    "..": False,
    "a\\b": False,
    "/a": False,
    "C:a": False,
}
"""A file's name -> whether it is accepted, by whatever way it comes."""

"""Reads a tar (plain or gzip) or zip from a stranger into memory. Nothing is ever extracted to disk.

Every count is made while reading, never believed from a header: entries, bytes of one file, bytes in all.
Only regular files are taken; a link, a device or a path that leads out of the folder refuses the whole
archive and is named.
"""

import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import IO

from grading import paths
from grading.errors import ArchiveError

MIB = 1024 * 1024
MAX_ARCHIVE_BYTES = 32 * MIB
MAX_TOTAL_BYTES = 64 * MIB
MAX_FILE_BYTES = 16 * MIB
MAX_ENTRIES = 2000
MAX_RATIO = 200
"""Uncompressed to compressed size of a zip entry over 1 MiB; real text stays below 50."""

_TAR_ERRORS = (tarfile.TarError, ValueError, OSError, OverflowError, RecursionError, EOFError)
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,  # Encrypted; or, as NotImplementedError, compressed in a way that zipfile does not know.
    ValueError,
    OSError,
    OverflowError,
    EOFError,
)
_PLAIN_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_archive(data: bytes) -> dict[str, bytes]:
    """Path to content. A single top folder is stripped. Raises ArchiveError."""
    return strip_top(read_entries(data))[1]


def read_entries(data: bytes) -> dict[str, bytes]:
    """Path to content, as the archive has them. Raises ArchiveError."""
    if len(data) > MAX_ARCHIVE_BYTES:
        raise ArchiveError(f"The archive is larger than {MAX_ARCHIVE_BYTES // MIB} MiB.")
    members = _zip_members(data) if data.startswith((b"PK\x03\x04", b"PK\x05\x06")) else _tar_members(data)
    files: dict[str, bytes] = {}
    left = MAX_TOTAL_BYTES
    for name, content in members:
        path = _clean(name)
        if path in files:
            raise ArchiveError("the entry is there twice", entry=path)
        left -= len(content)
        if left < 0:
            raise ArchiveError(f"The archive holds more than {MAX_TOTAL_BYTES // MIB} MiB.")
        files[path] = content
    if not files:
        raise ArchiveError("The archive holds no file.")
    if pair := paths.collision(files):
        raise ArchiveError(f"the entry collides with {pair[0]}", entry=pair[1])
    return files


def strip_top(files: Mapping[str, bytes]) -> tuple[str, dict[str, bytes]]:
    """The name of the only top folder ('' if there is none) and the files by their path below it."""
    tops = {path.split("/", 1)[0] for path in files}
    if len(tops) != 1 or any("/" not in path for path in files):
        return "", dict(files)
    top = tops.pop()
    return top, {path[len(top) + 1 :]: content for path, content in files.items()}


def _clean(name: str) -> str:
    try:
        return paths.clean(name.removeprefix("./"))
    except ValueError as error:
        raise ArchiveError(str(error), entry=name) from error


def _tar_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(b"\x1f\x8b"):
        data = _gunzip(data)
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:", errorlevel=2) as archive:
            yield from _tar_files(archive)
    except _TAR_ERRORS as error:
        raise ArchiveError("The file is not a readable tar or zip archive.") from error


def _tar_files(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    count = 0
    while (member := archive.next()) is not None:
        count += 1
        if count > MAX_ENTRIES:
            raise ArchiveError(f"The archive has more than {MAX_ENTRIES} entries.")
        if member.isdir():
            _clean_folder(member.name)
            continue
        if member.type not in {tarfile.REGTYPE, tarfile.AREGTYPE} or member.issparse():
            raise ArchiveError(f"{_kind(member)} is not accepted; only regular files are", entry=member.name)
        if not 0 <= member.size <= MAX_FILE_BYTES:
            raise ArchiveError(f"the file is larger than {MAX_FILE_BYTES // MIB} MiB", entry=member.name)
        if paths.is_junk(member.name):
            continue
        stream = archive.extractfile(member)
        yield member.name, stream.read() if stream else b""


def _clean_folder(name: str) -> None:
    if name.rstrip("/") not in {"", "."}:
        _clean(name.rstrip("/"))


def _kind(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "a link"
    return "a device" if member.isdev() else "an entry of this type"


def _gunzip(data: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    limit = MAX_TOTAL_BYTES + MAX_ENTRIES * 1024  # The headers of the entries come on top.
    try:
        inflated = inflater.decompress(data, limit + 1)
    except zlib.error as error:
        raise ArchiveError("The file is not a readable gzip archive.") from error
    if len(inflated) > limit:
        raise ArchiveError(f"The archive holds more than {MAX_TOTAL_BYTES // MIB} MiB.")
    if not inflater.eof:
        raise ArchiveError("The gzip archive ends too early.")
    return inflated


def _zip_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > MAX_ENTRIES:
                raise ArchiveError(f"The archive has more than {MAX_ENTRIES} entries.")
            for info in archive.infolist():
                if _check_zip_entry(info):
                    with archive.open(info) as stream:
                        yield info.filename, _read_capped(stream, info.filename)
    except _ZIP_ERRORS as error:
        raise ArchiveError("The file is not a readable zip archive.") from error


def _check_zip_entry(info: zipfile.ZipInfo) -> bool:
    """Whether the entry is a file to read; False for folders and junk. Raises ArchiveError."""
    name = info.orig_filename  # `filename` was already cut at a NUL.
    if info.is_dir():
        _clean_folder(name)
        return False
    mode = stat.S_IFMT(info.external_attr >> 16)
    if mode not in {0, stat.S_IFREG}:
        raise ArchiveError("a link or device is not accepted; only regular files are", entry=name)
    if info.flag_bits & 0x1:
        raise ArchiveError("the entry is encrypted", entry=name)
    if info.compress_type not in _PLAIN_ZIP_METHODS:
        raise ArchiveError("the entry is packed in a way that is not accepted; use deflate", entry=name)
    if info.file_size > MAX_FILE_BYTES:
        raise ArchiveError(f"the file is larger than {MAX_FILE_BYTES // MIB} MiB", entry=name)
    if info.file_size > MIB and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        raise ArchiveError("the entry is packed suspiciously tightly", entry=name)
    _clean(name)
    return not paths.is_junk(name)


def _read_capped(stream: IO[bytes], name: str) -> bytes:
    content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ArchiveError(f"the file is larger than {MAX_FILE_BYTES // MIB} MiB", entry=name)
    return content

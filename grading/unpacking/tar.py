"""Reads a tar, plain or gzip, from standard input. Runs in a process of its own."""

import io
import sys
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO

from grading import paths
from grading.unpacking.limits import Limits, Total
from grading.unpacking.records import FILE, FOLDER, Refused, answer

GZIP = b"\x1f\x8b"
_ERRORS = (tarfile.TarError, ValueError, OSError, OverflowError, RecursionError, EOFError)


def main(arguments: Sequence[str]) -> None:
    answer(_entries(sys.stdin.buffer, Limits.parse(arguments)))


def _entries(source: IO[bytes], limits: Limits) -> Iterator[tuple[bytes, str, bytes]]:
    is_gzip = source.read(len(GZIP)) == GZIP
    source.seek(0)
    plain = io.BytesIO(_gunzip(source.read(), limits)) if is_gzip else source
    try:
        with tarfile.open(fileobj=plain, mode="r:", errorlevel=2, encoding="utf-8") as archive:
            yield from _members(archive, limits)
    except _ERRORS as error:
        raise Refused("The file is not a readable tar or zip archive.") from error


def _members(archive: tarfile.TarFile, limits: Limits) -> Iterator[tuple[bytes, str, bytes]]:
    count, total = 0, Total(limits)
    while (member := archive.next()) is not None:
        count += 1
        if count > limits.entries:
            raise limits.too_many()
        if member.isdir():
            yield FOLDER, member.name, b""
            continue
        _check(member, limits)
        if not paths.is_junk(member.name):
            stream = archive.extractfile(member)
            yield FILE, member.name, total.take(stream.read() if stream else b"")


def _check(member: tarfile.TarInfo, limits: Limits) -> None:
    if member.type not in {tarfile.REGTYPE, tarfile.AREGTYPE} or member.issparse():
        raise Refused(f"{_kind(member)} is not accepted; only regular files are", entry=member.name)
    if not 0 <= member.size <= limits.file_bytes:
        raise limits.too_large(member.name)


def _kind(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "a link"
    return "a device" if member.isdev() else "an entry of this type"


def _gunzip(data: bytes, limits: Limits) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    most = limits.total_bytes + limits.entries * 1024  # The headers of the entries come on top.
    try:
        inflated = inflater.decompress(data, most + 1)
    except zlib.error as error:
        raise Refused("The file is not a readable gzip archive.") from error
    if len(inflated) > most:
        raise limits.too_much()
    if not inflater.eof:
        raise Refused("The gzip archive ends too early.")
    return inflated

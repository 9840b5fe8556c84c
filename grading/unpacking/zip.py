"""Reads a zip from standard input. Runs in a process of its own."""

import codecs
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO

from grading import paths
from grading.unpacking.limits import MIB, Limits, Total
from grading.unpacking.records import FILE, FOLDER, Refused, answer

_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,  # Encrypted, or compressed in a way that zipfile does not know.
    ValueError,
    OSError,
    OverflowError,
    EOFError,
)
_IS_UTF8 = 0x800
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

codecs.lookup("cp437")  # Names without a mark are in it. It must be found before no file can be opened.


def main(arguments: Sequence[str]) -> None:
    answer(_entries(sys.stdin.buffer, Limits.parse(arguments)))


def _entries(source: IO[bytes], limits: Limits) -> Iterator[tuple[bytes, str, bytes]]:
    total = Total(limits)
    try:
        with zipfile.ZipFile(source) as archive:
            if len(archive.infolist()) > limits.entries:
                raise limits.too_many()
            if any(info.header_offset == 0 for info in archive.infolist()) is not bool(archive.infolist()):
                raise Refused("The zip archive begins with something that its list of files does not name.")
            for info in archive.infolist():
                name = _name(info)
                if info.is_dir():
                    yield FOLDER, name, b""
                    continue
                _check(info, name, limits)
                if not paths.is_junk(name):
                    with archive.open(info) as stream:
                        yield FILE, name, total.take(_read(stream, name, limits))
    except _ERRORS as error:
        raise Refused("The file is not a readable zip archive.") from error


def _name(info: zipfile.ZipInfo) -> str:
    """As it was meant: Macs write UTF-8 without saying so, and it is then read as if it was of 1981.

    Not `filename`, which is already cut at a NUL.
    """
    name = info.orig_filename
    if info.flag_bits & _IS_UTF8 or name.isascii():
        return name
    try:
        return name.encode("cp437").decode()
    except UnicodeError:
        return name


def _check(info: zipfile.ZipInfo, name: str, limits: Limits) -> None:
    mode = stat.S_IFMT(info.external_attr >> 16)
    if mode not in {0, stat.S_IFREG}:
        raise Refused("a link or device is not accepted; only regular files are", entry=name)
    if info.flag_bits & 0x1:
        raise Refused("the entry is encrypted", entry=name)
    if info.compress_type not in _PLAIN_METHODS:
        raise Refused("the entry is packed in a way that is not accepted; use deflate", entry=name)
    if info.file_size > limits.file_bytes:
        raise limits.too_large(name)
    if info.file_size > MIB and info.file_size > limits.ratio * max(info.compress_size, 1):
        raise Refused("the entry is packed suspiciously tightly", entry=name)


def _read(stream: IO[bytes], name: str, limits: Limits) -> bytes:
    content = stream.read(limits.file_bytes + 1)
    if len(content) > limits.file_bytes:
        raise limits.too_large(name)
    return content

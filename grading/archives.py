"""Reads a tar (plain or gzip) or zip from a stranger into memory. Nothing is ever extracted to disk.

The archive's own format is read by a process with bounds (`grading.unpacking`), which answers with names and
contents; whether it fails, hangs or lies, this process goes on. Every rule on what is accepted is applied to
that answer here, counts and sizes once more included. Only regular files are taken; a link, a device or a
path that leads out of the folder refuses the whole archive and is named.
"""

from collections.abc import Mapping

from grading import paths
from grading.errors import ArchiveError, printable
from grading.unpacking import records
from grading.unpacking.bounded import Bounds, answer_of
from grading.unpacking.limits import Limits
from grading.unpacking.records import Record

MIB = 1024 * 1024
MAX_ARCHIVE_BYTES = 32 * MIB
MAX_TOTAL_BYTES = 64 * MIB
MAX_FILE_BYTES = 16 * MIB
MAX_ENTRIES = 2000
MAX_RATIO = 200
"""Uncompressed to compressed size of a zip entry over 1 MiB; real text stays below 50."""
BOUNDS = Bounds()
TAR, ZIP = "grading.unpacking.tar", "grading.unpacking.zip"
"""What reads them, in the process with bounds."""
OTHERS = {
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!": "RAR",
}
"""What other packers' files begin with."""
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")


def read_entries(data: bytes) -> dict[str, bytes]:
    """Path to content, as the archive has them. Raises ArchiveError."""
    if len(data) > MAX_ARCHIVE_BYTES:
        raise ArchiveError(f"The archive is larger than {MAX_ARCHIVE_BYTES // MIB} MiB.")
    if packed := next((name for start, name in OTHERS.items() if data.startswith(start)), ""):
        raise ArchiveError(f"The file is packed with {packed}. Send a zip, or a tar, plain or with gzip.")
    files = _Files(Limits(MAX_TOTAL_BYTES, MAX_FILE_BYTES, MAX_ENTRIES, MAX_RATIO))
    module = ZIP if data.startswith(ZIP_STARTS) else TAR
    try:
        with answer_of(module, data, *files.limits.arguments(), bounds=BOUNDS) as stream:
            for record in records.read(stream, max_content_bytes=MAX_FILE_BYTES):
                files.take(record)
    except records.CutOffError:
        raise ArchiveError(
            "The archive cannot be read within the time and memory that an archive is given."
        ) from None
    except records.Refused as refused:
        raise ArchiveError(refused.reason, entry=refused.entry) from None
    return files.checked()


def strip_top(files: Mapping[str, bytes]) -> tuple[str, dict[str, bytes]]:
    """The name of the only top folder ('' if there is none) and the files by their path below it."""
    tops = {path.split("/", 1)[0] for path in files}
    if len(tops) != 1 or any("/" not in path for path in files):
        return "", dict(files)
    top = tops.pop()
    return top, {path[len(top) + 1 :]: content for path, content in files.items()}


class _Files:
    """What is accepted, entry by entry. Raises ArchiveError or Refused."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._files: dict[str, bytes] = {}
        self._entries, self._left = 0, limits.total_bytes

    def take(self, record: Record) -> None:
        self._entries += 1
        match record.kind:
            case records.FILE:
                self._take_file(record.name, record.content)
            case records.FOLDER if record.name.rstrip("/") not in {"", "."}:
                _clean(record.name.rstrip("/"))
            case records.REFUSAL:
                reason = printable(record.content.decode(errors="replace"))
                raise ArchiveError(reason, entry=record.name)
        if self._entries > self.limits.entries + 1:  # The end is a record too.
            raise self.limits.too_many()

    def checked(self) -> dict[str, bytes]:
        """All of them, which must be at least one."""
        if not self._files:
            raise ArchiveError("The archive holds no file.")
        if pair := paths.collision(self._files):
            raise ArchiveError(f"the entry collides with {pair[0]}", entry=pair[1])
        return self._files

    def _take_file(self, name: str, content: bytes) -> None:
        path = _clean(name)
        if path in self._files:
            raise ArchiveError("the entry is there twice", entry=path)
        self._left -= len(content)
        if self._left < 0:
            raise self.limits.too_much()
        self._files[path] = content


def _clean(name: str) -> str:
    try:
        return paths.clean(name.removeprefix("./"), has_top=True)
    except ValueError as error:
        raise ArchiveError(str(error), entry=name) from error

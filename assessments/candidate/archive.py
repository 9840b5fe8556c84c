"""A candidate's own code as a zip."""

import io
import re
import zipfile

from assessments import counting, submissions
from assessments.models import Attempt
from grading import paths


def of_attempt(attempt: Attempt) -> bytes:
    """A zip with one folder per challenge: the submission that counts.

    Its names are made here or checked by `paths.clean`, so unpacking it writes nowhere else; its dates are
    the sitting's start, so equal code makes an equal file.
    """
    buffer = io.BytesIO()
    moment = attempt.started_at.timetuple()[:6]
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder, files in _folders(attempt):
            for path, text in sorted(files.items()):
                entry = zipfile.ZipInfo(f"{folder}/{paths.clean(path)}", date_time=moment)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, text)
    return buffer.getvalue()


def _folders(attempt: Attempt) -> list[tuple[str, dict[str, str]]]:
    folders = []
    for work in submissions.works(attempt):
        last = counting.counting(work)
        if last is not None:
            slug = re.sub(r"[^a-z0-9-]", "", work.item.version.definition.slug)
            folders.append((f"{work.item.position}-{slug}-{last.language}", last.snapshot.files))
    return folders

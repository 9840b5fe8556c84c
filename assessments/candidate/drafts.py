"""What the editor sends, checked for its form. Whether its files are acceptable, `grading.files` says."""

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

from assessments.saves import Stamp

MAX_BODY_BYTES = 7 * 1024 * 1024
"""1 MiB of code, in the worst case six bytes for each of its bytes, and something around it."""


MAX_PAGE_CHARACTERS = 40
MAX_NUMBER = 2**31 - 1
"""What the database's whole numbers hold."""


class Malformed(Exception):  # noqa: N818 - named for what it is.
    """Not what the editor sends. `message` says what is wrong with it."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        self.message, self.status = message, status
        super().__init__(message)


@dataclass(frozen=True, kw_only=True)
class Draft:
    language: str
    files: dict[str, str]
    revision: int
    stamp: Stamp


def read_draft(request: HttpRequest) -> Draft:
    """{language, files: {path: text}, revision}, and from our pages {page, number, includes: {page: number}}.
    Raises Malformed.
    """
    data = _read_object(request)
    files = data.get("files")
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise Malformed("'files' must map paths to texts.")
    if not isinstance(data.get("language"), str):
        raise Malformed("'language' must be a text.")
    return Draft(language=data["language"], files=files, revision=_revision(data), stamp=_stamp(data))


def read_revision(request: HttpRequest) -> int:
    """{revision}: what the page believes to be saved. Raises Malformed."""
    return _revision(_read_object(request))


def _revision(data: dict[str, Any]) -> int:
    revision = data.get("revision", -1)
    if not _is_number(revision):
        raise Malformed("'revision' must be a whole number.")
    return int(revision)


def _stamp(data: dict[str, Any]) -> Stamp:
    page, number, includes = data.get("page", ""), data.get("number", 0), data.get("includes", {})
    if not isinstance(page, str) or len(page) > MAX_PAGE_CHARACTERS or not _is_number(number):
        raise Malformed("'page' must be a short text, and 'number' a whole number.")
    if not isinstance(includes, dict) or not all(_is_number(value) for value in includes.values()):
        raise Malformed("'includes' must map pages to whole numbers.")
    return Stamp(page=page, number=number, includes=includes)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER


def _read_object(request: HttpRequest) -> dict[str, Any]:
    try:
        if int(request.headers.get("Content-Length") or 0) > MAX_BODY_BYTES:
            raise _too_large()
        data = json.loads(request.body)
    except RequestDataTooBig as error:
        raise _too_large() from error
    except UnreadablePostError as error:
        raise Malformed("The connection broke before everything was there.") from error
    except (ValueError, RecursionError) as error:
        raise Malformed("This is not JSON.") from error
    if not isinstance(data, dict):
        raise Malformed("This must be a JSON object.")
    return data


def _too_large() -> Malformed:
    return Malformed("Your files are too large to be saved: together they may hold 1024 KiB.", status=413)

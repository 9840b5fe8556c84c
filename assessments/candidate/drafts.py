"""What the editor sends, checked for its form. Whether its files are acceptable, `grading.files` says."""

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

MAX_BODY_BYTES = 7 * 1024 * 1024
"""1 MiB of code, in the worst case six bytes for each of its bytes, and something around it."""


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


def read_draft(request: HttpRequest) -> Draft:
    """{language, files: {path: text}, revision}. Raises Malformed."""
    data = _read_object(request)
    files = data.get("files")
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise Malformed("'files' must map paths to texts.")
    if not isinstance(data.get("language"), str):
        raise Malformed("'language' must be a text.")
    return Draft(language=data["language"], files=files, revision=_revision(data))


def read_revision(request: HttpRequest) -> int:
    """{revision}: what the page believes to be saved. Raises Malformed."""
    return _revision(_read_object(request))


def _revision(data: dict[str, Any]) -> int:
    revision = data.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool) or revision < 0:
        raise Malformed("'revision' must be a whole number.")
    return revision


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

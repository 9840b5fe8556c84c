"""Failing a test in a sentence of ours."""

from typing import Any, NoReturn

import pytest

_Failed: Any = pytest.fail.Exception


class Told(_Failed):  # type: ignore[misc]  # It is untyped.
    """Its whole text is for the candidate, also of a hidden test: nothing in it comes from their program."""


def fail(text: str) -> NoReturn:
    """Fails the test, without a traceback. Whatever values `text` holds are ours or the author's."""
    raise Told(text, pytrace=False)

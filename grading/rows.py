"""Values as columns: what a program or a test wrote, made fit for any database."""

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from grading.models import TestResult
from grading.report import Result

log = logging.getLogger(__name__)

TITLE_CHARACTERS = 200
MESSAGE_CHARACTERS = 4_000
LOG_CHARACTERS = 200_000


def result_row(grading_id: uuid.UUID, positions: Mapping[str, int], result: Result) -> TestResult | None:
    """None for a test that the manifest does not know: it has no points, so it is nobody's result."""
    if result.id not in positions:
        log.error("grading %s: %r is not in the manifest", grading_id, result.id)
        return None
    return TestResult(
        grading_id=grading_id,
        test_id=result.id,
        position=positions[result.id],
        title=storable(result.title, TITLE_CHARACTERS),
        skill=result.skill,
        outcome=result.outcome.value,
        points=result.points,
        max_points=result.max_points,
        seconds=result.seconds,
        message=storable(result.message, MESSAGE_CHARACTERS),
        detail=storable(result.detail),
    )


def storable_json(value: Any) -> Any:
    """The value with every text in it made `storable`: PostgreSQL's JSON holds no NUL either."""
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(str(key)): storable_json(item) for key, item in value.items()}
        case list() | tuple():
            return [storable_json(item) for item in value]
    return value


def storable(text: str, characters: int = LOG_CHARACTERS) -> str:
    """The text without what PostgreSQL refuses (a NUL, half of a surrogate pair), and not without end."""
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    return text if len(text) <= characters else text[: characters - 4] + " ..."

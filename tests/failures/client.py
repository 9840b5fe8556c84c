"""What the web process does to the queue, as a process of its own: one JSON command per line in, one answer
out.

`python -m tests.failures.client`; its settings are the environment's, as those of the workers are.
"""

import json
import sys
import traceback
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.db import connections  # noqa: E402 - Models need Django.

import config.celery  # noqa: E402, F401 - Makes it everyone's application.
from grading import files, queue  # noqa: E402
from grading.models import Grading, Pack, Snapshot  # noqa: E402
from tests.grading import tiny  # noqa: E402


def request(pack: str, count: int = 1, suite: str = "hidden", source: str = "") -> list[str]:
    """Asks for gradings of a tiny pack's reference; `source` replaces the pack's hidden tests."""
    challenge = tiny.pack(pack)
    if source:
        challenge = tiny.with_tests(challenge, source)
    snapshot = Snapshot.store(files.reference(challenge, "python"))
    stored = Pack.store(challenge)
    return [
        str(queue.request(pack=stored, snapshot=snapshot, language="python", suite=suite, lane="submit").pk)
        for _ in range(count)
    ]


def rows(ids: list[str]) -> list[dict[str, Any]]:
    """What is known of these gradings, in this order."""
    found = {str(row.pk): row for row in Grading.objects.filter(pk__in=ids).prefetch_related("results")}
    return [_row(found[pk]) for pk in ids]


def _row(row: Grading) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "status": row.status,
        "verdict": row.verdict,
        "score": row.score,
        "max_score": row.max_score,
        "tries": row.tries,
        "worker": row.worker,
        "judge_log": row.judge_log,
        "results": [[result.test_id, result.outcome] for result in row.results.all()],
    }


def main() -> None:
    operations: dict[str, Callable[..., Any]] = {"request": request, "rows": rows, "hint": queue.announce}
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {"done": operations[command.pop("do")](**command)}
        except Exception:  # noqa: BLE001 - Whatever it is, the test is to see it.
            answer = {"failed": traceback.format_exc()}
        connections.close_all()  # As between two requests to a web process whose server may be gone.
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""What a proof holds good for: the judge, what runs submissions, and the liars, all as one digest."""

import hashlib
from functools import cache
from pathlib import Path

from grading.images import LANGUAGE_IMAGES, candidate_recipe, judge_recipe

_ROOT = Path(__file__).parents[1]


@cache
def digest() -> str:
    """SHA-256, hexadecimal. It changes with Touchstone's own code and images, and with nothing else."""
    whole = hashlib.sha256(judge_recipe().digest.encode())
    for language in sorted(LANGUAGE_IMAGES):
        whole.update(candidate_recipe(language).digest.encode())
    for path in sorted([_ROOT / "admission.py", *(_ROOT / "liars").glob("*.py")]):
        whole.update(path.read_bytes())
    return whole.hexdigest()

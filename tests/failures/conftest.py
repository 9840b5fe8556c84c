"""One engine for all of these tests, with the images that they need."""

from collections.abc import Iterator

import pytest

from grading import images
from sandbox.engine import Engine
from sandbox.images import Images, shipped
from tests.failures.engine import SecondEngine


@pytest.fixture(scope="session")
def second_engine() -> Iterator[SecondEngine]:
    """The images come from this machine's own engine."""
    recipes = [shipped("cpython"), *(images.recipe(name) for name in ("judge", "python", "redis"))]
    with Engine() as first:
        for recipe in recipes:
            Images(first).find_or_build(recipe)
    with SecondEngine() as engine:
        engine.load(recipe.tag for recipe in recipes)
        yield engine

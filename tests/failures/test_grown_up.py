"""Each failure on PostgreSQL and Redis."""

from collections.abc import Iterator

import pytest

from tests.failures.cases import CASES, Case
from tests.failures.engine import SecondEngine
from tests.failures.installation import Installation, grown_up

pytestmark = [pytest.mark.docker, pytest.mark.stack, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def installation(
    second_engine: SecondEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    with grown_up(second_engine, tmp_path_factory.mktemp("grown_up")) as made:
        yield made
    assert made.left_on_engine() == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_nobody_pays_for(case: Case, installation: Installation) -> None:
    case(installation)

import secrets

import pytest

FOUND = {}
JUDGES = {"key": f"judge:{secrets.token_hex(8)}", "value": secrets.token_hex(8)}


@pytest.fixture
def judges(redis):
    """Something of the judge's in Redis, before the attack."""
    if not FOUND:
        redis.private.set(JUDGES["key"], JUDGES["value"])
    return JUDGES


@pytest.fixture
def found(service, judges):
    if not FOUND:
        FOUND.update(service.get("/attack", timeout=28).json())
    return FOUND


@pytest.fixture
def refused(found, request):
    """Every attempt under the test's id was made, and came to nothing. The program tells what it got."""
    id = request.node.name.split("_")[1].upper()
    attempts = {name: told for name, told in found.items() if name.startswith(f"{id} ")}
    assert attempts, "nothing was tried"
    got = {name: told for name, told in attempts.items() if not told.startswith("refused: ")}
    assert not got, f"got {got}"

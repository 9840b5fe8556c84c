import pytest

FOUND = {}


@pytest.fixture
def found(service, rabbitmq):
    if not FOUND:
        rabbitmq.declare("judge.answers")
        rabbitmq.publish("judge.answers", "kept")
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

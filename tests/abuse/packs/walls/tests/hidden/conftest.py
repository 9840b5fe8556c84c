import pytest

FOUND = {}


@pytest.fixture
def prepared():
    """What there is before the attack: nothing, unless a suite says otherwise."""


@pytest.fixture
def found(service, request):
    """What the program says that it got. It attacks once."""
    if not FOUND:
        request.getfixturevalue("prepared")
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

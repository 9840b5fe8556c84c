"""A valid order to start from, and an order that exists."""

import pytest
from provider import Provider


@pytest.fixture(autouse=True)
def provider(receiver):
    return Provider(receiver)


@pytest.fixture
def body(rng):
    items = [{"sku": f"A-{number}", "quantity": rng.randint(1, 9), "unit_price": rng.randint(1, 9999)} for number in (1, 2)]
    return {"customer_id": f"c-{rng.randrange(10**9)}", "currency": "EUR", "items": items, "note": None}


@pytest.fixture
def order(service, body):
    answer = service.post("/orders", json=body)
    assert answer.status_code == 201, f"Creating an order should be answered with 201, not {answer.status_code}."
    return answer.json()

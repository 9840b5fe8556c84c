"""A sample of what the hidden tests look at."""

import pytest


def expect(answer, status, doing):
    assert answer.status_code == status, f"{doing} should be answered with {status}, not {answer.status_code}."


@pytest.mark.skill("api-design")
def test_create_and_read(service, body, same):
    """A created order can be read at its Location"""
    created = service.post("/orders", json=body)
    expect(created, 201, "Creating an order")
    total = sum(item["quantity"] * item["unit_price"] for item in body["items"])
    shown = created.json()
    same(shown.get("total"), total, f"The total should be {total}, not {shown.get('total')}.")
    location = created.headers.get("Location")
    assert location == f"/orders/{shown['id']}", f"The Location should be /orders/{shown['id']}, not {location}."
    same(service.get(location).json(), shown, "Reading the order gives something else than creating it.")


@pytest.mark.skill("api-design")
def test_repeated_request(service, body, same):
    """The same request with the same Idempotency-Key creates one order"""
    headers = {"Idempotency-Key": f"key-{body['customer_id']}"}
    first = service.post("/orders", json=body, headers=headers)
    again = service.post("/orders", json=body, headers=headers)
    for answer in (first, again):
        expect(answer, 201, "Creating an order with a key")
    same(again.json(), first.json(), "The repeated request created another order.")
    other = service.post("/orders", json={**body, "note": "other"}, headers=headers)
    expect(other, 409, "The same key with another body")


@pytest.mark.skill("data-validation")
def test_faulty_order(service, body):
    """A faulty order is refused with a pointer to each fault"""
    faulty = {**body, "currency": "XXX", "items": [{**body["items"][0], "quantity": 0}]}
    answer = service.post("/orders", json=faulty)
    expect(answer, 422, "A faulty order")
    content_type = answer.headers.get("Content-Type", "")
    assert content_type.startswith("application/problem+json"), f"The Content-Type of the 422 is {content_type}."
    pointers = sorted(error["pointer"] for error in answer.json().get("errors", []))
    assert pointers == ["/currency", "/items/0/quantity"], f"The pointers of the 422 are {pointers}."


@pytest.mark.skill("api-design")
def test_two_pages(service, body):
    """The second page begins where the first one ended, the newest order first"""
    made = []
    for _ in range(3):
        created = service.post("/orders", json=body)
        expect(created, 201, "Creating an order")
        made.append(created.json()["id"])
    answer = service.get("/orders", params={"customer_id": body["customer_id"], "limit": 2})
    expect(answer, 200, "Listing the first page")
    first = answer.json()
    assert [order["id"] for order in first["data"]] == [made[2], made[1]], "The first page is not the two newest orders."
    query = {"customer_id": body["customer_id"], "limit": 2, "cursor": first["next_cursor"]}
    answer = service.get("/orders", params=query)
    expect(answer, 200, "Listing the second page")
    second = answer.json()
    assert [order["id"] for order in second["data"]] == [made[0]], "The second page is not the oldest order."
    assert second["next_cursor"] is None, "The last page should have next_cursor null."


@pytest.mark.skill("rest")
def test_update_with_etag(service, order, same):
    """A PATCH needs the current ETag"""
    path = f"/orders/{order['id']}"
    tag = service.get(path).headers.get("ETag")
    assert tag, "GET of an order has no ETag."
    expect(service.patch(path, json={"note": "a"}), 428, "PATCH without If-Match")
    changed = service.patch(path, json={"note": "a"}, headers={"If-Match": tag})
    expect(changed, 200, "PATCH with the current ETag")
    same(changed.json().get("note"), "a", "PATCH did not change the note.")
    expect(service.patch(path, json={"note": "b"}, headers={"If-Match": tag}), 412, "PATCH with the old ETag")


@pytest.mark.skill("api-design")
def test_paying_and_shipping(service, order):
    """A pending order can be paid but not shipped"""
    path = f"/orders/{order['id']}"

    def move(status):
        tag = service.get(path).headers.get("ETag", "*")
        return service.patch(path, json={"status": status}, headers={"If-Match": tag})

    expect(move("shipped"), 409, "Shipping an order that is not paid")
    paid = move("paid")
    expect(paid, 200, "Paying a pending order")
    assert paid.json().get("receipt"), "A paid order shows no receipt."
    expect(move("shipped"), 200, "Shipping a paid order")


@pytest.mark.skill("rest")
def test_errors_are_problems(service):
    """Unknown orders and methods are answered with problem+json"""
    for method, status in (("GET", 404), ("DELETE", 405)):
        answer = service.request(method, "/orders/unknown")
        expect(answer, status, f"{method} of an unknown order")
        content_type = answer.headers.get("Content-Type", "")
        assert content_type.startswith("application/problem+json"), f"The Content-Type of the {status} is {content_type}."

"""Orders as resources, methods and media types."""

import json

import pytest


@pytest.mark.points(3)
@pytest.mark.skill("api-design")
def test_create_and_read(api, service, same):
    """A created order is complete and can be read at its Location"""
    body = api.body(lines=3)
    answer = api.post(body)
    order = api.created(answer, "Creating a valid order").order
    expected = {
        **body,
        "id": order["id"],
        "status": "pending",
        "total": sum(item["quantity"] * item["unit_price"] for item in body["items"]),
        "charge": order.get("charge"),
        "receipt": None,
    }
    same(order, expected, "The created order does not have exactly the members and values that were asked for.")
    api.provider.charge_of(order)
    location = answer.headers.get("Location", "")
    assert location.endswith(f"/orders/{order['id']}"), "The 201 has no Location that names the new order."
    read = api.json(service.get(location), 200, "Reading the order at its Location")
    same(read, order, "The order that is read differs from the order that was created.")

    without_note = api.body()
    del without_note["note"]
    order = api.created(api.post(without_note), "Creating an order without a note").order
    assert order.get("note", "") is None, "An order created without a note should have the note null."

    head, get = service.request("HEAD", location), service.get(location)
    api.status(head, 200, "HEAD of an order")
    assert head.content == b"", "The answer to HEAD has a body."
    for name in ("ETag", "Content-Type"):
        assert head.headers.get(name) == get.headers.get(name), f"HEAD and GET differ in the header {name}."
    api.status(service.request("HEAD", "/orders"), 200, "HEAD of the list")


@pytest.mark.points(3)
@pytest.mark.skill("concurrency")
def test_twenty_orders_at_once(api, service, at_once, same):
    """Twenty different orders created at the same moment are twenty orders, each charged once"""
    bodies = [api.body() for _ in range(20)]
    with api.charges(20, "Creating twenty orders"):
        answers = at_once([lambda body=body: api.post(body) for body in bodies])
    made = [api.created(answer, "Creating one of twenty orders at once") for answer in answers]
    assert len({order.id for order in made}) == 20, "Orders created at the same moment share an id."
    assert len({order.order.get("charge") for order in made}) == 20, "Orders created at the same moment share a charge."
    for order, body in zip(made, bodies, strict=True):
        api.provider.charge_of(order.order)
        read = api.read(order).order
        same(read.get("customer_id"), body["customer_id"], "Reading an order gives another client's order.")
        same(read.get("charge"), order.order.get("charge"), "An order shows another charge than when it was created.")


@pytest.mark.points(4)
@pytest.mark.skill("rest")
def test_unknown_paths_and_methods(api, service):
    """Unknown paths are 404, other methods are 405 with Allow, both as problems"""
    api.problem(service.get(f"/{api.name()}"), 404, "GET of an unknown path")
    unknown = f"/orders/{api.name()}"
    api.problem(service.get(unknown), 404, "GET of an unknown order")
    api.problem(api.patch(unknown, {"note": None}, '"x"'), 404, "PATCH of an unknown order")

    order = api.create()
    for path, methods, allowed in (
        ("/orders", ("PUT", "PATCH", "DELETE"), {"GET", "HEAD", "POST"}),
        (order.path, ("PUT", "POST", "DELETE"), {"GET", "HEAD", "PATCH"}),
    ):
        for method in methods:
            kind = "the list" if path == "/orders" else "an order"
            answer = api.send(method, path, "{}")
            api.problem(answer, 405, f"{method} of {kind}")
            named = {name.strip().upper() for name in answer.headers.get("Allow", "").split(",")}
            assert allowed <= named, f"Allow in the 405 to {method} of {kind} leaves a method out that is there."
            assert not named & set(methods), f"Allow in the 405 to {method} of {kind} names a method that is not there."


@pytest.mark.points(3)
@pytest.mark.skill("rest")
def test_media_types(api, same):
    """Bodies that are not application/json are 415, parameters of the type are fine"""
    order = api.create()
    tag = api.read(order).tag or "*"
    body, note = api.body(), {"note": api.text(10)}
    with api.charges(0, "Refusing other media types"):
        for media_type in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json-patch+json",
            "text/json",
            None,
        ):
            shown = media_type or "no Content-Type"
            answer = api.send("POST", "/orders", json.dumps(body), media_type=media_type)
            api.problem(answer, 415, f"POST with {shown}")
            answer = api.send("PATCH", order.path, json.dumps(note), media_type=media_type, headers={"If-Match": tag})
            api.problem(answer, 415, f"PATCH with {shown}")
    same(api.read(order).order, order.order, "A PATCH that was answered with 415 has changed the order.")
    for media_type in ("application/json; charset=utf-8", "application/json;charset=UTF-8"):
        answer = api.send("POST", "/orders", json.dumps(body), media_type=media_type)
        api.created(answer, f"POST with {media_type}")


@pytest.mark.points(2)
@pytest.mark.skill("rest")
def test_malformed_requests(api):
    """Malformed JSON and unusable idempotency keys are 400"""
    order = api.create()
    tag = api.read(order).tag or "*"
    with api.charges(1, "Refusing malformed requests and accepting one good one"):
        for content in ("", "{", json.dumps(api.body())[:-1], "{'note': null}", '{"note": null,}', "note=x"):
            shown = content[:10] or "an empty body"
            api.problem(api.send("POST", "/orders", content), 400, f"POST of {shown}")
            answer = api.send("PATCH", order.path, content, headers={"If-Match": tag})
            api.problem(answer, 400, f"PATCH of {shown}")
        for key, shown in (("", "an empty Idempotency-Key"), (api.name(65), "an Idempotency-Key of 65 characters")):
            api.problem(api.post(api.body(), key=key), 400, f"POST with {shown}")
        api.created(api.post(api.body(), key=api.name(64)), "POST with an Idempotency-Key of 64 characters")

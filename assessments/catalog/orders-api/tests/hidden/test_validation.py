"""What a client may send, and how precisely the service says what is wrong."""

import pytest

pytestmark = pytest.mark.skill("data-validation")


@pytest.mark.points(5)
def test_all_faults_at_once(api, rng):
    """A 422 names every fault of the body at once, each with its pointer"""
    first, second, third, fourth, fifth = rng.sample(range(8), 5)
    unknown = api.name(6)
    body = api.body(lines=8, customer_id=api.name(5) + " ", note=api.text(201))
    del body["currency"]
    body[unknown] = 1
    body["items"][first]["quantity"] = 0
    body["items"][first]["unit_price"] = -1
    body["items"][second]["quantity"] = "7"
    del body["items"][third]["sku"]
    body["items"][third][unknown] = None
    body["items"][fourth] = api.name()
    body["items"][fifth] = {}
    expected = {
        "/customer_id",
        "/note",
        "/currency",
        f"/{unknown}",
        f"/items/{first}/quantity",
        f"/items/{first}/unit_price",
        f"/items/{second}/quantity",
        f"/items/{third}/sku",
        f"/items/{third}/{unknown}",
        f"/items/{fourth}",
        f"/items/{fifth}/sku",
        f"/items/{fifth}/quantity",
        f"/items/{fifth}/unit_price",
    }
    with api.charges(0, "Refusing orders with many faults"):
        api.faults(api.post(body), expected, "An order with many faults")
        api.faults(api.post({}), {"/customer_id", "/currency", "/items"}, "An empty object")

        index = rng.randrange(8)
        body = api.body(lines=8, currency="XXX")
        body["items"][index]["sku"] = ""
        api.faults(api.post(body), {"/currency", f"/items/{index}/sku"}, "An order with two faults")


WRONG_TYPES = {
    "customer_id": (42, None, True, [], {}),
    "currency": (978, None, False, ["EUR"], {}),
    "items": (None, True, "A-1", 3, {}, {"0": {}}),
    "note": (5, 0, False, True, [], {}),
}
WRONG_ITEM_TYPES = {
    "sku": (42, None, True, [], {}),
    "quantity": (True, "2", "", 1.5, None, [], [2], {}),
    "unit_price": (False, True, "100", "", 9.99, None, [], {}),
}


@pytest.mark.points(4)
def test_wrong_types(api, rng):
    """Values of another JSON type are refused, also those that a language might convert"""
    with api.charges(0, "Refusing values of wrong types"):
        for name, values in WRONG_TYPES.items():
            for value in values:
                doing = f"An order with {name} {value!r}"
                api.faults(api.post(api.body(**{name: value})), [f"/{name}"], doing)
        for name, values in WRONG_ITEM_TYPES.items():
            for value in values:
                index = rng.randrange(4)
                body = api.body(lines=4)
                body["items"][index][name] = value
                api.faults(api.post(body), [f"/items/{index}/{name}"], f"An item with {name} {value!r}")
        for value in (1, "A-1", None, True, []):
            index = rng.randrange(4)
            body = api.body(lines=4)
            body["items"][index] = value
            api.faults(api.post(body), [f"/items/{index}"], f"The item {value!r}")
        for whole in ([], [api.body()], "order", 5, None, True):
            api.faults(api.post(whole), [""], f"A body that is a {type(whole).__name__}")


@pytest.mark.points(4)
def test_limits(api, rng, same):
    """The last allowed value is accepted, the first beyond it is not"""
    price = 10_000_000
    good = [
        {"customer_id": api.name(1), "note": None},
        {"customer_id": api.name(40), "note": ""},
        {"customer_id": "-_", "note": api.text(200)},
        {"items": [api.item(sku=api.name(40), quantity=1000, unit_price=price) for _ in range(50)]},
        {"items": [api.item(sku=api.name(1), quantity=1, unit_price=0)]},
    ]
    for changes in good:
        body = api.body(**changes)
        order = api.created(api.post(body), f"An order with {', '.join(changes)} at the limit of what is allowed").order
        total = sum(item["quantity"] * item["unit_price"] for item in body["items"])
        same(order.get("total"), total, f"The total of {len(body['items'])} items should be {total}.")
        same(order.get("items"), body["items"], "The items are not stored as they were sent.")
        same(order.get("note", ""), body["note"], "The note is not stored as it was sent.")

    bad_names = ("", api.name(41), "a b", "a.b", "é", "a\n", "\n", "٣", " a")
    with api.charges(0, "Refusing values beyond the limits"):
        for name in bad_names:
            api.faults(api.post(api.body(customer_id=name)), ["/customer_id"], f"The customer_id {name!r}")
            body = api.body()
            body["items"][1]["sku"] = name
            api.faults(api.post(body), ["/items/1/sku"], f"The sku {name!r}")
        for currency in ("", "eur", "EUR ", "CHF", "EURUSD"):
            api.faults(api.post(api.body(currency=currency)), ["/currency"], f"The currency {currency!r}")
        api.faults(api.post(api.body(note=api.text(201))), ["/note"], "A note of 201 characters")
        for count in (0, 51):
            api.faults(api.post(api.body(lines=count)), ["/items"], f"An order with {count} items")
        broken = [{"sku": ""} for _ in range(51)]
        api.faults(api.post(api.body() | {"items": broken}), ["/items"], "An order with 51 broken items")
        for quantity in (0, -1, 1001, rng.randint(1002, 10**9)):
            body = api.body() | {"items": [api.item(quantity=quantity)]}
            api.faults(api.post(body), ["/items/0/quantity"], f"The quantity {quantity}")
        for amount in (-1, price + 1, 10**15):
            body = api.body() | {"items": [api.item(unit_price=amount)]}
            api.faults(api.post(body), ["/items/0/unit_price"], f"The unit_price {amount}")


@pytest.mark.points(3)
def test_unknown_members(api, rng):
    """Unknown members are faults, wherever they stand, and their pointers are escaped"""
    stem = api.name(4)
    names = {
        "id": "id",
        "status": "status",
        "total": "total",
        "charge": "charge",
        "receipt": "receipt",
        "Note": "Note",
        "constructor": "constructor",
        stem: stem,
        "": "",
        f"{stem}/x": f"{stem}~1x",
        f"{stem}~x": f"{stem}~0x",
        f"{stem}~1": f"{stem}~01",
    }
    with api.charges(0, "Refusing unknown members"):
        for name, escaped in names.items():
            answer = api.post(api.body() | {name: rng.randint(1, 9)})
            api.faults(answer, [f"/{escaped}"], f"An order with the member {name!r}")
            body = api.body(lines=3)
            body["items"][2][name] = None
            api.faults(api.post(body), [f"/items/2/{escaped}"], f"An item with the member {name!r}")


@pytest.mark.points(4)
def test_faulty_changes(api, same):
    """An update is validated like an order, and leaves the order alone if it is refused"""
    before = api.read(api.create())
    unknown = api.name(6)
    cases = [
        ({}, [""]),
        ([], [""]),
        (None, [""]),
        ({"status": "lost"}, ["/status"]),
        ({"status": None}, ["/status"]),
        ({"status": True}, ["/status"]),
        ({"status": ["paid"]}, ["/status"]),
        ({"status": "Paid"}, ["/status"]),
        ({"note": 5}, ["/note"]),
        ({"note": False}, ["/note"]),
        ({"note": api.text(201)}, ["/note"]),
        ({"status": "paid", "total": 1}, ["/total"]),
        ({"note": "x", "customer_id": api.name(), f"{unknown}/": 1}, ["/customer_id", f"/{unknown}~1"]),
        ({"status": "lost", "note": [], unknown: None}, ["/status", "/note", f"/{unknown}"]),
    ]
    for body, pointers in cases:
        answer = api.patch(before.path, body, before.tag or "*")
        api.faults(answer, pointers, f"PATCH of {str(body)[:40]}")
    same(api.read(before), before, "An update that was refused has changed the order or its ETag.")
    for note in ("", api.text(200), None):
        shown = api.changed(before, note=note).order
        same(shown.get("note", "missing"), note, "The changed note is not what was sent.")

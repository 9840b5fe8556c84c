"""Pages that do not move under the reader."""

import base64
import json
import string

import pytest

pytestmark = pytest.mark.skill("api-design")


def ids(page):
    return [order["id"] for order in page["data"]]


@pytest.mark.points(5)
def test_walk(api, rng, at_once, same):
    """Following the cursors shows every order once, the newest first"""
    bodies = [api.body() for _ in range(19)]
    made = [order.id for order in (api.created(a, "Creating an order") for a in at_once(
        [lambda body=body: api.post(body) for body in bodies]
    ))]
    latest = [api.create() for _ in range(4)]
    newest_first = [order.id for order in reversed(latest)]

    page = api.page()
    assert len(page["data"]) == 20, f"Without a limit a page should have 20 orders, not {len(page['data'])}."
    assert ids(page)[:4] == newest_first, "The newest orders do not come first."
    same(page["data"][0], api.read(latest[-1]).order, "An order in the list differs from the order read by itself.")
    one = api.page(limit=1)
    assert ids(one) == newest_first[:1], "With limit=1 the page should hold the newest order alone."

    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        limit = 1 if pages < 25 else rng.randint(11, 99)  # One at a time through orders of the same moment.
        page = api.page(limit=limit, cursor=cursor)
        assert len(page["data"]) <= limit, f"A page with limit={limit} has {len(page['data'])} orders."
        cursor = page["next_cursor"]
        assert cursor is None or len(page["data"]) == limit, "A page that is not the last one is not full."
        seen += ids(page)
        pages += 1
        assert pages < 100, "The cursors lead on and on; the last page should have next_cursor null."
    assert len(seen) == len(set(seen)), "An order is on two pages, though nothing was created meanwhile."
    assert set(made) <= set(seen), "An order is on no page, though nothing was created meanwhile."
    assert seen[:4] == newest_first, "The pages are not in the order of creation, the newest first."


@pytest.mark.points(5)
def test_orders_created_during_the_walk(api, rng):
    """Orders created while a client reads the pages neither repeat nor hide others"""
    wanted = [api.create().id for _ in range(8)][::-1]
    seen, cursor, since = [], None, set()
    while len(seen) < len(wanted):
        page = api.page(limit=2, cursor=cursor)
        seen += ids(page)
        cursor = page["next_cursor"]
        assert cursor is not None or len(seen) >= len(wanted), "The pages end before all orders were shown."
        since |= {api.create().id for _ in range(rng.randint(1, 3))}
    assert not set(seen) & since, "An order that was created after the first page was read is on a later page."
    assert len(seen) == len(set(seen)), "After new orders were created, the next page repeats an order."
    assert seen == wanted, "After new orders were created, the next page skips an order."


@pytest.mark.points(3)
def test_orders_changed_during_the_walk(api):
    """A cursor stays good when the orders seen so far leave the list"""
    customer = api.name()
    made = [api.create(customer_id=customer) for _ in range(6)][::-1]
    query = {"customer_id": customer, "status": "pending"}
    page = api.page(limit=2, **query)
    assert ids(page) == [order.id for order in made[:2]], "The first page of pending orders is wrong."
    seen = ids(page)
    for leaving in (made[1:2], made[2:4]):
        for order in leaving:
            api.changed(order, status="cancelled")
        page = api.page(limit=2, cursor=page["next_cursor"], **query)
        seen += ids(page)
    assert seen == [order.id for order in made], (
        "After orders that were seen were cancelled, the next page of pending orders skips or repeats others."
    )
    assert page["next_cursor"] is None, "The last page should have next_cursor null."


@pytest.mark.points(3)
def test_filters(api, same):
    """status and customer_id select, together and across pages"""
    customer, other = api.name(), api.name()
    mine = [api.create(customer_id=customer) for _ in range(4)]
    theirs = [api.create(customer_id=other) for _ in range(2)]
    mine += [api.create(customer_id=customer) for _ in range(2)]
    cancelled = [mine[1], mine[4], theirs[0]]
    for order in cancelled:
        api.changed(order, status="cancelled")
    newest_first = [order.id for order in mine[::-1]]
    pending = [order.id for order in mine[::-1] if order not in cancelled]

    assert ids(api.page(customer_id=customer)) == newest_first, "customer_id does not select that customer's orders."
    shown = ids(api.page(status="cancelled", limit=3))
    assert shown == [mine[4].id, theirs[0].id, mine[1].id], "status does not select the orders in that status."
    shown = ids(api.page(customer_id=customer, status="pending"))
    assert shown == pending, "customer_id and status together do not select the orders that meet both."
    for status in ("paid", "shipped"):
        page = api.page(customer_id=customer, status=status)
        same(page, {"data": [], "next_cursor": None}, "A selection without orders should be an empty last page.")
    assert ids(api.page(customer_id=api.name(13))) == [], "An unknown customer should have no orders."

    first = api.page(customer_id=customer, limit=3)
    assert ids(first) == newest_first[:3], "A selection's first page is wrong."
    second = api.page(customer_id=customer, limit=3, cursor=first["next_cursor"])
    assert ids(second) == newest_first[3:], "A selection's second page is wrong."
    assert second["next_cursor"] is None, "A last page that happens to be full should have next_cursor null, too."
    first = api.page(customer_id=customer, status="pending", limit=2)
    second = api.page(customer_id=customer, status="pending", limit=2, cursor=first["next_cursor"])
    assert ids(first) + ids(second) == pending, "Pages of a selection by customer and status are wrong."


@pytest.mark.points(4)
def test_bad_queries(api, rng, service):
    """Bad limits, statuses and cursors are 400"""
    customer = api.name()
    for _ in range(3):
        api.create(customer_id=customer)

    def refuse(doing, **query):
        api.problem(service.get("/orders", params=query), 400, f"Listing with {doing}")

    for limit in ("0", "-1", "101", str(rng.randint(102, 9999)), "ten", "1.5", "10x", ""):
        refuse(f"limit {limit!r}", limit=limit)
    for status in ("lost", "Pending", "pending,paid"):
        refuse(f"status {status!r}", status=status)

    letters = string.ascii_letters + string.digits + "-_"
    forged = ["".join(rng.choices(letters, k=length)) for length in (3, 8, 24, 33, 64)]
    forged += ["".join(rng.choices("123456789", k=length)) for length in (6, 9)]
    values = ({}, [], None, True, "x", {"id": api.name()}, [api.name()])
    forged += [base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=") for value in values]
    forged += ["é", "a b", "!", "=", "-1"]
    for cursor in forged:
        refuse("a cursor that was not issued", cursor=cursor)

    cursor = api.page(customer_id=customer, status="pending", limit=2)["next_cursor"]
    assert cursor is not None, "A page that is not the last one should have a next_cursor."
    for other in ({"customer_id": customer}, {"status": "pending"}, {}, {"customer_id": customer, "status": "paid"}):
        refuse("the cursor of another selection", cursor=cursor, **other)
    page = api.page(customer_id=customer, status="pending", limit=1, cursor=cursor)
    assert len(page["data"]) == 1, "A cursor should work with another limit."

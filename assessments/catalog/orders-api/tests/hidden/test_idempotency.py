"""A client that does not know whether its request arrived sends it again."""

import json

import pytest


@pytest.fixture
def is_same(same):
    """Whether one answer is another one again."""

    def check(replay, first):
        named = ("Location", "ETag", "Content-Type")
        headers = all(replay.headers.get(name) == first.headers.get(name) for name in named)
        return headers and not same.differences(replay.json(), first.json())

    return check


@pytest.mark.points(4)
@pytest.mark.skill("api-design")
def test_replay(api, rng, is_same):
    """A repeated request gets the first response again and creates nothing"""
    body, key = api.body(lines=3), api.name()
    with api.charges(1, "Sending one request with one key five times"):
        first = api.post(body, key=key)
        api.created(first, "The first request with a key")
        for _ in range(2):
            again = api.post(body, key=key)
            api.created(again, "The same request with the same key")
            assert is_same(again, first), "A repeated request does not get the first response with its headers again."
        shuffled = dict(rng.sample(sorted(body.items()), len(body)))
        shuffled["items"] = [dict(reversed(item.items())) for item in body["items"]]
        for spelling in (json.dumps(dict(reversed(body.items())), indent=3), json.dumps(shuffled, separators=(",", ":"))):
            again = api.send("POST", "/orders", spelling, key=key)
            api.created(again, "The same JSON value, spelt in another way, with the same key")
            assert is_same(again, first), "The same JSON value, spelt in another way, does not get the first response."
    api.check_listed_once(body["customer_id"], "Sending one request with one key five times")

    with api.charges(4, "Sending one request twice without a key and with two keys"):
        ids = {api.created(api.post(body, key=key), "A request").id for key in (None, None, api.name(), api.name(13))}
    assert len(ids) == 4, "Requests without a key, or with different keys, must each create an order."


@pytest.mark.points(4)
@pytest.mark.skill("api-design")
def test_replay_after_a_change(api, is_same, same):
    """A replay shows the order as it was created, whatever has become of it"""
    body, key = api.body(), api.name()
    first = api.post(body, key=key)
    order = api.created(first, "The first request with a key")
    paid = api.changed(order, status="paid", note=api.text(10))
    again = api.post(body, key=key)
    api.created(again, "A repeated request after the order was paid")
    assert is_same(again, first), "After the order has changed, a repeated request no longer gets the first response."
    same(api.read(order).order, paid.order, "A repeated request has undone a later change of the order.")


@pytest.mark.points(4)
@pytest.mark.skill("api-design")
def test_key_with_another_body(api, is_same):
    """The same key with another body is 409 and changes nothing"""
    body, key = api.body(lines=3), api.name()
    other_note = {**body, "note": api.text(30)}
    other_order = {**body, "items": body["items"][::-1]}
    other_quantity = {**body, "items": [*body["items"][:2], {**body["items"][2], "quantity": 1}]}
    longer = {**body, "items": [*body["items"], api.item()]}
    with api.charges(1, "Using one key for several bodies"):
        first = api.post(body, key=key)
        api.created(first, "The first request with a key")
        for other in (other_note, other_order, other_quantity, longer, api.body()):
            api.problem(api.post(other, key=key), 409, "A used key with another body")
        again = api.post(body, key=key)
        api.created(again, "The first request again, after others tried to use its key")
    assert is_same(again, first), "After another body was refused, the first request no longer gets its response."


@pytest.mark.points(3)
@pytest.mark.skill("api-design")
def test_refused_request_leaves_the_key(api, is_same):
    """A request that was refused does not use its key up"""
    body, key = api.body(), api.name()
    with api.charges(1, "Sending a request again after mending it"):
        broken = {**body, "currency": "XXX"}
        api.faults(api.post(broken, key=key), ["/currency"], "A faulty request with a key")
        api.faults(api.post(broken, key=key), ["/currency"], "The same faulty request again")
        api.problem(api.send("POST", "/orders", "{", key=key), 400, "Malformed JSON with a key")
        first = api.post(body, key=key)
        api.created(first, "The mended request with the same key")
        again = api.post(body, key=key)
        api.created(again, "The mended request again")
    api.check_listed_once(body["customer_id"], "Sending a request again after mending it")
    assert is_same(again, first), "The mended request, sent again, does not get its first response."


@pytest.mark.points(6)
@pytest.mark.skill("concurrency")
def test_one_key_at_once(api, at_once, is_same):
    """Twenty requests with one key at the same moment create one order and charge once"""
    rounds = 2
    with api.charges(rounds, f"Sending {rounds} requests, each twenty times at once with a key of its own"):
        for _ in range(rounds):
            body, key = api.body(), api.name()
            answers = at_once([lambda body=body, key=key: api.post(body, key=key) for _ in range(20)])
            made = [api.created(answer, "One of twenty requests at once with one key") for answer in answers]
            assert len({order.id for order in made}) == 1, "Requests with one key at the same moment created several orders."
            assert all(is_same(answer, answers[0]) for answer in answers), (
                "Requests with one key at the same moment got different responses."
            )
            api.check_listed_once(body["customer_id"], "Sending one request twenty times at once with one key")


@pytest.mark.points(3)
@pytest.mark.skill("concurrency")
def test_one_key_two_bodies_at_once(api, at_once):
    """Two bodies with one key at the same moment: one is created, the other refused"""
    rounds = 3
    with api.charges(rounds, f"Sending two bodies with one key, ten times each at once, {rounds} times"):
        for _ in range(rounds):
            bodies, key = [api.body(), api.body()] * 10, api.name()
            answers = at_once([lambda body=body, key=key: api.post(body, key=key) for body in bodies])
            ids, winners = set(), set()
            for body, answer in zip(bodies, answers, strict=True):
                if answer.status_code == 409:
                    api.problem(answer, 409, "The body that came second")
                    continue
                order = api.created(answer, "A request with one key and two bodies at once")
                assert order.order.get("customer_id") == body["customer_id"], "A request got the response to another body."
                ids.add(order.id)
                winners.add(body["customer_id"])
            assert len(ids) == 1, f"{len(ids)} orders were created with one key instead of one."
            refused = [body for body, answer in zip(bodies, answers, strict=True) if answer.status_code == 409]
            assert not winners & {body["customer_id"] for body in refused}, "The same body was both accepted and refused."

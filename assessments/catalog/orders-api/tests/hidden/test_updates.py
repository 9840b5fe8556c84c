"""ETags, conditional requests, and what may become of an order."""

import pytest


@pytest.mark.points(3)
@pytest.mark.skill("rest")
def test_etag_names_the_version(api, service):
    """An ETag is strong, stays while the order does and changes with it"""
    answer = api.post(api.body())
    order = api.created(answer, "Creating a valid order")
    tags = [api.strong_tag(answer, "Creating an order")]
    note = order.order.get("note")
    for changes in ({"note": f"{note}!"}, {"status": "paid"}, {"note": None}, {"status": "shipped", "note": note}):
        other = api.create()
        api.changed(other, note=api.text(12))
        for _ in range(2):
            tag = api.strong_tag(service.get(order.path), "Reading an order")
            assert tag == tags[-1], "The ETag has changed although the order has not."
        api.status(service.request("HEAD", order.path), 200, "HEAD of an order")
        answer = api.patch(order.path, changes, tags[-1])
        api.json(answer, 200, "A change with the ETag that was last seen")
        tag = api.strong_tag(answer, "Changing an order")
        assert tag not in tags, f"The ETag has not changed although {' and '.join(changes)} has."
        tags.append(tag)
    assert api.read(order).tag == tags[-1], "Reading an order gives another ETag than the change before it."


@pytest.mark.points(2)
@pytest.mark.skill("rest")
def test_not_modified(api, service, same):
    """If-None-Match gives 304 without a body while the order is the same"""
    order = api.create()
    tag = api.strong_tag(service.get(order.path), "Reading an order")
    for wanted in (tag, f"W/{tag}", f'"{api.name()}", {tag}', f'"{api.name()}",W/{tag},"x"', "*"):
        answer = service.get(order.path, headers={"If-None-Match": wanted})
        shown = wanted.replace(tag, "<ETag>")
        api.status(answer, 304, f"GET with If-None-Match: {shown}")
        assert answer.content == b"", "A 304 has a body."
        assert answer.headers.get("ETag") == tag, "A 304 does not show the order's ETag."
    for wanted in (f'"{api.name()}"', f'"{api.name()}", "{api.name()}"'):
        answer = service.get(order.path, headers={"If-None-Match": wanted})
        shown = api.json(answer, 200, "GET with If-None-Match of other tags")
        same(shown, order.order, "A GET shows another order.")
    changed = api.changed(order, note=api.text(9))
    answer = service.get(order.path, headers={"If-None-Match": tag})
    shown = api.json(answer, 200, "GET with If-None-Match of an older version")
    same(shown, changed.order, "A GET with an old tag does not show the order as it is now.")


@pytest.mark.points(2)
@pytest.mark.skill("rest")
def test_update_without_if_match(api, same):
    """A PATCH without If-Match is 428 and changes nothing"""
    before = api.read(api.create())
    with api.receipts(lambda: 0, "Refusing updates without If-Match"):
        for changes in ({"note": api.text(9)}, {"status": "paid"}, {"status": "cancelled", "note": None}):
            api.problem(api.patch(before.path, changes), 428, "PATCH without If-Match")
    same(api.read(before), before, "A PATCH without If-Match has changed the order.")


@pytest.mark.points(3)
@pytest.mark.skill("rest")
def test_stale_update(api, same):
    """A PATCH with an ETag that is not current is 412 and changes nothing"""
    order = api.read(api.create())
    stale = order.tag
    note = order.order.get("note")
    now = api.read(api.changed(order, note=f"{note}?"))
    with api.receipts(lambda: 0, "Refusing stale updates"):
        for tag in (stale, f'"{api.name()}"', f'{stale}, "{api.name()}"', '""'):
            shown = tag.replace(stale, "<old ETag>") if stale else tag
            for changes in ({"note": api.text(9)}, {"status": "paid"}):
                api.problem(api.patch(order.path, changes, tag), 412, f"PATCH with If-Match: {shown}")
    same(api.read(order), now, "A PATCH with a stale ETag has changed the order.")
    answer = api.patch(order.path, {"status": "paid"}, now.tag)
    api.json(answer, 200, "PATCH with the current ETag, after stale ones were refused")


@pytest.mark.points(1)
@pytest.mark.skill("rest")
def test_if_match_lists(api, service):
    """If-Match may be a list or '*', and weak tags never match"""
    order = api.create()
    for template in ("{}", '"{other}", {}', '"{other}",{},"x"', "*"):
        tag = api.strong_tag(service.get(order.path), "Reading an order")
        sent = template.replace("{other}", api.name()).replace("{}", tag)
        answer = api.patch(order.path, {"note": api.text(9)}, sent)
        api.json(answer, 200, f"PATCH with If-Match: {template.replace('{}', '<ETag>').replace('{other}', 'other')}")
    tag = api.strong_tag(service.get(order.path), "Reading an order")
    for sent in (f"W/{tag}", f'"{api.name()}", W/{tag}'):
        api.problem(api.patch(order.path, {"note": api.text(9)}, sent), 412, "PATCH with If-Match of a weak tag")


@pytest.mark.points(5)
@pytest.mark.skill("concurrency")
def test_updates_at_once(api, at_once, same):
    """Of updates at the same moment with the same ETag exactly one wins"""
    paid_rounds = 0

    def race(changes):
        order = api.read(api.create())
        assert order.tag, "Reading an order gives no ETag."
        answers = at_once([lambda change=change: api.patch(order.path, change, order.tag) for change in changes])
        won = [index for index, answer in enumerate(answers) if answer.status_code == 200]
        assert len(won) == 1, f"Of {len(changes)} updates at the same moment with one ETag {len(won)} won instead of one."
        for index, answer in enumerate(answers):
            if index not in won:
                api.problem(answer, 412, "An update that came second")
        shown = api.json(answers[won[0]], 200, "The update that won")
        expected = {**order.order, **changes[won[0]], "receipt": shown.get("receipt")}
        same(shown, expected, "The answer to the update that won does not show its change alone.")
        after = api.read(order).order
        same(after, shown, "After updates at the same moment the order is not what the winner was shown.")
        return "status" in changes[won[0]] and shown["status"] == "paid"

    with api.receipts(lambda: paid_rounds, "Paying at the same moment"):
        paid_rounds += race([{"status": "paid"} for _ in range(20)])
        paid_rounds += race([{"status": "paid", "note": api.text(15)} for _ in range(20)])
        for _ in range(4):
            changes = [{"status": "paid"}] * 8 + [{"note": api.text(15)}, {"status": "cancelled"}]
            paid_rounds += race(changes)


@pytest.mark.points(3)
@pytest.mark.skill("api-design")
def test_transitions(api, same):
    """Only the allowed changes of status happen; a refused update changes nothing at all"""

    def refuse(order, *statuses):
        before = api.read(order)
        for status in statuses:
            for changes in ({"status": status}, {"status": status, "note": api.text(14)}):
                doing = f"Changing an order from {before.order.get('status')} to {status}"
                api.problem(api.change(order, **changes), 409, doing)
        same(api.read(order), before, "An update that was refused with 409 has changed the order or its ETag.")

    def accept(order, **changes):
        before = api.read(order).order
        after = api.changed(order, **changes).order
        receipt = after.get("receipt")
        if changes.get("status") == "paid":
            api.provider.check_receipt(after)
        else:
            same(receipt, before.get("receipt"), "The receipt has changed although nothing was paid.")
        expected = {**before, **changes, "receipt": receipt}
        same(after, expected, f"Changing {' and '.join(changes)} has changed other members, too, or not these.")
        same(api.read(order).order, after, "Reading an order after a change does not show the change.")

    with api.receipts(lambda: 2, "Paying two orders and trying what is not allowed"):
        shipped, cancelled, refunded = api.create(), api.create(), api.create()
        refuse(shipped, "pending", "shipped")
        accept(shipped, status="paid")
        refuse(shipped, "pending", "paid")
        accept(shipped, status="shipped", note=api.text(10))
        refuse(shipped, "pending", "paid", "shipped", "cancelled")
        accept(shipped, note=api.text(11))

        accept(cancelled, status="cancelled")
        refuse(cancelled, "pending", "paid", "shipped", "cancelled")
        accept(cancelled, note=None)

        accept(refunded, status="paid", note=api.text(12))
        accept(refunded, note=api.text(13))
        accept(refunded, status="cancelled")
        refuse(refunded, "pending", "paid", "shipped", "cancelled")


@pytest.mark.points(2)
@pytest.mark.skill("api-design")
def test_order_of_checks(api, same):
    """Of several reasons to refuse a request the first in the task's list decides"""
    order = api.read(api.create())
    stale = order.tag or '"x"'
    unknown = f"/orders/{api.name()}"
    now = api.read(api.changed(order, note=api.text(10)))
    answer = api.send("DELETE", unknown, "")
    api.problem(answer, 405, "An unknown order and a method that is not there")
    answer = api.send("PATCH", unknown, "{", media_type="text/plain")
    api.problem(answer, 404, "An unknown order, another media type and malformed JSON")
    answer = api.send("PATCH", order.path, "{", media_type="text/plain")
    api.problem(answer, 415, "Another media type, malformed JSON and no If-Match")
    api.problem(api.send("PATCH", order.path, "{"), 400, "Malformed JSON and no If-Match")
    api.faults(api.patch(order.path, {"note": 1}), ["/note"], "A faulty update and no If-Match")
    api.faults(api.patch(order.path, {"note": 1}, stale), ["/note"], "A faulty update and a stale ETag")
    api.problem(api.patch(order.path, {"status": "shipped"}), 428, "No If-Match and a status that is not allowed")
    answer = api.patch(order.path, {"status": "shipped"}, stale)
    api.problem(answer, 412, "A stale ETag and a status that is not allowed")
    answer = api.post(api.body(currency="XXX"), key=api.name(65))
    api.problem(answer, 400, "A bad Idempotency-Key and a faulty order")
    key = api.name()
    api.create(key=key)
    answer = api.post(api.body(currency="XXX"), key=key)
    api.faults(answer, ["/currency"], "A faulty order with a key that was used for another")
    same(api.read(order), now, "A request that was refused has changed the order.")

"""Reads and writes at the same time: the database holds one of them so that the other overtakes it, every time."""

import pytest

pytestmark = [pytest.mark.timeout(40)]


LATE = "A read that began after a write had been answered showed what was there before the write"


@pytest.mark.points(5)
@pytest.mark.skill("concurrency")
def test_slow_read_of_a_product_does_not_undo_a_write(shop, hold_read, overtake):
    """A product that was read before a write, and answered after it, is not what later reads show."""
    product, price = shop.product(), shop.price()
    reader = hold_read(shop.path(product))
    later = overtake(reader, lambda: shop.patch(product, price_cents=price), lambda: shop.read(product))
    assert later is None or not shop.difference(later, shop.stored(product)), f"{LATE}: it was given a slow read's answer."
    shop.assert_fresh(product, "After a write that had overtaken a slow read")
    shop.warm(shop.path(product))


@pytest.mark.points(4)
@pytest.mark.skill("concurrency")
def test_slow_read_of_a_list_does_not_undo_a_write(shop, hold_read, overtake):
    """A list that was read before a write, and answered after it, is not what later reads show."""
    slug, price = shop.category(), shop.price()
    product = shop.rng.choice(shop.products_of(slug))
    reader = hold_read(shop.list_path(slug))
    later = overtake(reader, lambda: shop.patch(product, price_cents=price), lambda: shop.read_list(slug))
    assert later is None or not shop.difference(later, shop.stored_list(slug)), f"{LATE}: it was given a slow read's answer."
    shop.assert_list_fresh(slug, "After a write that had overtaken a slow read")
    shop.warm(shop.list_path(slug))


@pytest.mark.points(3)
@pytest.mark.skill("concurrency")
def test_slow_miss_does_not_hide_a_new_product(shop, hold_read, overtake):
    """A product that was looked for before it was created is found afterwards."""
    slug, product = shop.category(), shop.unknown()
    fields = {"name": "Just in time", "category": slug, "price_cents": shop.price(), "stock": 3}
    reader = hold_read(shop.path(product))
    overtake(reader, lambda: shop.write("PUT", product, 201, **fields), lambda: shop.read(product))
    shop.assert_fresh(product, "After it was created while a slow read looked for it")
    shop.warm(shop.path(product))


@pytest.mark.points(4)
@pytest.mark.skill("concurrency")
def test_read_before_the_commit_does_not_stay(shop, commit, meanwhile, give_time):
    """What is read while a write has not yet committed is not what the cache keeps after the commit."""
    slug = shop.category()
    product = shop.rng.choice(shop.products_of(slug))
    shop.warm(shop.path(product), shop.list_path(slug))
    commit.close()
    writer = meanwhile(shop.patch, product, price_cents=shop.price())
    commit.hold(writer, f"PATCH /products/{product}")
    readers = [meanwhile(shop.read, product), meanwhile(shop.read_list, slug)]
    give_time(*readers)
    commit.open()
    for answer in (writer, *readers):
        answer.result()
    shop.assert_fresh(product, "After the commit of a write during which it was read")
    shop.assert_list_fresh(slug, "After the commit of a write during which it was read")

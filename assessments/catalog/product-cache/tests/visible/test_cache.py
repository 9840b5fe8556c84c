"""The tests that you can run at will. The hidden ones use other products and go further."""

import pytest


@pytest.mark.skill("postgresql")
def test_answers_are_right(shop):
    """Products and lists are answered correctly, twice."""
    slug = shop.category()
    for _ in range(2):
        shop.assert_list_fresh(slug, "Without any write")
        shop.assert_fresh(shop.products_of(slug)[0], "Without any write")
        assert shop.read(shop.unknown()) is None, "A product that does not exist must be answered with 404."


@pytest.mark.skill("caching")
def test_second_read_is_a_hit(shop):
    """The second read of a product or a list asks PostgreSQL nothing and is a hit in Redis."""
    slug = shop.category()
    for path in (shop.path(shop.products_of(slug)[0]), shop.list_path(slug)):
        shop.warm(path)
        with shop.redis.work() as work:
            asked = shop.asked(path)
        assert asked == 0, f"GET {path} needed PostgreSQL again; it was cached before."
        assert work.hits > 0, (
            f"GET {path} was answered, but Redis counted no hit."
        )


@pytest.mark.skill("postgresql")
def test_cold_list_costs_one_statement(shop):
    """A list that is not cached costs one statement."""
    path = shop.list_path(shop.category())
    asked = shop.statements(lambda: shop.get(path))
    assert asked <= 1, (
        f"A cold GET {path} sent {shop.times(asked, 'statement')} to PostgreSQL; 1 was expected."
    )


@pytest.mark.skill("redis")
def test_entries_expire(shop):
    """The entry of a product begins with 'cache:' and expires 60 to 300 seconds after it was filled."""
    path = shop.path(shop.product())
    before = shop.now()
    shop.warm(path)
    after = shop.now()
    assert shop.entries(), f"GET {path} was cached, but no key in Redis begins with 'cache:'."
    for key in shop.entries():
        expiry = shop.expiry(key)
        assert expiry != -1, f"The key {key!r} never expires."
        assert before + 60_000 <= expiry <= after + 300_000, f"The key {key!r} must live 60 to 300 seconds."


@pytest.mark.skill("caching")
def test_patch_is_seen_at_once(shop):
    """After a PATCH the product is shown as it is now, alone and in its list."""
    slug = shop.category()
    product = shop.products_of(slug)[0]
    shop.warm(shop.path(product), shop.list_path(slug))
    shop.patch(product, price_cents=shop.price())
    shop.assert_fresh(product, "After a PATCH")
    shop.assert_list_fresh(slug, f"After a PATCH of product {product}")


@pytest.mark.skill("concurrency")
def test_ten_requests_for_a_cold_product_ask_once(shop, stampede):
    """10 requests for a product that is not cached send one statement to PostgreSQL."""
    product = shop.product()
    stampede(shop.path(product), 10)
    shop.assert_fresh(product, "After a stampede")

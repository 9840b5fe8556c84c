"""Redis is a help, not a need."""

import pytest

pytestmark = [pytest.mark.timeout(40)]


@pytest.mark.points(3)
@pytest.mark.skill("redis")
def test_redis_refuses_every_command(shop, outage):
    """While Redis refuses every command, reads and writes are answered from PostgreSQL."""
    slug = shop.category()
    product = shop.products_of(slug)[0]
    shop.warm(shop.path(product), shop.list_path(slug))
    outage.refuse_everything()
    shop.assert_works(slug, product, "While Redis refused every command")


@pytest.mark.points(3)
@pytest.mark.skill("redis")
def test_redis_goes_away_and_comes_back(shop, outage):
    """While Redis cannot be reached the service works without it; afterwards it uses it again."""
    slug = shop.category()
    product = shop.products_of(slug)[0]
    shop.warm(shop.path(product), shop.list_path(slug))
    outage.cut_off()
    shop.assert_works(slug, product, "While Redis could not be reached")
    shop.empty_cache()
    outage.end()
    path = shop.path(product)
    shop.wait(lambda: shop.asked(path) == 0)
    shop.warm(path)


@pytest.mark.points(1)
@pytest.mark.skill("redis")
def test_redis_is_full(shop, outage):
    """While Redis has no memory left for new entries, reads are answered from PostgreSQL."""
    slug = shop.category()
    warm, cold = shop.products_of(slug)[:2]
    shop.warm(shop.path(warm))
    outage.fill_memory()
    shop.assert_fresh(cold, "While Redis was out of memory")
    shop.assert_list_fresh(slug, "While Redis was out of memory")


@pytest.mark.points(3)
@pytest.mark.skill("redis")
def test_damaged_entries_are_replaced(shop):
    """An entry with something else in it than the service wrote is answered from PostgreSQL and replaced."""
    slug = shop.category()
    product = shop.products_of(slug)[0]
    for damage in (b"", b'{"id": 1, "na', b"\xff\xfe\x00\x80", ["not", "a", "string"]):
        shop.empty_cache()
        shop.warm(shop.path(product), shop.list_path(slug))
        for key in shop.entries():
            shop.damage(key, damage)
        what = f"After entries were overwritten with {damage!r}"
        shop.assert_fresh(product, what)
        shop.assert_list_fresh(slug, what)
        for path in (shop.path(product), shop.list_path(slug)):
            asked = shop.asked(path)
            assert asked == 0, f"{what}, GET {path} did not repair its entry: it needs PostgreSQL every time."

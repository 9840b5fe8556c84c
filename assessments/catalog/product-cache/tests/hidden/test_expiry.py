"""How long entries live."""

import pytest

SECOND = 1000
SHORTEST, LONGEST, LONGEST_UNKNOWN = 60, 300, 30
SPREAD_SECONDS = 15


@pytest.mark.points(3)
@pytest.mark.skill("redis")
def test_every_key_expires_in_range(shop):
    """Entries expire 60 to 300 seconds after they were filled, every other key in at most 300 seconds."""
    slug = shop.category()
    paths = [shop.list_path(slug), *map(shop.path, shop.products_of(slug)[:3])]
    before = shop.now()
    shop.warm(*paths)
    after = shop.now()
    entries = shop.entries()
    assert len(entries) >= len(paths), (
        f"{len(paths)} answers were cached, but {shop.times(len(entries), 'key')} in Redis began with 'cache:'."
    )
    for key in shop.redis.keys():
        expiry = shop.expiry(key)
        assert expiry != -1, f"The key {key!r} never expires."
        assert expiry <= after + LONGEST * SECOND, f"The key {key!r} lives longer than {LONGEST} seconds."
    for key in entries:
        lifetime = shop.expiry(key) - before
        assert lifetime >= SHORTEST * SECOND, (
            f"The entry {key!r} was given less than {SHORTEST} seconds to live."
        )


@pytest.mark.points(2)
@pytest.mark.skill("caching")
def test_entries_do_not_expire_together(shop):
    """The lifetimes of 40 products that are read one after the other are spread."""
    lifetimes, known = [], set()
    for path in map(shop.path, shop.products(40)):
        before = shop.now()
        shop.get(path)
        new = set(shop.entries()) - known
        assert new, f"GET {path} was answered, and no key that begins with 'cache:' was written."
        lifetimes += [shop.expiry(key) - before for key in new]
        known |= new
    assert shop.asked(path) == 0, f"GET {path} needed PostgreSQL again, although it wrote a key."
    spread = (max(lifetimes) - min(lifetimes)) / SECOND
    assert min(lifetimes) > 0, "Entries were written that never expire."
    assert spread >= SPREAD_SECONDS, (
        f"The lifetimes of 40 entries lie within {spread:.0f} s of each other: they would all be refilled at once. "
        f"At least {SPREAD_SECONDS} s were expected."
    )


@pytest.mark.points(1)
@pytest.mark.skill("caching")
def test_a_hit_does_not_prolong_an_entry(shop):
    """Reading an entry does not make it live longer."""
    path = shop.path(shop.product())
    shop.warm(path)
    for key in shop.entries():
        shop.redis.owner.pexpire(key, 45 * SECOND)
    known = {key: shop.expiry(key) for key in shop.entries()}
    asked = shop.statements(lambda: [shop.get(path) for _ in range(3)])
    longer = [key for key, expiry in known.items() if shop.expiry(key) > expiry]
    assert asked or not longer, (
        f"Hits made the entry {longer[0]!r} live longer; its content is as old as before."
    )


@pytest.mark.points(2)
@pytest.mark.skill("caching")
def test_expired_entries_are_fetched_again(shop):
    """When an entry has expired or was evicted, the next read asks PostgreSQL and shows what is true now."""
    expired, evicted = shop.products(2)
    for product, remove in (
        (expired, lambda key: shop.redis.owner.pexpire(key, 1)),
        (evicted, shop.redis.owner.delete),
    ):
        shop.empty_cache()
        shop.warm(shop.path(product))
        shop.postgres.execute(
            "INSERT INTO reviews (product_id, rating) VALUES (%s, 5), (%s, 1)", [product] * 2
        )
        for key in shop.redis.keys():
            remove(key)
        shop.wait(lambda: not shop.redis.keys())
        shop.assert_fresh(product, "After new reviews were imported and its entry was gone")


@pytest.mark.points(2)
@pytest.mark.skill("caching")
def test_unknown_things_are_remembered_for_a_short_time(shop):
    """That a product or a category does not exist is cached too, for at most 30 seconds."""
    for path in (shop.path(shop.unknown()), shop.list_path("no-such-category")):
        shop.empty_cache()
        shop.warm(path)
        after = shop.now()
        entries = shop.entries()
        assert entries, f"GET {path} was cached, but no key in Redis began with 'cache:'."
        for key in entries:
            expiry = shop.expiry(key)
            assert -1 < expiry <= after + LONGEST_UNKNOWN * SECOND, (
                f"The entry {key!r} says that something does not exist and lives longer than {LONGEST_UNKNOWN} seconds."
            )

"""What is answered from Redis, and what an answer costs."""

import pytest


@pytest.mark.points(1)
@pytest.mark.skill("postgresql")
def test_answers_are_right_cold_and_warm(shop):
    """Products, lists, an empty category and unknown ones are answered correctly, cold and warm."""
    slug = shop.category()
    for _ in range(2):
        shop.assert_list_fresh(slug, "Without any write")
        shop.assert_list_fresh("coming-soon", "Without any write (the category is empty)")
        for product in shop.rng.sample(shop.products_of(slug), 5):
            shop.assert_fresh(product, "Without any write")
        assert shop.read(shop.unknown()) is None, "A product that does not exist must be answered with 404."
        assert shop.read_list("no-such-category") is None, "An unknown category must be answered with 404."


@pytest.mark.points(5)
@pytest.mark.skill("caching")
def test_second_read_of_a_product_is_a_hit(shop):
    """The second read of a product asks PostgreSQL nothing and is a hit in Redis."""
    for path in map(shop.path, shop.products(3)):
        shop.warm(path)
        with shop.redis.work() as work:
            asked = shop.asked(path)
        assert asked == 0, f"GET {path} needed PostgreSQL again; it was cached before."
        assert work.hits > 0, (
            f"GET {path} was answered, but Redis counted no hit."
        )


@pytest.mark.points(5)
@pytest.mark.skill("caching")
def test_second_read_of_a_list_is_a_hit(shop):
    """The second read of a category's list asks PostgreSQL nothing and is a hit in Redis."""
    path = shop.list_path(shop.category())
    shop.warm(path)
    with shop.redis.work() as work:
        asked = shop.asked(path)
    assert asked == 0, f"GET {path} needed PostgreSQL again; it was cached before."
    assert work.hits > 0, f"GET {path} was answered, but Redis counted no hit."


@pytest.mark.points(2)
@pytest.mark.skill("redis")
def test_cache_survives_a_restart(shop):
    """After a restart of the service the cache is still warm: it is in Redis, not in the process."""
    slug = shop.category()
    paths = [shop.list_path(slug), shop.path(shop.products_of(slug)[0])]
    shop.warm(*paths)
    shop.service.restart()
    for path in paths:
        asked = shop.asked(path)
        assert asked == 0, f"After a restart, GET {path} needed PostgreSQL again; it was cached before."


@pytest.mark.points(2)
@pytest.mark.skill("postgresql")
def test_cold_product_costs_one_statement(shop):
    """A product that is not cached costs one statement."""
    product = shop.product()
    path, answers = shop.path(product), []
    asked = shop.statements(lambda: answers.append(shop.get(path)))
    wrong = shop.difference(answers[0], shop.stored(product))
    assert not wrong, f"A cold GET {path} is not answered as the tables have it: {wrong}."
    assert asked <= 1, (
        f"A cold GET {path} sent {shop.times(asked, 'statement')} to PostgreSQL; 1 was expected."
    )


@pytest.mark.points(4)
@pytest.mark.skill("postgresql")
def test_cold_list_costs_one_statement(shop):
    """A list that is not cached costs one statement, however many products it has."""
    for slug in (shop.category(), "coming-soon"):
        path, answers = shop.list_path(slug), []
        asked = shop.statements(lambda path=path, answers=answers: answers.append(shop.get(path)))
        wrong = shop.difference(answers[0], shop.stored_list(slug))
        assert not wrong, f"A cold GET {path} is not answered as the tables have it: {wrong}."
        assert asked <= 1, (
            f"A cold GET {path} sent {shop.times(asked, 'statement')} to PostgreSQL; 1 was expected."
        )


@pytest.mark.points(2)
@pytest.mark.skill("redis")
def test_a_hit_is_cheap_for_redis(shop):
    """A hit costs at most 5 commands, and nothing searches or empties the whole key space."""
    slug = shop.category()
    product = shop.products_of(slug)[0]
    paths = [shop.list_path(slug), shop.path(product)]
    shop.warm(*paths)
    used: set[str] = set()
    for path in paths:
        calls = shop.commands(lambda path=path: shop.get(path))
        sent = sum(calls.values())
        assert sent <= 5, f"A hit of GET {path} sent {sent} commands to Redis; 5 are allowed."
        used |= calls.keys()
    used |= shop.commands(lambda: shop.patch(product, price_cents=shop.price())).keys()
    searched = sorted(used & {"keys", "scan", "randomkey", "flushdb", "flushall"})
    assert not searched, (
        f"A request used {', '.join(searched).upper()}, which goes through every key of Redis."
    )

"""Many requests for the same cold key."""

import pytest

pytestmark = [pytest.mark.timeout(40)]


@pytest.mark.points(6)
@pytest.mark.skill("concurrency")
def test_fifty_requests_for_a_cold_product_ask_once(shop, stampede):
    """50 requests for a product that is not cached send one statement to PostgreSQL."""
    product = shop.product()
    stampede(shop.path(product), 50)
    shop.assert_fresh(product, "After a stampede")


@pytest.mark.points(5)
@pytest.mark.skill("concurrency")
def test_fifty_requests_for_a_cold_list_ask_once(shop, stampede):
    """50 requests for a list that is not cached send one statement to PostgreSQL."""
    slug = shop.category()
    stampede(shop.list_path(slug), 50)
    shop.assert_list_fresh(slug, "After a stampede")


@pytest.mark.points(2)
@pytest.mark.skill("concurrency")
def test_a_slow_product_does_not_hold_up_others(shop, hold_read, product_reads, meanwhile, give_time):
    """While one product is being fetched, another one can be fetched as well."""
    slow, other, warm = shop.products(3)
    shop.warm(shop.path(warm))
    reader = hold_read(shop.path(slow))
    others = [meanwhile(shop.read, product) for product in (other, warm)]
    give_time(*others)
    waiting = [answer for answer in others if not answer.done()]
    product_reads.open()
    assert not waiting, "While PostgreSQL was busy with one product, requests for other products had to wait."
    reader.result()
    shop.warm(shop.path(slow))


@pytest.mark.points(2)
@pytest.mark.skill("redis")
@pytest.mark.timeout(60)
def test_a_lock_of_a_dead_process_is_overcome(shop, hold_read, product_reads):
    """If the service is killed while it fetches a product, the next process answers for that product."""
    product = shop.product()
    reader = hold_read(shop.path(product))
    shop.service.kill()
    product_reads.open()
    reader.exception()
    shop.service.start()
    try:
        shop.assert_fresh(product, "After the service had been killed during a read")
        shop.warm(shop.path(product))
    finally:
        # Who waits for the lock for ever would ask PostgreSQL in another test, as soon as that one empties Redis.
        shop.service.restart()

import pika
import pytest


@pytest.fixture
def invoices(rabbitmq):
    rabbitmq.purge("orders")
    return rabbitmq.observe("invoices")


def test_writes_invoices(rabbitmq, invoices, rng):
    """Each order becomes an invoice"""
    names = ["".join(rng.choices("abcdefgh", k=8)) for _ in range(5)]
    for name in names:
        rabbitmq.publish("orders", name)
    found = [rabbitmq.get(invoices) for _ in names]
    assert [item.text for item in found] == [name.upper() for name in names]
    assert {item.routing_key for item in found} == {"invoice"}
    assert rabbitmq.drain(invoices) == []


def test_acknowledges(service, rabbitmq, invoices, clock):
    """An order that was worked off does not come back"""
    rabbitmq.publish("orders", "once")
    rabbitmq.get(invoices)
    service.kill()
    clock.wait_until(lambda: rabbitmq.consumers("orders") == 0)
    left = rabbitmq.depth("orders")
    service.start()
    assert left == 0, f"{left} messages came back after the program was killed"


def test_account_has_its_limits(rabbitmq, invoices):
    """The candidate's account cannot touch the judge's queues"""
    channel = rabbitmq.connect().channel()
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
        channel.basic_get(invoices)


def test_missing_queue_is_empty(rabbitmq):
    """A queue that does not exist is empty"""
    assert rabbitmq.depth("nothing") == rabbitmq.consumers("nothing") == 0
    rabbitmq.declare("mine")
    assert rabbitmq.depth("mine") == 0

"""What becomes of a message that a worker had in hand, with a real Redis as broker."""

from queue import Empty

import pytest
from kombu import Connection

from tests.servers import redis_server

pytestmark = [pytest.mark.docker, pytest.mark.stack]


@pytest.fixture(scope="module")
def url():
    with redis_server() as found:
        yield found


@pytest.mark.parametrize("answer", ["ack", "reject", "requeue"])
def test_what_was_in_hand_when_redis_went_away_is_left_to_it(url, answer):
    with Connection(url) as connection:
        hints = connection.SimpleQueue(answer)
        hints.put({})
        message = hints.get(timeout=10)
        message.channel.close()
        getattr(message, answer)()
        with pytest.raises(Empty):
            connection.clone().SimpleQueue(answer).get(timeout=0.5)


def test_what_is_answered_for_does_not_come_again(url):
    with Connection(url) as connection:
        hints = connection.SimpleQueue("hints")
        hints.put({})
        message = hints.get(timeout=10)
        redis = connection.default_channel.client
        assert redis.hexists("unacked", message.delivery_tag)
        message.ack()
        assert not redis.hexists("unacked", message.delivery_tag)

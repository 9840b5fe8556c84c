"""Redis as broker, for workers that outlive a restart of it.

When a connection is lost, Kombu 5.7 puts back over that connection what it had in hand, and answers for it
there when its work is done. Both end the worker with an AttributeError. A message is only a hint, so one that
was in hand is left to Redis, where it expires.
"""

from kombu.transport import redis


class _QoS(redis.QoS):  # type: ignore[misc]  # Kombu has no types here.
    restore_at_shutdown = False

    def ack(self, delivery_tag: str) -> None:
        if not self.channel.closed:
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if not self.channel.closed:
            super().reject(delivery_tag, requeue=requeue)


def outlive_restarts() -> None:
    """For every connection to a Redis that this process opens from now on."""
    redis.Channel.QoS = _QoS

import pytest

refused = pytest.mark.usefixtures("refused")


@pytest.fixture
def prepared(rabbitmq):
    """A message of the judge's."""
    rabbitmq.declare("judge.answers")
    rabbitmq.publish("judge.answers", "kept")


@refused
def test_g30_touches_nothing_of_the_judges(rabbitmq):
    """Touches nothing of the judge's"""
    assert rabbitmq.get("judge.answers").text == "kept"
    assert rabbitmq.depth("judge.answers") == 0


@refused
def test_g24_logs_in_with_nothing_but_its_own_account(rabbitmq):
    """Logs in with nothing but its own account"""
    assert rabbitmq.connect().is_open


def test_g31_finds_one_listener(found):
    """Neither a management interface nor the port of other nodes is there"""
    assert found["held: listeners"] == "[5672]"


def test_g30_control_the_owner_may(rabbitmq):
    """What is refused to the candidate works for the owner"""
    rabbitmq.declare("judge.other")
    rabbitmq.purge("judge.other")
    rabbitmq.channel.queue_delete("judge.other")

"""Hints to the workers are carried by a thread, and no broker holds up who posts them."""

import os

import pytest
from celery import Celery
from kombu import Connection

from config.celery import configure
from grading import hints, outage
from tests.servers import lasting_redis
from tests.silent import closed_port, silent_server


@pytest.fixture
def broker(settings, tmp_path, monkeypatch):
    """Posts to this broker, with a courier and a helper of its own."""

    def use(url):
        settings.BROKER_URL, settings.DATA_DIR = url, tmp_path
        celery = Celery("other", set_as_current=False)
        configure(celery)
        monkeypatch.setattr(hints, "current_app", celery)
        monkeypatch.setattr(hints, "BROKER_SECONDS", 0.5)
        helper = outage.Helper("The broker")
        monkeypatch.setattr(hints, "BROKER", helper)
        monkeypatch.setattr(hints, "_of_this_process", hints.Courier())
        return helper

    yield use
    hints.flush(10)


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_accepts_and_never_answers_holds_nobody_up(broker, scheme):
    with silent_server() as port:
        helper = broker(f"{scheme}://127.0.0.1:{port}//")
        for _ in range(2 * hints.MOST_WAITING):
            hints.post()
        assert not hints.flush(0), "the hints were posted, and the broker had not answered yet"
        assert hints.flush(60)
        assert "does not answer" in helper.fault


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_stopped_holds_nobody_up(broker, scheme):
    with closed_port() as port:
        helper = broker(f"{scheme}://127.0.0.1:{port}//")
        hints.post()
        assert hints.flush(60)
        assert "refused" in helper.fault


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_check_finds_a_broker_that_never_answers_and_does_not_wait_for_it(broker, scheme):
    with silent_server() as port:
        helper = broker(f"{scheme}://127.0.0.1:{port}//")
        hints.check()
        assert not hints.flush(0), "it is still waited for, by the thread alone"
        assert "no answer within" in helper.fault
        hints.flush(60)


def test_a_folder_as_broker_answers_and_gets_every_hint(broker, tmp_path):
    helper = broker("filesystem://")
    hints.check()
    for _ in range(3):
        hints.post()
    assert hints.flush(10)
    assert helper.fault == ""
    assert len(list((tmp_path / "broker" / "messages").glob("*.gradings.msg"))) == 3


def test_a_forked_process_has_a_courier_of_its_own(broker):
    broker("filesystem://")
    hints.post()
    assert hints.flush(10)
    child = os.fork()
    if child == 0:  # What fails here is seen by its exit code.
        hints.post()
        os._exit(0 if hints.flush(10) else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.docker
@pytest.mark.stack
def test_a_redis_that_was_started_again_gets_the_next_hint(broker):
    with lasting_redis() as server:
        helper = broker(server.url)
        hints.post()
        assert hints.flush(10)
        server.stop()
        server.start()
        hints.post()
        assert hints.flush(10)
        assert helper.fault == ""
        with Connection(server.url) as connection:
            queue = connection.SimpleQueue("gradings")
            assert queue.qsize() == 2

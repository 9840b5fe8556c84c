"""The broker that needs no server, and the Celery application on it."""

import json
import threading
from pathlib import Path
from queue import Empty

import pytest
from celery import Celery, current_app
from kombu import Connection
from kombu.transport.virtual import BrokerState

from config.broker import Transport
from config.celery import app, configure


@pytest.fixture
def connect(tmp_path, monkeypatch):
    """Opens a connection to one and the same folder."""
    monkeypatch.setattr(Transport, "global_state", BrokerState())  # It remembers the queues of other tests.
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    opened = []

    def open_():
        options = {
            "data_folder_in": str(tmp_path / "messages"),
            "data_folder_out": str(tmp_path / "messages"),
            "control_folder": str(tmp_path / "control"),
            "polling_interval": 0.01,
        }
        opened.append(
            Connection("filesystem://", transport="config.broker:Transport", transport_options=options)
        )
        return opened[-1]

    yield open_
    for connection in opened:
        connection.release()


def messages(tmp_path):
    return sorted(path.name for path in (tmp_path / "messages").iterdir())


def test_messages_come_in_order_and_survive_the_one_who_sent_them(connect):
    with connect() as sender:
        queue = sender.SimpleQueue("run")
        for number in range(3):
            queue.put({"number": number})
        queue.close()
    queue = connect().SimpleQueue("run")
    assert [queue.get(timeout=5).payload["number"] for _ in range(3)] == [0, 1, 2]


def test_a_message_that_was_not_answered_for_comes_back_when_its_worker_stops(connect):
    with connect() as sender:
        sender.SimpleQueue("run").put({"number": 1})
    with connect() as stopped:
        assert stopped.SimpleQueue("run").get(timeout=5).payload == {"number": 1}
    message = connect().SimpleQueue("run").get(timeout=5)
    assert message.payload == {"number": 1}
    message.ack()


def test_a_queue_gives_only_its_own_messages(connect):
    connection = connect()
    connection.SimpleQueue("submit").put({})
    with pytest.raises(Empty):
        connection.SimpleQueue("run").get(block=False)


def test_half_a_message_is_never_read(connect, tmp_path):
    connection = connect()
    (tmp_path / "messages" / "1_a.run.part").write_text('{"half":')
    with pytest.raises(Empty):
        connection.SimpleQueue("run").get(block=False)


def test_each_message_is_taken_once_by_readers_that_race(connect, tmp_path):
    with connect() as sender:
        queue = sender.SimpleQueue("run")
        for number in range(40):
            queue.put(number)
    taken = []

    def take():
        channel = connect().channel()
        while True:
            try:
                taken.append(json.dumps(channel._get("run")["body"]))
            except Empty:
                return

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(set(taken))) == (40, 40)
    assert messages(tmp_path) == []


def test_the_application_is_everyones_default_in_every_thread():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(current_app.main))
    thread.start()
    thread.join()
    assert seen == [app.main]


def test_a_message_is_answered_for_after_the_work_and_holds_json_only():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.accept_content == ["json"]


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks


def test_the_folder_of_the_embedded_broker_is_private(settings, tmp_path):
    settings.BROKER_URL, settings.DATA_DIR = "filesystem://", tmp_path
    celery = Celery("other", set_as_current=False)
    configure(celery)
    folder = Path(celery.conf.broker_transport_options["data_folder_in"])
    assert folder.is_relative_to(tmp_path)
    assert folder.stat().st_mode & 0o077 == 0


def test_a_broker_with_a_server_has_kombus_own_transport(settings):
    settings.BROKER_URL = "redis://broker:6379/0"
    celery = Celery("other", set_as_current=False)
    configure(celery)
    assert celery.conf.broker_url == "redis://broker:6379/0"
    assert celery.conf.broker_transport is None

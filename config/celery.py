"""The Celery application. Its queues are 'gradings' (hints that there is something to grade) and
'housekeeping'.

    celery -A config worker --pool threads
    celery -A config beat

The row is the job and a message only a hint, so a message may come twice or never.
"""

import os
import threading
import time
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

from config.redis_broker import outlive_restarts

FOLDER_SCHEME = "filesystem://"
_PROCESS = os.getpid()
"""Of whoever imported this: in a worker's beat still the worker, even one that has been killed meanwhile."""

app = Celery("touchstone")
app.set_default()  # For every thread: by itself, Celery makes it the current one of this thread only.


def configure(celery: Celery) -> None:
    celery.conf.update(
        broker_url=settings.BROKER_URL,
        broker_connection_retry_on_startup=True,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_default_queue="housekeeping",
        task_queues=[Queue(name) for name in ("gradings", "housekeeping")],
        task_create_missing_queues=False,
        # A message is answered for when its work is done, and one thread holds one message: what a killed
        # worker had in hand goes to another one, and nothing waits behind a long grading while one is idle.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        # Gradings count their slots themselves (grading.slots); the thread above that number is for
        # housekeeping, which must not wait for a grading to end.
        worker_pool="threads",
        worker_concurrency=settings.WORKER_CONCURRENCY + 1,
        worker_send_task_events=False,
        # Remote control would let whoever reaches the broker steer the workers, and nothing here needs it.
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        timezone="UTC",
        beat_schedule={
            "requeue-stale-gradings": _every(10, "grading.tasks.requeue_stale"),
            "submit-overdue-attempts": _every(5, "assessments.tasks.submit_overdue"),
        },
    )
    if settings.BROKER_URL.startswith(FOLDER_SCHEME):
        celery.conf.update(_folder_broker())
    outlive_restarts()
    celery.autodiscover_tasks()


def _every(seconds: int, task: str) -> dict[str, Any]:
    # A tick that nobody took before the next one is worthless.
    return {
        "task": task,
        "schedule": float(seconds),
        "options": {"queue": "housekeeping", "expires": seconds},
    }


def _folder_broker() -> dict[str, Any]:
    folder = settings.DATA_DIR / "broker"
    for name in ("messages", "control"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "broker_url": f"{FOLDER_SCHEME}localhost",  # Kombu warns of an address without a host.
        "broker_transport": "config.broker:Transport",
        "broker_transport_options": {
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "control_folder": str(folder / "control"),
            "polling_interval": 0.05,
        },
    }


def _end_with_worker(**_: Any) -> None:
    # A worker's own beat is another process: after a hard kill of the worker it would tick for ever.
    threading.Thread(target=_end_without, args=(_PROCESS,), daemon=True).start()


def _end_without(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


beat_embedded_init.connect(_end_with_worker)
configure(app)

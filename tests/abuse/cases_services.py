"""Programs that turn to the services beside them, and what keeps them within their own account."""

from grading.report import Outcome, Verdict
from tests.abuse.cases_escape import source
from tests.abuse.harness import Case
from tests.abuse.programs import before

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

STORES = source("stores.py")
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
        program=source("queue.py"),
        verdict=Verdict.GRADED,
        passes=None,
        mitigation=OWN_ACCOUNT,
    ),
    Case(
        id="G22",
        title="kills PostgreSQL and takes its place",
        pack="stores",
        program=DISRUPT
        + STORES.replace('"/attack": attack', '"/attack": disrupt').replace("\nsquat()\n", "\n"),
        verdict=Verdict.SERVICE_DISRUPTED,
        outcomes={"test_g20_takes_no_port_of_a_service": Outcome.SKIPPED},
        mitigation="The judge reaches PostgreSQL by a socket only it can see; an ended service ends the run.",
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

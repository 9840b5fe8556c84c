"""The table of attacks by programs that leave the judge no connection: no port of its, no place at theirs."""

from grading.report import Outcome, Verdict
from tests.abuse.harness import Case
from tests.abuse.programs import ASKED, BLOCKS, SERVICE, when_calm

TAKES_PORTS = """
import os, socket, time
def take_ports():
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file: first, last = map(int, file.read().split())
    groups = [range(start, min(start + 480, last + 1)) for start in range(first, last + 1, 480)]
    done, told = os.pipe()
    for ports in groups:
        if os.fork() == 0:
            held = [socket.socket() for _ in ports]
            for one, port in zip(held, ports):
                try: one.bind(("0.0.0.0", port))
                except OSError: pass
            os.write(told, b"x")
            time.sleep(60)
            os._exit(0)
    for _ in groups: os.read(done, 1)
"""
ANSWERS_AND_HOLDS_ON = """
self.send_response(200)
self.send_header("Content-Length", "14")
self.end_headers()
self.wfile.write(b'{"calm": true}')
time.sleep(60)
"""
LENGTH = '        self.send_header("Content-Length", str(len(data)))\n'
OWN_LOSS = "what the judge cannot reach has failed, for whatever reason"
assert LENGTH in SERVICE["python"]
FILLS_BACKLOG = """
const { Worker } = require("node:worker_threads");
const FLOOD = `
  const { connect } = require("node:net");
  const { writeSync } = require("node:fs");
  let made = 0;
  for (let n = 0; n < 8; n++) connect(8000, "127.0.0.1").on("connect", () => made++).on("error", () => {});
  setTimeout(() => writeSync(1, made < 8 ? "the backlog is full" : "there is room"), 500);
`;
"""
"""From a thread of its own: the program's accepts nothing any more."""
LISTENS = '.listen(8000, "127.0.0.1")'
assert LISTENS in SERVICE["javascript"]

CASES = [
    Case(
        id="G36",
        title="takes every port of outgoing connections",
        program=when_calm(f"take_ports(){ANSWERS_AND_HOLDS_ON}", first=TAKES_PORTS).replace(LENGTH, ""),
        limits={"processes": 80, "memory_mb": 512},
        verdict=Verdict.GRADED,
        passes=ASKED | {"test_stays_calm"},
        outcomes={"test_counts": Outcome.FAILED},
        shows="your service accepts no connection on port 8000 (Cannot assign requested address)",
        mitigation=OWN_LOSS,
    ),
    Case(
        id="G36",
        language="javascript",
        title="fills its own backlog and accepts nothing",
        patience=2,
        program=when_calm(
            f"""
            new Worker(FLOOD, {{ eval: true }});
            setImmediate(() => {{ {BLOCKS} }});
            return;
            """,
            "javascript",
            first=FILLS_BACKLOG,
        ).replace(LISTENS, '.listen(8000, "127.0.0.1", 1)'),
        logs="the backlog is full",
        verdict=Verdict.GRADED,
        passes=ASKED,
        outcomes={"test_stays_calm": Outcome.TIMEOUT, "test_counts": Outcome.TIMEOUT},
        mitigation=OWN_LOSS,
    ),
]
"""Without lengths it is the service that closes first, so that no port of the judge's waits to be free: only
that of the last answer, which is held open, is not taken, and it cannot be used again.
"""

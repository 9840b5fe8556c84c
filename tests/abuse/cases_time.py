"""The table of attacks by programs that take their time: they hang, never end or answer, answer without end,
or are not there at all, so that the judge waits for them.
"""

from grading.challenge import Suite
from grading.report import Outcome, Verdict
from tests.abuse.harness import Case, cases
from tests.abuse.programs import ALL, ASKED, BUT_CALM, before, when_calm

CLOCK = "deadlines kept by the judge and the worker"
SIGKILL = "SIGKILL to the container's process namespace"

CASES = [
    Case(
        id="R17",
        title="sleeps past the limit",
        program=when_calm("import time; time.sleep(60)"),
        limits={"run_seconds": 5, "test_seconds": 5},
        patience=5,
        verdict=Verdict.TIME_LIMIT,
        says="used up the 5 s",
        passes=ASKED,
        outcomes={"test_stays_calm": Outcome.SKIPPED, "test_counts": Outcome.SKIPPED},
        mitigation=CLOCK,
    ),
    *cases(
        Case(
            id="R18",
            title="ignores every signal and never ends",
            patience=2,
            program="",
            verdict=Verdict.GRADED,
            passes=BUT_CALM,
            outcomes={"test_stays_calm": Outcome.TIMEOUT},
            mitigation=SIGKILL,
        ),
        python=when_calm(
            "while True: time.sleep(1)",
            first="""
            import signal, time
            for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)
            """,
        ),
        javascript=when_calm(
            "return;",
            "javascript",
            first='for (const name of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(name, () => {});',
        ),
    ),
    Case(
        id="R19",
        title="leaves a daemon and ends",
        program=before(
            """
            import os, time
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    for number in range(3): os.close(number)
                    while True: time.sleep(1)
                os._exit(0)
            os.wait()
            raise SystemExit(0)
            """
        ),
        verdict=Verdict.START_FAILED,
        says="ended with exit code 0 before it was ready",
        mitigation="a container ends with its main process",
    ),
    Case(
        id="R20",
        title="stops itself before it listens",
        limits={"start_seconds": 6},
        program=before("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"),
        verdict=Verdict.START_FAILED,
        says="did not listen on port 8000 within 6 s",
        mitigation=CLOCK,
    ),
    *cases(
        Case(
            id="R20",
            title="stops itself while it is tested",
            patience=2,
            program="",
            verdict=Verdict.GRADED,
            passes=ASKED,
            outcomes={"test_stays_calm": Outcome.TIMEOUT, "test_counts": Outcome.TIMEOUT},
            mitigation=CLOCK,
        ),
        python=when_calm(
            "import os, signal; os.kill(os.getpid(), signal.SIGSTOP); time.sleep(60)", first="import time"
        ),
        javascript=when_calm('process.kill(process.pid, "SIGSTOP"); return;', "javascript"),
    ),
    *cases(
        Case(
            id="R21",
            title="leaves a child that holds its output",
            pack="program",
            program="",
            verdict=Verdict.GRADED,
            passes=ALL,
            mitigation="a run ends with the container's main process, not with its output",
        ),
        python="import subprocess\nsubprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        + before("", pack="program"),
        javascript='const { spawn } = require("node:child_process");\n'
        'spawn("sleep", ["60"], { detached: true, stdio: "inherit" }).unref();\n'
        + before("", "javascript", pack="program"),
    ),
    *cases(
        Case(
            id="R22",
            title="accepts and never answers",
            limits={"start_seconds": 6},
            program="",
            verdict=Verdict.START_FAILED,
            says="accepted connections on port 8000 but did not answer GET /health within 6 s",
            mitigation=CLOCK,
        ),
        python="import socket, time\nserver = socket.create_server(('127.0.0.1', 8000))\ntime.sleep(60)",
        javascript='require("node:net").createServer(() => {}).listen(8000, "127.0.0.1");',
    ),
    Case(
        id="R22",
        title="never answers one request",
        patience=2,
        program=when_calm("import time; time.sleep(60)"),
        verdict=Verdict.GRADED,
        passes=BUT_CALM,
        outcomes={"test_stays_calm": Outcome.TIMEOUT},
        shows="The test did not finish within 2 s.",
        mitigation=CLOCK,
    ),
    Case(
        id="R23",
        title="sends a header byte by byte",
        patience=2,
        program=when_calm(
            """
            import time
            self.wfile.write(b"HTTP/1.1 200 OK\\r\\nX: ")
            for _ in range(60): self.wfile.write(b"x"); self.wfile.flush(); time.sleep(0.2)
            """
        ),
        verdict=Verdict.GRADED,
        passes=BUT_CALM,
        outcomes={"test_stays_calm": Outcome.TIMEOUT},
        mitigation=CLOCK,
    ),
    Case(
        id="R23",
        language="javascript",
        title="sends a body byte by byte",
        patience=2,
        program=when_calm(
            """
            response.writeHead(200, { "Content-Length": "1000" });
            setInterval(() => response.write("x"), 200);
            return;
            """,
            "javascript",
        ),
        verdict=Verdict.GRADED,
        passes=BUT_CALM,
        outcomes={"test_stays_calm": Outcome.TIMEOUT},
        mitigation=CLOCK,
    ),
    *cases(
        Case(
            id="R24",
            title="sends chunks without end",
            program="",
            verdict=Verdict.GRADED,
            passes=BUT_CALM,
            outcomes={"test_stays_calm": Outcome.FAILED},
            shows="answered with a body of more than 4096 KiB",
            mitigation="the judge's client stops at 4 MiB",
        ),
        python=when_calm(
            """
            self.protocol_version = "HTTP/1.1"
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for _ in range(1000): self.wfile.write(b"10000\\r\\n" + b"1" * 65536 + b"\\r\\n")
            """
        ),
        javascript=when_calm(
            """
            const more = () => { while (response.write("1".repeat(65536))); response.once("drain", more); };
            return more();
            """,
            "javascript",
        ),
    ),
    Case(
        id="R24",
        title="sends interim answers without end",
        program=when_calm("for _ in range(10000): self.wfile.write(b'HTTP/1.1 102 Processing\\r\\n\\r\\n')"),
        verdict=Verdict.GRADED,
        passes=BUT_CALM,
        outcomes={"test_stays_calm": Outcome.FAILED},
        shows="interim answers only",
        mitigation="the judge's client reads 16 of them",
    ),
    Case(
        id="R25",
        title="nests its answer a million times",
        program=when_calm(
            """
            data = b"[" * 1000000 + b"]" * 1000000
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            return
            """
        ),
        verdict=Verdict.GRADED,
        passes=BUT_CALM,
        outcomes={"test_stays_calm": Outcome.FAILED},
        mitigation="the judge's parser bounds its depth",
    ),
    Case(
        id="R25",
        title="bombs by compression",
        program=when_calm(
            """
            import gzip
            data = gzip.compress(bytes(64 * 2**20), 9)
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            return
            """,
        ),
        limits={"memory_mb": 256},
        verdict=Verdict.GRADED,
        passes=BUT_CALM,
        outcomes={"test_stays_calm": Outcome.FAILED},
        shows="4096 KiB",
        mitigation="the judge's client counts what it decompresses",
    ),
    Case(
        id="R36",
        title="cannot start",
        suite=Suite.VISIBLE,
        program="import nothing_like_this",
        verdict=Verdict.START_FAILED,
        says="ended with exit code 1 before it was ready",
        shows="No module named 'nothing_like_this'",
        mitigation="no restart; the output of a run is shown",
    ),
    *cases(
        Case(
            id="R36",
            title="becomes ready and dies",
            program="",
            verdict=Verdict.RUNTIME_ERROR,
            says="while it was being tested",
            passes=frozenset(),
            outcomes={"test_counts": Outcome.FAILED},
            mitigation="no restart: the tests that are left fail at once",
        ),
        python=before("").replace(
            'return {"sum": int', 'import os; os._exit(3)\n            return {"sum": int'
        ),
        javascript=before("", "javascript").replace("return { sum:", "process.exit(3); return { sum:"),
    ),
]

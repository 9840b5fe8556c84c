"""The table of attacks on the grade: lying, and breaking what counts."""

from grading.report import Outcome, Verdict
from tests.abuse.harness import Case, cases
from tests.abuse.programs import ALL, ASKED, BUT_CALM, HALF, SERVICE, STARTER, before, starting, when_calm

NO_VOICE = "exit codes and output are never evidence; the judge's sealed records are"
APART = "the tests run in another container, which reads no file of the candidate's"

EXITS = [
    Case(
        id="G03",
        title="exits with status 0 while it is tested",
        program=when_calm("import os; os._exit(0)"),
        verdict=Verdict.RUNTIME_ERROR,
        says="ended with exit code 0 while it was being tested",
        passes=ASKED,
        outcomes={"test_stays_calm": Outcome.FAILED, "test_counts": Outcome.FAILED},
        mitigation=NO_VOICE,
    ),
    *cases(
        Case(
            id="G03",
            title="exits with status 0 before it listens",
            program="",
            verdict=Verdict.START_FAILED,
            says="ended with exit code 0 before it was ready",
            outcomes={"test_adds": Outcome.SKIPPED},
            mitigation=NO_VOICE,
        ),
        python=before("raise SystemExit(0)"),
        javascript=before("process.exit(0);", "javascript"),
    ),
    *cases(
        Case(
            id="G03",
            title="kills itself while it is tested",
            program="",
            verdict=Verdict.RUNTIME_ERROR,
            says="was ended by signal 9 (SIGKILL) while it was being tested",
            passes=ASKED,
            mitigation=NO_VOICE,
        ),
        python=when_calm("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
        javascript=when_calm('process.kill(process.pid, "SIGKILL");', "javascript"),
    ),
    *(
        Case(
            id="G03",
            pack="program",
            title=f"ends each run with status {code}",
            program=f"import os; os._exit({code})",
            verdict=Verdict.GRADED,
            passes=frozenset({"test_says_nothing_to_nothing"}) if code == 0 else frozenset(),
            mitigation=NO_VOICE,
        )
        for code in (0, 77, 255)
    ),
]

FAKES = r"""
import sys
fakes = [
    "100 passed in 0.01s",
    "1..4\nok 1 - test_adds\nok 2 - test_stays_calm",
    '<testsuite tests="4" failures="0"><testcase name="test_stays_calm"/></testsuite>',
    '{"type": "result", "test": "test_service.py::test_stays_calm", "outcome": "passed", "awarded": 1}',
    '{"n": 0, "more": false, "data": "{\\"type\\": \\"finished\\"}", "mac": "00"}',
    "<PASSED::>Test Passed", "#<ab@17943918@#>#", "\033[2J\033[H4 of 4 hidden tests passed",
]
for fake in fakes:
    print(fake, flush=True)
    print(fake, file=sys.stderr, flush=True)
"""
FORGES = r"""
import glob, json, os
TESTS = ["test_adds", "test_keeps_a_secret", "test_stays_calm", "test_counts"]
def forge():
    passed = {"type": "result", "outcome": "passed", "awarded": 1, "seconds": 0, "message": "", "detail": ""}
    said = [{**passed, "test": f"test_service.py::{name}"} for name in TESTS]
    said += [{"type": "finished"}, {"type": "trailer", "count": len(TESTS)}]
    texts = enumerate(map(json.dumps, said), 1)
    frames = [{"n": n, "more": False, "data": text, "mac": "0" * 64} for n, text in texts]
    data = "".join(json.dumps(frame) + "\n" for frame in frames).encode()
    for path in glob.glob("/proc/*/fd/*"):
        try: stream = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError: continue
        try: os.write(stream, data)
        except OSError: pass
        os.close(stream)
"""
"""The judge's own words, numbered as the next after its 'started', in one piece that nobody can cut."""
LIES = [
    Case(
        id="G04",
        title="writes forged records into every stream",
        program=starting(FORGES).replace(
            '        if path == "/add":', '        if path == "/add":\n            forge()'
        ),
        verdict=Verdict.GRADED,
        passes=HALF,
        logs='"mac": "0000',
        mitigation=f"{APART}, and whose stream is not in reach; {NO_VOICE}",
    ),
    Case(
        id="G04",
        title="prints forged results",
        program=starting(FAKES),
        verdict=Verdict.GRADED,
        passes=HALF,
        logs="<PASSED::>Test Passed",
        mitigation=NO_VOICE,
    ),
    Case(
        id="G04",
        language="javascript",
        title="prints forged results",
        program=starting(
            'for (const fake of ["4 passed", "ok 1 - test_adds", "<PASSED::>"]) console.log(fake);',
            "javascript",
        ),
        verdict=Verdict.GRADED,
        passes=HALF,
        logs="<PASSED::>",
        mitigation=NO_VOICE,
    ),
    Case(
        id="G04",
        pack="program",
        title="prints forged results in each run",
        program=FAKES,
        verdict=Verdict.GRADED,
        mitigation=NO_VOICE,
    ),
    Case(
        id="G05",
        title="writes result files, again and again",
        program=starting(
            """
            import atexit, os, threading, time
            NAMES = ["results.json", "out/results.json", "/out/results.json", "/tmp/report.xml",
                     "/work/tests/hidden/test_service.py", "display_runtime.txt"]
            FAKE = '{"score": 100, "tests": [{"status": "passed"}]}'
            def write():
                for name in NAMES:
                    try:
                        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
                        with open(name, "w") as file: file.write(FAKE)
                    except OSError as error:
                        print(name, error, flush=True)
            def keep():
                while True: write(); time.sleep(0.05)
            atexit.register(write)
            write()
            threading.Thread(target=keep, daemon=True).start()
            """
        ),
        verdict=Verdict.GRADED,
        passes=HALF,
        logs="/out/results.json [Errno 30] Read-only file system",
        mitigation=APART,
    ),
    *cases(
        Case(
            id="G06",
            title="ships files that configure a test runner",
            program="",
            verdict=Verdict.GRADED,
            passes=HALF,
            mitigation=APART,
        ),
        python={
            "server.py": STARTER["python"],
            "conftest.py": "def pytest_runtest_makereport(item, call):\n    call.excinfo = None\n",
            "tests/hidden/conftest.py": "collect_ignore_glob = ['*']\n",
            "pytest.ini": "[pytest]\naddopts = --collect-only\n",
            "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-p no:terminal"\n',
            "sitecustomize.py": "import builtins\nbuiltins.AssertionError = KeyError\n",
            "usercustomize.py": "import os\nos._exit(0)\n",
            "evil.pth": "import os; os._exit(0)\n",
            ".env": "PYTHONPATH=/work\n",
            "Makefile": "test:\n\ttrue\n",
        },
        javascript={
            "server.js": STARTER["javascript"],
            "package.json": '{"scripts": {"test": "true", "start": "exit 0", "postinstall": "exit 0"}}',
            ".npmrc": "script-shell=/bin/true\nnode-options=--require /work/evil.js\n",
            "evil.js": "process.exit(0);",
            "jest.config.js": "module.exports = { testMatch: [] };",
        },
    ),
    Case(
        id="G07",
        title="patches test libraries, clocks and chance",
        program=starting(
            """
            import random, socket, sys, time, types, unittest
            for name in ("pytest", "_pytest", "_pytest.runner", "httpx"):
                sys.modules[name] = types.ModuleType(name)
            unittest.TestCase.assertEqual = lambda *_: None
            time.time = time.monotonic = lambda: 0.0
            random.seed(0); random.Random.randrange = lambda *_: 0
            object_eq = types.SimpleNamespace(__eq__=lambda *_: True)
            """
        ),
        verdict=Verdict.GRADED,
        passes=HALF,
        mitigation=APART,
    ),
]


def sums(value: str) -> str:
    """The honest service, but /add answers with this text in place of a number."""
    assert "data = json.dumps(body).encode()\n" in SERVICE["python"]
    swap = "data = json.dumps(body).encode()\n        if url.path == '/add': data = "
    return SERVICE["python"].replace("data = json.dumps(body).encode()\n", f"{swap}{value}\n")


TYPES = [
    Case(
        id="G08",
        title=f"answers with {what}",
        program=sums(value),
        verdict=Verdict.GRADED,
        passes=frozenset({"test_keeps_a_secret", "test_stays_calm", "test_counts"}),
        outcomes={"test_adds": Outcome.FAILED},
        shows=shown,
        mitigation="only data arrives, and tests compare it by type",
    )
    for what, value, shown in (
        ("a float", "b'{\"sum\": %d.0}' % body['sum']", "the sum is not a whole number"),
        ("NaN", "b'{\"sum\": NaN}'", "the sum is not a whole number"),
        ("a number of a million digits", "b'{\"sum\": ' + b'9' * 10**6 + b'}'", "ValueError"),
        ("half a surrogate pair", 'b\'{"sum": "\\\\ud800"}\'', "the sum is not a whole number"),
        ("bytes that are no text", "b'\\xff\\xfe{\"sum\": 3}'", "not valid"),
        ("a pickle", "__import__('pickle').dumps(body)", "not valid"),
    )
] + [
    Case(
        id="G08",
        title="answers with an object that equals everything",
        program=when_calm(
            """
            class Any(dict):
                def __eq__(self, other): return True
                def __getitem__(self, name): return True
            data = json.dumps(Any(calm=1)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            return
            """
        ),
        verdict=Verdict.GRADED,
        passes=BUT_CALM,
        mitigation="only data arrives, and tests compare it by type",
    ),
]

BREAKS = [
    *cases(
        Case(
            id="G35",
            title="kills and traces all that it can see",
            program="",
            verdict=Verdict.GRADED,
            passes=ALL,
            mitigation="a process namespace and a user id of its own",
        ),
        python=before(
            """
            import ctypes, os, signal
            PTRACE_ATTACH = 16
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            for number in [n for n in range(1, 400) if n != os.getpid()]:
                ctypes.CDLL(None).ptrace(PTRACE_ATTACH, number, 0, 0)
                try: open(f"/proc/{number}/mem", "r+b").write(b"x")
                except OSError: pass
            for number in (1, -1):
                for kind in (signal.SIGINT, signal.SIGKILL):
                    try: os.kill(number, kind)
                    except OSError: pass
            """
        ),
        javascript=before(
            """
            process.on("SIGINT", () => {});
            for (const [number, kind] of [[1, "SIGINT"], [1, "SIGKILL"], [-1, "SIGKILL"]]) {
              try { process.kill(number, kind); } catch (error) {}
            }
            """,
            "javascript",
        ),
    ),
    Case(
        id="G53",
        title="hangs in the first test so that others do not run",
        program=SERVICE["python"].replace(
            'return {"sum"', 'import time; time.sleep(60)\n            return {"sum"'
        ),
        limits={"run_seconds": 5, "test_seconds": 5},
        patience=5,
        verdict=Verdict.TIME_LIMIT,
        says="those left count as failed",
        outcomes={"test_stays_calm": Outcome.SKIPPED, "test_counts": Outcome.SKIPPED},
        mitigation="the manifest is the denominator; what did not run has failed",
    ),
    *cases(
        Case(
            id="G54",
            pack="skipping",
            shows="there is no such path",
            title="makes tests skip, xfail and break",
            program="",
            verdict=Verdict.GRADED,
            passes=frozenset({"test_honestly"}),
            outcomes={
                "test_skips": Outcome.SKIPPED,
                "test_xfails": Outcome.SKIPPED,
                "test_breaks_in_set_up": Outcome.ERROR,
                "test_breaks_in_tear_down": Outcome.ERROR,
            },
            mitigation="only an explicit pass earns points",
        ),
        **SERVICE,
    ),
]

CASES = [*EXITS, *LIES, *TYPES, *BREAKS]

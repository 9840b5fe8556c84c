"""The table of attacks that spy: on what is expected, on hidden requests, on the judge's own words."""

from grading.report import Verdict
from tests.abuse.cases_integrity import APART
from tests.abuse.harness import Case, cases
from tests.abuse.programs import ALL, HALF, SERVICE, starting

AUTHORS_WORDS = "of hidden tests, candidates read what their author wrote for them"

WALKS = """
import gc, glob, os, sys
PATTERNS = ["/proc/*/environ", "/proc/*/root/work/*", "/proc/*/cwd/*", "/work/**/*", "/run/**/*", "/tmp/*"]
def look():
    for thing in gc.get_objects():
        if isinstance(thing, (dict, list, tuple)): print(repr(thing)[:300])
    frame = sys._getframe()
    while frame: print(frame.f_code.co_filename, list(frame.f_locals)); frame = frame.f_back
    names = ["@HOST_FILE@", "/proc/1/environ", "/proc/1/cmdline", "/proc/self/mountinfo", "/proc/1/maps"]
    found = [path for pattern in PATTERNS for path in glob.glob(pattern)]
    for name in names + found:
        try: print(name, open(name, "rb").read(2000))
        except OSError as error: print(name, error)
"""
GARBLES = """
        if url.path == "/reverse":
            self.wfile.write(b"HTTP/9 " + self.path.encode() + b"\\r\\n\\r\\n")
            return
"""
CASES = [
    Case(
        id="G09",
        title="searches memory, frames and files for what is expected",
        program=starting(WALKS).replace(
            '        if path == "/calm":',
            '        if path == "/calm":\n            look(); print("looked", flush=True)',
        ),
        limits={"output_kb": 8192},
        verdict=Verdict.GRADED,
        passes=HALF,
        logs="looked",
        mitigation=APART,
    ),
    *cases(
        Case(
            id="G14",
            title="prints every hidden request",
            program="",
            verdict=Verdict.GRADED,
            passes=ALL,
            logs="text=@CANARY@",
            mitigation="what a program writes under hidden tests is for staff only",
        ),
        python=SERVICE["python"].replace(
            "def body(self, path, query):",
            "def body(self, path, query):\n"
            + " " * 8
            + "print(self.path, flush=True); import sys; print(self.path, file=sys.stderr)",
        ),
        javascript=SERVICE["javascript"].replace("const found", "console.log(request.url);\n    const found"),
    ),
    Case(
        id="G14",
        pack="program",
        title="prints its hidden input as an error",
        program="import sys\ntext = sys.stdin.read()\nprint(text)\nraise SystemExit(text)",
        verdict=Verdict.GRADED,
        logs="@CANARY@",
        mitigation="what a program writes under hidden tests is for staff only",
    ),
    *(
        Case(
            id="G17",
            title=f"provokes {what} in a test",
            program=SERVICE["python"].replace('{"text": query["text"][::-1]}', answer),
            verdict=Verdict.GRADED,
            passes=frozenset({"test_adds", "test_stays_calm", "test_counts"}),
            shows=shown,
            mitigation=AUTHORS_WORDS,
        )
        for what, answer, shown in (
            ("a comparison", '{"text": query["text"]}', "An assertion of the test does not hold."),
            ("a KeyError", '{query["text"]: 1}', "An assertion of the test does not hold."),
        )
    ),
    Case(
        id="G17",
        title="quotes a request in what is not HTTP",
        program=SERVICE["python"].replace(
            "        url = urlsplit(self.path)\n", "        url = urlsplit(self.path)\n" + GARBLES
        ),
        verdict=Verdict.GRADED,
        passes=frozenset({"test_adds", "test_stays_calm", "test_counts"}),
        shows="The answer to GET /reverse is not valid HTTP",
        mitigation=AUTHORS_WORDS,
    ),
    *cases(
        Case(
            id="G17",
            title="quotes a request in the error of a test",
            program="",
            verdict=Verdict.GRADED,
            passes=frozenset({"test_keeps_a_secret", "test_stays_calm", "test_counts"}),
            mitigation=AUTHORS_WORDS,
            shows="KeyError",
        ),
        python=SERVICE["python"].replace(
            'return {"sum": int(query["a"]) + int(query["b"])}', "return {self.path: 1}"
        ),
        javascript=SERVICE["javascript"].replace(
            '{ sum: Number(query.get("a")) + Number(query.get("b")) }', "{ [query]: 1 }"
        ),
    ),
]

"""An interpreter that waits for a delivery becomes what it is told to run. Here as a process of this machine,
with programs of our own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grading.agent import waiting
from sandbox.delivery import delivery
from tests.grading.agentprocess import ROOT, write_start

PRELOAD = "--preload=json,http.server,logging,concurrent.futures,there_is_no_such_module"


def wait(folder, files, command, *, stdin=None, preload=PRELOAD, flags=(), home="/nonexistent", **added):
    """What becomes of a delivery to a waiting interpreter. `added` joins the program's environment."""
    folder.mkdir(exist_ok=True)
    given = delivery(
        {path: text.encode() for path, text in files.items()},
        command,
        environment={"ADDED": "a 'b' \\ é", **added},
        stdin=stdin,
    )
    return subprocess.run(
        [sys.executable, *flags, write_start(folder.parent), preload],
        input=given,
        capture_output=True,
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8"},
        timeout=60,
        check=False,
    )


def plain(folder, command, *, stdin=b""):
    """The same files and command, without waiting."""
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        cwd=folder,
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": "/nonexistent",
            "LANG": "C.UTF-8",
            "ADDED": "a 'b' \\ é",
        },
        timeout=60,
        check=False,
    )


AWKWARD = ("printf", "%s", "a b", "", "it's", "$HOME `id` \\0101", "line\nline\n", "é\x81", "A=b", "exec")


@pytest.mark.parametrize(("stdin", "is_fed"), [(b"x", True), (b"", True), (None, False)])
def test_what_a_waiting_program_reads_is_what_was_sent(stdin, is_fed):
    environment = {"A": "x'\n", "_B2": "", "C": "D=E"}
    line, _, rest = delivery({}, AWKWARD, environment=environment, stdin=stdin).partition(b"\n")
    expected = waiting.Delivery(environment=environment, command=AWKWARD)
    assert waiting.parse(line) == (len(rest) - len(stdin or b""), is_fed, expected)
    assert all(32 <= byte < 127 for byte in line)


SHOW = '''
"""Documented."""
import atexit, gc, inspect, multiprocessing, os, pickle, sys, threading
from other import there

class Thing:
    pass

def work(number):
    return number * 2

atexit.register(print, "at exit")
threading.Thread(target=lambda: print("thread", flush=True)).start()
if __name__ == "__main__":
    print(sorted(name for name in globals() if name.startswith("__")), __file__, __spec__, __doc__)
    print(sys.argv, sys.path[0], os.getcwd(), sys.orig_argv[1:], sys.flags, sys.executable, there)
    print(os.environ["ADDED"], repr(sys.stdin.read()), pickle.loads(pickle.dumps(Thing())).__class__)
    print(sys.modules["__main__"].Thing is Thing, sys.stdout.line_buffering, sys.stdout.write_through)
    print(gc.isenabled())
    sys.stdout.flush()
    with multiprocessing.Pool(2) as pool:
        print(pool.map(work, [1, 2]))
    print("to stderr", file=sys.stderr)
'''
ENDS = {
    "plain": "",
    "exit": "import sys\nsys.exit(3)",
    "text": "raise SystemExit('told')",
    "raises": "def f():\n    raise ValueError('x')\n\nf()",
    "chained": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError('x') from error",
    "syntax": "def f(:\n",
    "hard": "import os\nos._exit(7)",
    "killed": "import os\nos.kill(os.getpid(), 9)",
}


@pytest.mark.parametrize("end", ENDS)
def test_a_program_runs_as_the_interpreter_would_have_run_it(tmp_path, end):
    files = {"main.py": f"{SHOW if end == 'plain' else ''}\n{ENDS[end]}\n", "other.py": "there = __name__"}
    command = ("python", "main.py", "a b", "-u")
    waited = wait(tmp_path / "work", files, command, stdin=b"the input")
    expected = plain(tmp_path / "work", command, stdin=b"the input")
    assert (waited.stdout.decode(), waited.stderr.decode()) == (
        expected.stdout.decode(),
        expected.stderr.decode(),
    )
    assert waited.returncode == expected.returncode


@pytest.mark.parametrize("flags", [(), ("-u",)])
def test_a_module_runs_as_the_interpreter_would_have_run_it(tmp_path, flags):
    source = "import sys\nprint(sys.argv, sys.path[0], __spec__.name, sys.stdout.write_through)\n1 / 0\n"
    files = {"app/__init__.py": "", "app/__main__.py": source}
    command = ("python", *flags, "-m", "app", "x")
    waited = wait(tmp_path / "work", files, command, flags=flags)
    expected = plain(tmp_path / "work", command)
    assert (waited.stdout, waited.returncode) == (expected.stdout, expected.returncode)
    assert waited.stderr.decode() == expected.stderr.decode()


def test_a_program_told_to_write_at_once_goes_on_in_the_interpreter_that_does(tmp_path):
    source = "import os, sys\nprint('shown', 'grading.agent.waiting' in sys.modules)\nos._exit(3)\n"
    command = ("python3", "main.py")
    done = wait(tmp_path / "work", {"main.py": source}, command, flags=("-u",), PYTHONUNBUFFERED="1")
    assert (done.stdout, done.returncode) == (b"shown True\n", 3)


SAME = "import sys, json\nprint(json.__file__, 'concurrent.futures' in sys.modules)\n"


AHEAD = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from grading.agent import waiting
waiting.preload(["there_is_no_such_module", "colorsys"])
print("colorsys" in sys.modules)
"""


@pytest.mark.parametrize("has_come", [True, False])
def test_modules_are_imported_ahead_until_a_delivery_comes(has_come):
    reading, writing = os.pipe()
    if has_come:
        os.write(writing, b"1")
    done = subprocess.run([sys.executable, "-c", AHEAD], stdin=reading, capture_output=True, check=True)
    os.close(reading)
    os.close(writing)
    assert done.stdout.decode() == f"{not has_come}\n"


@pytest.mark.parametrize(
    ("files", "command", "told"),
    [
        ({"main.py": SAME, "json.py": ""}, ("python", "main.py"), b"work/json.py False\n"),
        ({"main.py": SAME, "json/__init__.py": ""}, ("python", "main.py"), b"json/__init__.py False\n"),
        ({"a/main.py": SAME, "a/json.py": ""}, ("python", "a/main.py"), b"a/json.py False\n"),
        ({"main.py": SAME}, ("python", "-u", "main.py"), b"False\n"),
        ({"main.py": SAME}, ("python", "-O", "main.py"), b"False\n"),
        ({"main.py": SAME}, ("sh", "-c", "exec python main.py"), b"False\n"),
        ({"main.py": "", ".local/x": ""}, ("python", "-c", SAME), b"False\n"),
        ({}, ("sh", "-c", "echo $$; cat"), b"\n"),
    ],
)
def test_whatever_is_unusual_gets_an_interpreter_of_its_own(tmp_path, files, command, told):
    done = wait(tmp_path / "work", files, command)
    assert done.stdout.endswith(told)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_program_that_is_not_there_is_told_as_a_shell_would(tmp_path):
    assert wait(tmp_path / "work", {}, ("there-is-none",)).returncode == 127
    assert b"No such file" in wait(tmp_path / "work", {}, ("python", "main.py")).stderr


@pytest.mark.parametrize("given", [b"", b"12 null exec true", b"nonsense\n", b"1024 null exec true\n"])
def test_a_delivery_that_is_not_whole_is_told_by_its_exit_code(tmp_path, given):
    done = subprocess.run(
        [sys.executable, write_start(tmp_path)],
        input=given,
        capture_output=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    assert done.returncode == 125
    assert b"could not be unpacked" in done.stderr

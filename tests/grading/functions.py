"""A suite of functions played to the end, judge and agent as processes of this machine: only for programs of
our own.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox.delivery import delivery
from tests.grading import tiny
from tests.grading.agentprocess import write_start
from tests.grading.judgeprocess import judge


def serve(tmp_path, source, tests, *, at_rest=0):
    """A whole suite, judge and agent as processes of this machine. `at_rest`: the agent waits for a delivery,
    with so many processes forked ahead.
    """
    folder, work = tmp_path / "agent", tmp_path / "judge"
    folder.mkdir()
    work.mkdir()
    pack = tiny.at_a_free_port(tiny.with_tests(tiny.pack("tiny-function"), tests))
    environment = {"PATH": "/usr/bin:/bin", "PORT": str(pack.service.port), "HOME": str(folder)}
    arguments, given = ["--module=solution"], b""
    if at_rest:
        arguments = [f"--functions={pack.service.port}", f"--tests={at_rest}", "--preload=json"]
        files, command = {"solution.py": source.encode()}, ("/usr/local/bin/serve-functions", "solution")
        given = delivery(files, command, environment={"ADDED": "there"}, stdin=None)
    else:
        (folder / "solution.py").write_text(source)
    process = subprocess.Popen(
        [sys.executable, "-I", "-u", write_start(tmp_path), *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with ThreadPoolExecutor() as thread:
        judging = thread.submit(judge, pack, work)
        while len(children(process.pid)) < at_rest and process.poll() is None:
            time.sleep(0.01)
        log, _ = process.communicate(given, timeout=60)
        heard = judging.result()
    return heard, log.decode()


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

"""Every limit holds, and its breach is told from outside."""

import json
import threading
import time
from contextlib import closing

import docker
import pytest

from sandbox.engine import Engine, Processes
from sandbox.hardening import MEMBER_LABEL, RUN_LABEL
from sandbox.pod import Pods
from sandbox.spec import MIB, Ending, Limits
from tests.sandbox.conftest import MakeSpec, wait_for_end, wait_for_line

pytestmark = pytest.mark.docker


def test_eating_memory_is_told(pods: Pods, make_spec: MakeSpec):
    spec = make_spec(candidate="x = bytearray(200 * 2**20)", limits=Limits(memory_bytes=64 * MIB))
    with pods.take(spec) as pod:
        pod.start_candidate({})
        ending = wait_for_end(pod)
    assert ending.out_of_memory
    assert not ending.killed_by_us


def test_a_child_killed_for_memory_is_told_though_the_parent_exits_0(pods: Pods, make_spec: MakeSpec):
    script = "import subprocess as s\ns.run(['python3', '-c', 'x = bytearray(200 * 2**20)'])"
    with pods.take(make_spec(candidate=script, limits=Limits(memory_bytes=64 * MIB))) as pod:
        pod.start_candidate({})
        ending = wait_for_end(pod)
    assert (ending.exit_code, ending.out_of_memory) == (0, True)


def test_processes_are_bounded_and_a_full_container_is_told(pods: Pods, make_spec: MakeSpec):
    script = """
import os, sys, time
made = 0
try:
    while made < 100:
        if os.fork() == 0: time.sleep(1000)
        made += 1
except OSError:
    pass
import socket
socket.create_connection(("127.0.0.1", 8000)).sendall(str(made).encode() + b"\\n")
time.sleep(1000)
"""
    judge = """
import socket
server = socket.create_server(("127.0.0.1", 8000))
print("up", flush=True)
print(server.accept()[0].makefile().readline(), flush=True)
input()
"""
    with pods.take(make_spec(judge=judge, candidate=script, limits=Limits(processes=20))) as pod:
        assert wait_for_line(pod) == b"up"
        pod.start_candidate({})
        made = int(wait_for_line(pod))
        ending = pod.kill_candidate()
    assert made < 20
    assert ending is not None
    assert ending.out_of_processes


def test_a_program_that_has_ended_was_not_killed_by_us(engine: Engine, pods: Pods, make_spec: MakeSpec):
    """Though its container's first process has not noticed yet, as on a machine that is too busy."""
    script = "import time\ntime.sleep(1)\nraise SystemExit(3)"
    with pods.take(make_spec(candidate=script)) as pod, closing(docker.from_env()) as client:
        pod.start_candidate({})
        [found] = engine.containers(f"{RUN_LABEL}={pod.run_id}", f"{MEMBER_LABEL}=candidate")
        client.api.kill(found["Id"], signal="STOP")
        while engine.processes(found["Id"]).alive > 1:
            time.sleep(0.05)
        notices = threading.Timer(0.5, client.api.kill, (found["Id"],), {"signal": "CONT"})
        notices.start()
        ending = pod.kill_candidate()
        notices.join()
    assert ending == Ending(exit_code=3)


def test_a_program_whose_first_thread_has_ended_was_killed_by_us(
    engine: Engine, pods: Pods, make_spec: MakeSpec
):
    script = """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
ctypes.CDLL(None).pthread_exit(None)
"""
    with pods.take(make_spec(candidate=script)) as pod:
        pod.start_candidate({})
        [found] = engine.containers(f"{RUN_LABEL}={pod.run_id}", f"{MEMBER_LABEL}=candidate")
        while engine.processes(found["Id"]) != Processes(count=3, alive=2):
            time.sleep(0.05)
        ending = pod.kill_candidate()
    assert ending == Ending(exit_code=137, killed_by_us=True)


@pytest.mark.parametrize("where", ["/work", "/tmp"])  # noqa: S108
def test_disk_size_and_files_are_bounded(pods: Pods, make_spec: MakeSpec, where):
    script = f"""
import errno, json
def fill(action):
    try:
        for number in range(100000): action(number)
    except OSError as error:
        return errno.errorcode[error.errno], number
def grow(number, file=open("{where}/big", "wb", buffering=0)): file.write(bytes(65536))
def create(number): open(f"{where}/f{{number}}", "w").close()
print(json.dumps([fill(create), fill(grow)]))
"""
    limits = Limits(disk_bytes=2 * MIB, inodes=100)
    with pods.take(make_spec(candidate=script, limits=limits)) as pod:
        pod.start_candidate({})
        wait_for_end(pod)
        (files_error, files), (size_error, blocks) = json.loads(pod.output("candidate").stdout)
    assert (files_error, size_error) == ("ENOSPC", "ENOSPC")
    assert files < 100
    assert blocks <= 32


def test_files_that_do_not_fit_end_the_candidate_with_125(pods: Pods, make_spec: MakeSpec):
    with pods.take(make_spec(limits=Limits(disk_bytes=1 * MIB))) as pod:
        pod.start_candidate({"big": bytes(2 * MIB)})
        assert wait_for_end(pod).exit_code == 125


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_flood_of_output_is_stopped_and_its_ends_are_kept(pods: Pods, make_spec: MakeSpec, stream):
    script = f"import sys\nsys.{stream}.write('begin')\nwhile True: sys.{stream}.write('x' * 1000)"
    with pods.take(make_spec(candidate=script, limits=Limits(output_bytes=100_000))) as pod:
        pod.start_candidate({})
        ending = wait_for_end(pod)
        output = pod.output("candidate")
    assert ending.output_overflow
    assert output.truncated
    assert getattr(output, stream).startswith(b"begin")
    assert len(output.stdout) + len(output.stderr) <= 100_000


def test_a_judge_that_writes_an_endless_line_is_stopped(pods: Pods, make_spec: MakeSpec):
    with pods.take(make_spec(judge="import sys\nwhile True: sys.stdout.write('x' * 1000)")) as pod:
        assert wait_for_end(pod, "judge").output_overflow


def test_input_that_nobody_reads_does_not_hold_up_the_worker(pods: Pods, make_spec: MakeSpec):
    with pods.take(make_spec(candidate="import time; time.sleep(1000)")) as pod:
        pod.start_candidate({}, stdin=bytes(8 * MIB))
        ending = pod.kill_candidate()
    assert ending is not None
    assert ending.killed_by_us


def test_open_files_are_bounded(pods: Pods, make_spec: MakeSpec):
    script = """
files = []
try:
    while True: files.append(open("/dev/null"))
except OSError:
    print(len(files))
"""
    with pods.take(make_spec(candidate=script, limits=Limits(open_files=50))) as pod:
        pod.start_candidate({})
        wait_for_end(pod)
        assert int(pod.output("candidate").stdout) < 50


def test_a_program_dropped_into_the_working_directory_cannot_be_executed(pods: Pods, make_spec: MakeSpec):
    with pods.take(make_spec()) as pod:
        pod.start_candidate({"run": b"#!/bin/sh\necho ran"}, command=("./run",))
        assert wait_for_end(pod).exit_code == 126
        pod.start_candidate({"run": b"#!/bin/sh\necho ran"}, command=("sh", "run"))
        assert wait_for_end(pod).exit_code == 0


def test_awkward_words_reach_a_program_whole(pods: Pods, make_spec: MakeSpec):
    words = ("a b", "", "it's", "$HOME `id` \\0101 \\", "line\nline\n", "\u00e9\u0081", "A=b", "-n", "exec")
    script = "import json, os, sys; print(json.dumps([sys.argv[1:], os.environ['ODD'], sys.stdin.read()]))"
    with pods.take(make_spec()) as pod:
        pod.start_candidate(
            {}, command=("python3", "-c", script, *words), environment={"ODD": "x'\n\\"}, stdin=b"rest"
        )
        assert wait_for_end(pod).exit_code == 0
        assert json.loads(pod.output("candidate").stdout) == [list(words), "x'\n\\", "rest"]

"""The allow-list of system calls: what it says, and that each language still works under it.

The services under it are tested in test_services.py and test_rabbitmq.py, what it refuses in
test_selfcheck.py.
"""

import json
from collections import Counter

import pytest

from sandbox import seccomp
from sandbox.images import Images, shipped
from sandbox.pod import Pods
from sandbox.spec import MIB, ContainerSpec, Limits, PodSpec, Role
from tests.sandbox.conftest import ECHO, container, wait_for_end

DANGEROUS = """
    _sysctl acct add_key adjtimex afs_syscall bpf capset chroot clock_adjtime clock_settime create_module
    delete_module fanotify_init fanotify_mark finit_module fsconfig fsmount fsopen fspick get_kernel_syms
    get_mempolicy get_robust_list init_module ioperm iopl ioprio_set kcmp kexec_file_load kexec_load
    keyctl listmount lookup_dcookie mbind migrate_pages modify_ldt mount mount_setattr move_mount
    move_pages mq_open msgctl msgget msgrcv msgsnd name_to_handle_at nfsservctl open_by_handle_at
    open_tree perf_event_open pidfd_getfd pivot_root process_madvise process_mrelease process_vm_readv
    process_vm_writev ptrace query_module quotactl quotactl_fd reboot request_key sched_setattr
    set_mempolicy setdomainname sethostname setns settimeofday statmount swapoff swapon sync syncfs sysfs
    syslog umount2 unshare uselib userfaultfd ustat vhangup vserver
"""


@pytest.fixture(scope="module")
def document():
    return json.loads(seccomp.profile())


def test_what_is_not_named_is_refused(document):
    assert document["defaultAction"] == "SCMP_ACT_ERRNO"
    named = {name for rule in document["syscalls"] for name in rule["names"]}
    assert named.isdisjoint(DANGEROUS.split())


def test_only_native_calls_are_understood(document):
    architectures = {entry["architecture"]: entry["subArchitectures"] for entry in document["archMap"]}
    assert architectures == {"SCMP_ARCH_X86_64": [], "SCMP_ARCH_AARCH64": []}


def test_no_rule_depends_on_a_capability_or_a_kernel(document):
    assert all(set(rule) <= {"names", "action", "args", "errnoRet"} for rule in document["syscalls"])


def test_no_call_is_named_twice_but_with_other_arguments(document):
    plain = Counter(name for rule in document["syscalls"] if not rule["args"] for name in rule["names"])
    conditional = {name for rule in document["syscalls"] if rule["args"] for name in rule["names"]}
    assert max(plain.values()) == 1
    assert conditional == {"clone", "personality", "mknod", "mknodat", "socket", "socketpair"}
    assert conditional.isdisjoint(plain)


def test_libraries_are_told_that_a_call_is_absent_where_they_can_do_without(document):
    refused = {
        rule["errnoRet"]: rule["names"] for rule in document["syscalls"] if rule["action"] == "SCMP_ACT_ERRNO"
    }
    assert {"clone3", "io_uring_setup"} <= set(refused[38])
    assert "setxattr" in refused[95]


def test_sockets_are_allowed_for_four_families_only(document):
    families = {
        argument["value"]
        for rule in document["syscalls"]
        if rule["names"] == ["socket"]
        for argument in rule["args"]
        if argument["index"] == 0
    }
    assert families == {1, 2, 10, 16}, "unix, inet, inet6, netlink"


PYTHON = """
import asyncio, http.server, multiprocessing, os, shutil, signal, socket, sqlite3, subprocess, threading
import urllib.request
done = []
def thread():
    done.append("thread")
threads = [threading.Thread(target=thread) for _ in range(3)]
[t.start() for t in threads]; [t.join() for t in threads]
assert subprocess.run(["sh", "-c", "echo $((6 * 7)) | cat"], capture_output=True, text=True).stdout == "42\\n"
async def main():
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    return await asyncio.to_thread(len, "abc")
assert asyncio.run(main()) == 3
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
lock = multiprocessing.Lock()
with sqlite3.connect("/tmp/db.sqlite") as db:
    db.execute("pragma journal_mode=wal"); db.execute("create table t (n)")
    db.execute("insert into t values (1)")
assert db.execute("select count(*) from t").fetchone() == (1,)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://localhost:{server.server_port}/"
assert urllib.request.urlopen(url).status == 200
os.mkfifo("/tmp/fifo"); shutil.copytree("/etc/apt", "/tmp/apt", symlinks=True)
shutil.copy2("main.py", "/tmp/copy"); subprocess.run(["cp", "-a", "/etc/apt", "/tmp/apt2"], check=True)
socket.socketpair(); socket.if_nameindex(); os.memfd_create("m"); signal.setitimer(signal.ITIMER_REAL, 0)
print("ok")
"""
NODE = """
import { Worker } from 'node:worker_threads'; import http from 'node:http'; import fs from 'node:fs';
import { execFileSync } from 'node:child_process'; import crypto from 'node:crypto'; import os from 'node:os';
import assert from 'node:assert'; import zlib from 'node:zlib'; import { once } from 'node:events';
const worker = new Worker('require("worker_threads").parentPort.postMessage(6 * 7)', { eval: true });
assert.equal((await once(worker, 'message'))[0], 42);
assert.equal(execFileSync('sh', ['-c', 'echo hi | cat']).toString(), 'hi\\n');
const server = http.createServer((_, answer) => answer.end('hello')).listen(0, '127.0.0.1');
await once(server, 'listening');
const answer = await fetch(`http://127.0.0.1:${server.address().port}/`);
assert.equal(await answer.text(), 'hello'); server.close();
const key = await new Promise((done, fail) => crypto.scrypt('a', 'b', 32, (e, k) => e ? fail(e) : done(k)));
assert.equal(key.length, 32); crypto.generateKeyPairSync('ed25519'); zlib.gzipSync('x'.repeat(1000));
await fs.promises.writeFile('/tmp/a', 'text'); await fs.promises.copyFile('/tmp/a', '/tmp/b');
await fs.promises.cp('/etc/apt', '/tmp/apt', { recursive: true }); fs.watch('/tmp').close();
assert.equal(fs.readFileSync('/tmp/b', 'utf8'), 'text'); assert.ok(os.networkInterfaces().lo); os.cpus();
console.log('ok'); process.exit(0);
"""


@pytest.mark.docker
@pytest.mark.parametrize(
    ("image", "file", "program", "command"),
    [
        ("python", "main.py", PYTHON, ("python3", "main.py")),
        ("node", "main.mjs", NODE, ("node", "main.mjs")),
    ],
    ids=["python", "node"],
)
def test_a_language_works(pods: Pods, images: Images, image: str, file: str, program: str, command):
    spec = PodSpec(
        judge=container("judge", Role.JUDGE, images.find_or_build(shipped("cpython")), ECHO),
        candidate=ContainerSpec(
            name="candidate",
            role=Role.CANDIDATE,
            image=images.find_or_build(shipped(image)),
            command=command,
            limits=Limits(memory_bytes=512 * MIB),
        ),
    )
    with pods.take(spec) as pod:
        pod.start_candidate({file: program.encode()})
        wait_for_end(pod)
        output = pod.output("candidate")
    assert output.stdout == b"ok\n", output

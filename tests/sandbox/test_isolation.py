"""What a program inside a pod can see and do, told by itself."""

import json
import textwrap
from dataclasses import replace
from typing import Any

import pytest

from sandbox.pod import Pod, Pods
from sandbox.spec import SOCKETS, Limits, PodSpec, Role
from tests.sandbox.conftest import MakeSpec, container, wait_for_end, wait_for_line

pytestmark = pytest.mark.docker


def run(pods: Pods, spec: PodSpec, script: str) -> dict[str, Any]:
    """Run a Python script as the candidate; it prints one JSON value."""
    with pods.take(spec) as pod:
        return answer(pod, script)


def answer(pod: Pod, script: str) -> dict[str, Any]:
    pod.start_candidate({"probe.py": textwrap.dedent(script).encode()}, command=("python3", "probe.py"))
    ending = wait_for_end(pod)
    output = pod.output("candidate")
    assert ending.exit_code == 0, (ending, output)
    found: dict[str, Any] = json.loads(output.stdout)
    return found


STATUS = """
import json
lines = [line.rstrip().split(":\\t", 1) for line in open("/proc/self/status")]
print(json.dumps({line[0]: line[1] for line in lines if len(line) == 2}), flush=True)
"""


def test_no_member_has_a_capability_or_can_gain_one(pods: Pods, make_spec: MakeSpec):
    with pods.take(make_spec(judge=f"{STATUS}\nimport time; time.sleep(100)")) as pod:
        members = [json.loads(wait_for_line(pod)), answer(pod, STATUS)]
    for status in members:
        sets = {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
        assert sets == {"0000000000000000"}
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"


def test_every_member_is_another_user_and_none_is_root(pods: Pods, make_spec: MakeSpec):
    with pods.take(make_spec(judge=f"{STATUS}\nimport time; time.sleep(100)")) as pod:
        users = [
            set(json.loads(wait_for_line(pod))["Uid"].split()),
            set(str(answer(pod, STATUS)["Uid"]).split()),
        ]
    assert all(len(user) == 1 for user in users)
    assert users[0].isdisjoint(users[1])
    assert "0" not in users[0] | users[1]


def test_every_candidate_container_is_another_user(pods: Pods, make_spec: MakeSpec):
    with pods.take(make_spec()) as pod:
        pod.spare_candidate(wait=True)
        users = {answer(pod, STATUS)["Uid"] for _ in range(2)}
    assert len(users) == 2


def test_nothing_but_the_working_directories_can_be_written(pods: Pods, make_spec: MakeSpec):
    found = run(
        pods,
        make_spec(),
        """
        import json, os
        def writable(folder):
            try:
                open(os.path.join(folder, "x"), "w").close()
            except OSError:
                return False
            return True
        folders = [folder for folder, _, _ in os.walk("/") if not folder.startswith(("/proc", "/sys"))]
        print(json.dumps({"folders": sorted(folder for folder in folders if writable(folder))}))
        """,
    )
    assert set(found["folders"]) <= {"/work", "/tmp", "/dev/shm", "/dev/mqueue"}  # noqa: S108


def test_nothing_setuid_is_in_the_image(pods: Pods, make_spec: MakeSpec):
    found = run(
        pods,
        make_spec(),
        """
        import json, os, stat
        def special(path):
            try:
                status = os.lstat(path)
            except OSError:
                return False
            return stat.S_ISREG(status.st_mode) and status.st_mode & 0o6000
        walk = [(at, names) for at, _, names in os.walk("/") if not at.startswith("/proc")]
        files = [os.path.join(at, name) for at, names in walk for name in names]
        print(json.dumps({"files": [path for path in files if special(path)]}))
        """,
    )
    assert found["files"] == []


def test_there_is_loopback_and_no_way_out(pods: Pods, make_spec: MakeSpec):
    found = run(
        pods,
        make_spec(),
        """
        import json, os, socket
        def connect(address):
            try:
                socket.create_connection((address, 80), timeout=2).close()
            except OSError as error:
                return type(error).__name__ + str(error.errno)
            return "connected"
        routes = open("/proc/net/route").read().splitlines()[1:]
        print(json.dumps({"interfaces": os.listdir("/sys/class/net"), "routes": routes,
            "out": connect("192.0.2.1"), "metadata": connect("169.254.169.254"),
            "localhost": socket.gethostbyname("localhost")}))
        """,
    )
    assert found["interfaces"] == ["lo"]
    assert found["routes"] == []
    assert found["out"] == found["metadata"] == "OSError101", "network is unreachable"
    assert found["localhost"] == "127.0.0.1"


def test_raw_sockets_and_namespaces_are_refused(pods: Pods, make_spec: MakeSpec):
    found = run(
        pods,
        make_spec(),
        """
        import ctypes, json, socket
        def refused(call):
            try:
                return call() != 0
            except OSError:
                return True
        libc = ctypes.CDLL(None)
        print(json.dumps({
            "raw": refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1) and 0),
            "packet": refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW) and 0),
            "user namespace": refused(lambda: libc.unshare(0x10000000)),
            "mount": refused(lambda: libc.mount(b"none", b"/work", b"tmpfs", 0, None)),
        }))
        """,
    )
    assert all(found.values()), found


def test_judge_and_candidate_meet_on_loopback(pods: Pods, make_spec: MakeSpec):
    judge = """
    import socket, time
    with socket.create_server(("127.0.0.1", 8000)) as server:
        print("listening", flush=True)
        print(server.accept()[0].recv(100).decode(), flush=True)
        time.sleep(100)
    """
    with pods.take(make_spec(judge=textwrap.dedent(judge))) as pod:
        assert wait_for_line(pod) == b"listening"
        pod.start_candidate(
            {"hi.py": b"import socket\nsocket.create_connection(('127.0.0.1', 8000)).sendall(b'hi')"},
            command=("python3", "hi.py"),
        )
        assert wait_for_line(pod) == b"hi"


def test_a_services_socket_is_the_judges_alone(pods: Pods, python_image: str):
    path = f"{SOCKETS}/store/s.sock"
    listen = (
        "import os, socket, time\nos.umask(0o007)\n"
        f"s = socket.socket(socket.AF_UNIX); s.bind({path!r}); s.listen()\nprint('up', flush=True)\n"
        "s.accept()[0].sendall(b'secret')\ntime.sleep(100)"
    )
    call = (
        f"import socket\ninput(); s = socket.socket(socket.AF_UNIX); s.connect({path!r})\n"
        "print(s.recv(100).decode(), flush=True); input()"
    )
    store = container("store", Role.SERVICE, python_image, listen)
    judge = container("judge", Role.JUDGE, python_image, call)
    spec = PodSpec(
        judge=with_sockets(judge),
        services=(with_sockets(store),),
        candidate=container("candidate", Role.CANDIDATE, python_image, ""),
    )
    with pods.take(spec) as pod:
        assert wait_for_line(pod, "store") == b"up"
        found = answer(pod, f"import json, os; print(json.dumps({{'seen': os.path.exists({path!r})}}))")
        pod.write("judge", b"go\n")
        assert wait_for_line(pod) == b"secret"
    assert found["seen"] is False


def with_sockets(spec):
    return replace(spec, sockets=("store",))


def test_environment_holds_only_what_was_given(pods: Pods, make_spec: MakeSpec):
    found = run(pods, make_spec(limits=Limits()), "import json, os; print(json.dumps(dict(os.environ)))")
    assert set(found) - {"PWD", "SHLVL", "_", "LC_CTYPE"} == {"PATH", "HOME", "LANG", "TZ", "HOSTNAME"}

"""The table of attacks on what a program may use: processes, memory, objects of the kernel.

Every program stops by itself at a bound that harms no host, so that it can also be run without its limit.
"""

from grading.report import Outcome, Verdict
from tests.abuse.harness import Case, cases
from tests.abuse.programs import ALL, ASKED, BLOCKS, BUT_CALM, before, when_calm

PIDS = "pids_limit of the container"
MEMORY = "mem_limit and memswap_limit of the container"

FORKS = """
import os, time
made = 0
while made < 300:
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
    except OSError:
        time.sleep(0.01)
"""
SPAWNS = """
const { spawn } = require("node:child_process");
let made = 0;
const more = () => {
  while (made < 300) {
    const child = spawn("sleep", ["60"]).on("error", () => {});
    if (child.pid === undefined) return;
    made++;
  }
};
"""

PROCESSES = [
    *cases(
        Case(
            id="R01",
            title="forks before it listens",
            limits={"start_seconds": 6},
            program="",
            verdict=Verdict.PROCESS_LIMIT,
            says="more than 32 processes",
            outcomes={"test_adds": Outcome.SKIPPED},
            mitigation=PIDS,
        ),
        python=before(FORKS + "time.sleep(60)"),
        javascript=before(f"{SPAWNS}more();\n{BLOCKS}", "javascript"),
    ),
    *cases(
        Case(
            id="R01",
            title="forks while it is tested and goes on",
            program="",
            verdict=Verdict.PROCESS_LIMIT,
            says="more than 32 processes",
            passes=BUT_CALM,
            mitigation=PIDS,
        ),
        python=when_calm(
            """
            made = 0
            try:
                while made < 300:
                    if os.fork() == 0:
                        time.sleep(60)
                        os._exit(0)
                    made += 1
            except OSError:
                url = urlsplit("/nothing")
            """,
            first="import os, time",
        )
        .replace("ThreadingHTTPServer((", "HTTPServer((")
        .replace("import Base", "import HTTPServer, Base"),
        javascript=when_calm(
            'more();\nsetInterval(more, 100);\nurl.pathname = "/nothing";', "javascript", first=SPAWNS
        ),
    ),
    Case(
        id="R01",
        title="meets the limit and crashes",
        program=before("import os, time\nfor _ in range(300):\n    if os.fork() == 0: time.sleep(60)"),
        verdict=Verdict.PROCESS_LIMIT,
        says="more than 32 processes",
        mitigation=PIDS,
    ),
    Case(
        id="R02",
        title="starts threads without end",
        limits={"start_seconds": 6},
        program=before(
            """
            import threading, time
            made = 0
            while made < 300:
                try:
                    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
                    made += 1
                except RuntimeError:
                    time.sleep(0.01)
            """
        ),
        verdict=Verdict.PROCESS_LIMIT,
        says="more than 32 processes or threads",
        mitigation=PIDS,
    ),
    Case(
        id="R02",
        title="starts threads with large stacks and crashes",
        program=before(
            """
            import threading, time
            threading.stack_size(64 * 2**20)
            for _ in range(300):
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            """
        ),
        verdict=Verdict.PROCESS_LIMIT,
        says="more than 32 processes or threads",
        mitigation=PIDS,
    ),
    Case(
        id="R02",
        language="javascript",
        title="starts workers without end",
        program=before(
            """
            const { Worker } = require("node:worker_threads");
            for (let made = 0; made < 40; made++)
              new Worker("setTimeout(() => {}, 60000)", { eval: true }).on("error", () => {});
            """,
            "javascript",
        ),
        limits={"memory_mb": 1024},
        verdict=Verdict.PROCESS_LIMIT,
        says="more than 32 processes or threads",
        mitigation=PIDS,
    ),
    Case(
        id="R03",
        title="leaves zombies and never reaps them",
        program=before("import os\nfor _ in range(300):\n    if os.fork() == 0: os._exit(0)"),
        verdict=Verdict.PROCESS_LIMIT,
        says="more than 32 processes or threads at once; one that has ended counts until it is waited for",
        mitigation=PIDS,
    ),
    Case(
        id="R03",
        title="orphans its zombies",
        program=before(
            """
            import os
            for _ in range(300):
                child = os.fork()
                if child == 0:
                    if os.fork() == 0: os._exit(0)
                    os._exit(0)
                os.waitpid(child, 0)
            """
        ),
        verdict=Verdict.GRADED,
        passes=ALL,
        mitigation="an init process reaps them",
    ),
]

HOARD = "hoard = []\nfor _ in range(300): hoard.append(bytearray(b'x') * 2**20)"
MEMORIES = [
    *cases(
        Case(
            id="R04",
            title="allocates before it listens",
            program="",
            verdict=Verdict.MEMORY_LIMIT,
            says="more than 96 MiB of memory",
            mitigation=MEMORY,
        ),
        python=before(HOARD),
        javascript=before(
            "globalThis.hoard = [];\nfor (let n = 0; n < 300; n++) hoard.push(Buffer.alloc(2 ** 20, 1));",
            "javascript",
        ),
    ),
    Case(
        id="R04",
        language="javascript",
        title="fills its heap with objects",
        program=before(
            "globalThis.hoard = [];\nwhile (true) hoard.push({ n: [hoard.length] });", "javascript"
        ),
        verdict=Verdict.MEMORY_LIMIT,
        says="more than 96 MiB of memory",
        mitigation=MEMORY,
    ),
    Case(
        id="R04",
        title="allocates while it is tested",
        program=when_calm(HOARD),
        verdict=Verdict.MEMORY_LIMIT,
        says="more than 96 MiB of memory",
        passes=ASKED,
        mitigation=MEMORY,
    ),
    Case(
        id="R04",
        title="hides memory in a memfd",
        program=when_calm(
            """
            import os
            hidden = os.memfd_create("x")
            for _ in range(300): os.write(hidden, b"x" * 2**20)
            """
        ),
        verdict=Verdict.MEMORY_LIMIT,
        says="more than 96 MiB of memory",
        passes=ASKED,
        mitigation=MEMORY,
    ),
    Case(
        id="R04",
        title="maps memory that it shares with its children",
        program=when_calm(
            """
            import mmap
            shared = mmap.mmap(-1, 300 * 2**20)
            for place in range(0, 300 * 2**20, 4096): shared[place] = 1
            """
        ),
        verdict=Verdict.MEMORY_LIMIT,
        says="more than 96 MiB of memory",
        passes=ASKED,
        mitigation=MEMORY,
    ),
    Case(
        id="R05",
        title="lets a child eat and goes on",
        program=when_calm(
            """
            import subprocess
            subprocess.run(["python3", "-c", "hoard = [bytearray(b'x') * 2**20 for _ in range(300)]"])
            url = urlsplit("/nothing")
            """
        ),
        verdict=Verdict.MEMORY_LIMIT,
        says="more than 96 MiB of memory",
        passes=BUT_CALM,
        mitigation="the engine's word that the kernel killed a process of the container for memory",
    ),
]

TRIES = """
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
told = []
def attempt(name, deed, times=1):
    try:
        for _ in range(times): deed()
    except OSError as error: told.append(f"{name} {errno.errorcode[error.errno]}")
    else: told.append(f"{name} done")
def call(name, *arguments):
    result = getattr(libc, name)(*arguments)
    if result == -1: raise OSError(ctypes.get_errno(), name)
    return result
def go_deeper():
    os.mkdir("a")
    os.chdir("a")
"""
OBJECTS = [
    Case(
        id="R09 R10 R11 R12",
        title="wants queues, descriptors, disks and folders without end",
        program=when_calm(
            """
            attempt("messages", lambda: call("msgget", 0, 0o1600))
            attempt("queues", lambda: call("mq_open", b"/x", os.O_CREAT | os.O_RDWR, 0o600, None))
            ends, held = socket.socketpair(), []
            attempt("passing on", lambda: socket.send_fds(ends[0], [b"x"], [0] * 250), 100)
            attempt("opening", lambda: held.append(os.open("/dev/null", os.O_RDONLY)), 2000)
            for number in held: os.close(number)
            for folder in ("", "/usr", "/home", "/run", "/var/tmp"):
                attempt(folder or "/", lambda: open(f"{folder}/big", "w"))
            os.chdir("/tmp")
            attempt("going deeper", go_deeper, 20000)
            print("; ".join(told), flush=True)
            """,
            first=TRIES,
        ),
        verdict=Verdict.GRADED,
        passes=ALL,
        logs="messages EPERM; queues EPERM; passing on ETOOMANYREFS; opening EMFILE; / EROFS; /usr EROFS; "
        "/home EROFS; /run EROFS; /var/tmp EROFS; going deeper ENOSPC",
        mitigation="our system calls only, nofile, a read-only root, nr_inodes of the tmpfs",
    ),
    Case(
        id="R09",
        title="hides memory in segments of System V",
        program=when_calm(
            """
            libc.shmat.restype = ctypes.c_void_p
            for _ in range(300):
                segment = call("shmget", 0, 2**20, 0o1600)
                ctypes.memset(libc.shmat(segment, None, 0), 1, 2**20)
            """,
            first=TRIES,
        ),
        verdict=Verdict.MEMORY_LIMIT,
        says="more than 96 MiB of memory",
        passes=ASKED,
        mitigation=MEMORY,
    ),
]

CASES = [*PROCESSES, *MEMORIES, *OBJECTS]

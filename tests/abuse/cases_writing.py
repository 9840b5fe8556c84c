"""The table of attacks by programs that write without end: files, folders, output.

Every program stops by itself at a bound that harms no host, so that it can also be run without its limit.
"""

from grading.report import Verdict
from tests.abuse.harness import Case, cases
from tests.abuse.programs import ALL, ASKED, before, when_calm

TMPFS = "size and nr_inodes of the tmpfs"
CAP = "the worker counts the output and kills the container"

FILLS = "with open('{}', 'wb') as big:\n    for _ in range(40): big.write(bytes(2**20))"
DISKS = [
    *cases(
        Case(
            id="R06",
            title="fills its folder",
            program="",
            verdict=Verdict.DISK_LIMIT,
            says="more than 8 MiB",
            mitigation=TMPFS,
        ),
        python=before(FILLS.format("big")),
        javascript=before(
            'const fs = require("node:fs");\n'
            'for (let n = 0; n < 40; n++) fs.appendFileSync("/tmp/big", Buffer.alloc(2 ** 20));',
            "javascript",
        ),
    ),
    Case(
        id="R06",
        title="fills its folder while it is tested and goes on",
        program=when_calm(
            """
            try:
                with open("/tmp/big", "wb") as big:
                    for _ in range(40): big.write(bytes(2**20))
            except OSError as error:
                print("refused:", error, flush=True)
            """
        ),
        verdict=Verdict.GRADED,
        passes=ALL,
        logs="refused: [Errno 28] No space left on device",
        mitigation=TMPFS,
    ),
    Case(
        id="R07",
        title="makes files without end",
        program=before("for n in range(20000): open(f'/tmp/{n}', 'w').close()"),
        verdict=Verdict.DISK_LIMIT,
        says="8192 files",
        mitigation=TMPFS,
    ),
    Case(
        id="R08",
        title="fills the shared memory",
        program=before(
            "with open('/dev/shm/big', 'wb') as big:\n    for _ in range(40): big.write(bytes(2**20))"
        ),
        verdict=Verdict.DISK_LIMIT,
        says="to disk",
        mitigation="shm_size of the container",
    ),
    Case(
        id="R08",
        title="maps more shared memory than there is",
        program=when_calm(
            """
            import mmap
            with open("/dev/shm/big", "w+b") as big:
                big.truncate(40 * 2**20)
                shared = mmap.mmap(big.fileno(), 40 * 2**20)
                for place in range(0, 40 * 2**20, 4096): shared[place] = 1
            """
        ),
        verdict=Verdict.RUNTIME_ERROR,
        says="SIGBUS",
        passes=ASKED,
        mitigation="shm_size of the container",
    ),
]

LINE = "x" * 999 + "\\n"
OUTPUTS = [
    Case(
        id="R13",
        title="floods its output before it listens",
        program=before(f"import sys\nfor _ in range(10**7): sys.stdout.write('{LINE}')"),
        verdict=Verdict.OUTPUT_LIMIT,
        says="more than 64 KiB of output",
        mitigation=CAP,
    ),
    *cases(
        Case(
            id="R13",
            title="floods its errors while it is tested",
            program="",
            verdict=Verdict.OUTPUT_LIMIT,
            says="more than 64 KiB of output",
            passes=ASKED,
            mitigation=CAP,
        ),
        python=when_calm(f"import sys\nfor _ in range(10**7): sys.stderr.write('{LINE}')"),
        javascript=when_calm(
            # 10 MB: Node keeps in memory what the pipe does not take at once.
            f'for (let n = 0; n < 1e4; n++) process.stderr.write("{LINE}"); return;',
            "javascript",
        ),
    ),
    Case(
        id="R13",
        title="floods a run's standard output",
        pack="program",
        program=f"import sys\nwhile True: sys.stdout.write('{LINE}')",
        verdict=Verdict.OUTPUT_LIMIT,
        says="more than 64 KiB of output",
        mitigation=CAP,
    ),
]

CASES = [*DISKS, *OUTPUTS]

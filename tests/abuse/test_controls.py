"""Each mitigation switched off: the attack it stops then succeeds, and the checks of this suite say so."""

import dataclasses

import pytest

from grading import files as submitted
from grading.models import Grading
from sandbox.spec import MIB
from tests.abuse import (
    cases_integrity,
    cases_resources,
    cases_spying,
    cases_time,
    cases_writing,
    harness,
    switches,
)
from tests.abuse.host import Baseline
from tests.abuse.invariants import (
    as_the_table_says,
    evidence_stored,
    neighbour_unharmed,
    no_canary,
    no_unearned_points,
    nothing_left,
    verdict_in_time,
)
from tests.abuse.switches import Control, host_arguments, judges_code, replaced

pytestmark = [pytest.mark.docker, pytest.mark.django_db]


def case(id: str, title: str, language: str = "python") -> harness.Case:
    """The one of the tables with this id, language and beginning of its title."""
    tables = (cases_integrity, cases_spying, cases_resources, cases_writing, cases_time)
    known: list[harness.Case] = [one for table in tables for one in table.CASES]
    [found] = [c for c in known if (c.id, c.language) == (id, language) and c.title.startswith(title)]
    return found


AS_IN_VISIBLE_TESTS = """
from grading.judge import cases
told = cases.public_message
cases.public_message = lambda error, **facts: told(error, **{**facts, "hidden": False})
"""
QUOTING_REQUESTS = f"""{AS_IN_VISIBLE_TESTS}
from grading.judge import http
http._shown = lambda url: url.raw_path.decode("ascii")
"""
WITHOUT_A_CAP = """
from grading.judge.http import LoopbackTransport
LoopbackTransport.__init__.__kwdefaults__["body_bytes"] = 10**9
"""
WITHOUT_A_TIMER = """
from grading.judge import conductor
conductor.seconds_of = lambda item: 60.0
"""
FORGED = case("G04", "writes forged records")

CONTROLS = [
    Control(
        mitigation="the limit of processes",
        case=case("R01", "meets the limit and crashes"),
        off=host_arguments(pids_limit=2000),
        breaks=as_the_table_says,
    ),
    Control(
        mitigation="the limit of memory",
        case=case("R04", "allocates before"),
        off=host_arguments(mem_limit=1024 * MIB, memswap_limit=1024 * MIB),
        breaks=as_the_table_says,
    ),
    Control(
        mitigation="the size of the tmpfs",
        case=case("R06", "fills its folder while"),
        off=host_arguments(tmpfs=switches.large_tmpfs),
        breaks=as_the_table_says,
    ),
    Control(
        mitigation="the number of files of the tmpfs",
        case=case("R07", "makes files"),
        off=host_arguments(tmpfs=switches.large_tmpfs),
        breaks=as_the_table_says,
    ),
    Control(
        mitigation="the size of the shared memory",
        case=case("R08", "fills the shared"),
        off=host_arguments(shm_size=64 * MIB, mem_limit=512 * MIB, memswap_limit=512 * MIB),
        breaks=as_the_table_says,
    ),
    Control(
        mitigation="the count of output",
        case=case("R13", "floods its errors", "javascript"),
        off=switches.endless_output(),
        breaks=as_the_table_says,
    ),
    Control(
        mitigation="processes and a user of its own",
        case=case("G35", "kills", "javascript"),
        off=switches.one_user_and_their_processes(),
        breaks=verdict_in_time,
    ),
    Control(
        mitigation="signatures on what the judge says",
        case=FORGED,
        off=switches.all_of(switches.one_user_and_their_processes(), switches.believing_every_signature()),
        breaks=no_unearned_points,
    ),
    Control(
        mitigation="a read-only file system",
        case=case("G05", "writes result files"),
        off=host_arguments(
            read_only=False, tmpfs=lambda facts: {**facts["tmpfs"], "/out": "rw,size=1m,mode=1777"}
        ),
        breaks=as_the_table_says,
    ),
    Control(
        mitigation="the manifest as the denominator",
        case=case("G03", "exits with status 0 before"),
        off=switches.counting_only_what_ran(),
        breaks=no_unearned_points,
    ),
    Control(
        mitigation="points for explicit passes only",
        case=case("G54", "makes tests skip"),
        off=switches.believing_what_is_not_failed(),
        breaks=no_unearned_points,
    ),
    Control(
        mitigation="silence about hidden values",
        case=case("G17", "provokes a comparison"),
        off=judges_code(AS_IN_VISIBLE_TESTS),
        breaks=no_canary,
    ),
    Control(
        mitigation="silence about hidden requests",
        case=case("G17", "quotes a request in what is not HTTP"),
        off=judges_code(QUOTING_REQUESTS),
        breaks=no_canary,
    ),
    Control(
        mitigation="silence about the output under hidden tests",
        case=case("G14", "prints every hidden request"),
        off=switches.showing_the_log(),
        breaks=no_canary,
    ),
    Control(
        mitigation="a cap on answers",
        case=case("R25", "bombs by compression"),
        off=judges_code(WITHOUT_A_CAP),
        breaks=as_the_table_says,
    ),
    Control(
        mitigation="a time limit of each test",
        case=dataclasses.replace(
            case("R22", "never answers one request"), limits={"run_seconds": 5, "test_seconds": 5}
        ),
        off=judges_code(WITHOUT_A_TIMER),
        breaks=as_the_table_says,
    ),
    Control(
        mitigation="removal",
        case=case("R19", "leaves a daemon"),
        off=switches.without_removal(),
        breaks=nothing_left,
    ),
    Control(
        mitigation="an honest neighbour",
        case=case("G03", "exits with status 0 before", "javascript"),
        off=replaced(submitted, "reference", submitted.starter),
        breaks=neighbour_unharmed,
    ),
    Control(
        mitigation="the digests of what was graded",
        case=case("G03", "exits with status 0 before", "javascript"),
        off=switches.without_digests(),
        breaks=evidence_stored,
    ),
]


@pytest.mark.parametrize("control", CONTROLS, ids=str)
def test_the_check_fails_when_the_mitigation_is_off(arena, control):
    with switches.switched_off(control.off):
        trial = arena.run(control.case)
    arena.clean()
    if control.breaks is not verdict_in_time:
        assert not trial.trouble, "a failure of ours is not the attack's success"
    with pytest.raises((AssertionError, KeyError)):
        control.breaks(trial)


def test_forged_records_that_reach_the_worker_are_not_believed(arena):
    """The other half of the control of the signatures. They are the last wall, behind two others.

    As in that control, a process namespace and a user of its own are taken away, or no line of the program's
    would reach the judge's stream. So its lines arrive there, well formed and with the right numbers; nothing
    but the signature gives them away, and nothing counts then. This proves no more than that: who can read
    the judge's memory has the key, and against that no signature helps.
    """
    with switches.switched_off(switches.one_user_and_their_processes()):
        trial = arena.run(FORGED)
    arena.clean()
    assert "frame 1 is not authentic" in trial.trouble
    assert trial.grading.status == Grading.Status.QUEUED
    assert trial.outcomes == {}


def test_growth_beyond_a_tolerance_is_told():
    calm = Baseline(threads=9, files=20, memory_bytes=100 * MIB, disk_free_bytes=9000 * MIB)
    assert not dataclasses.replace(calm, files=30).excess(calm)
    grown = Baseline(threads=10, files=80, memory_bytes=300 * MIB, disk_free_bytes=2000 * MIB)
    assert [line.partition(":")[0] for line in grown.excess(calm)] == [
        "threads",
        "open files",
        "memory",
        "disk",
    ]

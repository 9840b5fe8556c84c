"""What grading makes of each thing a judge may say. The pods are scripted; nothing runs."""

from collections import defaultdict
from dataclasses import replace

import pytest

from grading import chances, session
from grading.challenge import Suite
from grading.chances import FirstRun
from grading.errors import PlatformError
from grading.judge.framing import Sealer, decode, encode
from grading.report import Outcome, Result, Verdict
from sandbox.errors import PodError
from sandbox.fake import Candidate, FakePod, FakePods
from sandbox.spec import Ended, Ending
from tests.grading.tiny import Grader, NoImages, outcomes, pack, with_build

PACK = pack("tiny-service")
IDS = [test.id for test in PACK.tests(Suite.HIDDEN)]
EXIT_3 = Ending(exit_code=3)
STARTED = {"type": "started"}
FINISHED = {"type": "finished"}


def result(test, outcome="passed"):
    return {
        "type": "result",
        "test": test,
        "outcome": outcome,
        "awarded": 1.0,
        "seconds": 0.1,
        "message": "",
        "detail": "",
    }


ALL_PASSED = [result(test) for test in IDS]


class Judge:
    """Says `said` after go, as sealed messages; an Ended happens. Then the trailer, when it is asked for."""

    def __init__(self, *said, count=None, spoil=lambda frame: frame):
        self._said, self._count, self._spoil = said, count, spoil
        self._is_ready = False

    def __call__(self, pod, line):
        if not self._is_ready:
            self._is_ready = True
            yield encode({"type": "ready"}).strip()
            return
        line = line.lstrip(b"\0")  # The end of the suite's tar.
        message = decode(line) if line.startswith(b'{"type"') else {}
        if message.get("type") == "go":
            self._sealer = Sealer(bytes.fromhex(message["key"]), pod.run_id)
            for said in self._said:
                yield from (said,) if isinstance(said, Ended) else self._sealed(said)
        if message.get("type") == "close":
            results = sum(isinstance(said, dict) and said["type"] == "result" for said in self._said)
            count = results if self._count is None else self._count
            yield from self._sealed({"type": "trailer", "count": count})

    def _sealed(self, message):
        for frame in self._sealer.seal(message):
            yield self._spoil(frame.strip())


def grade(judge, *candidates):
    pods = FakePods(judge, candidates=candidates)
    report = Grader(pods, NoImages()).reference(PACK)
    assert all(pod.closed for pod in pods.taken)
    return report


def test_full_score():
    report = grade(Judge(STARTED, *ALL_PASSED, FINISHED))
    assert (report.verdict, report.score) == (Verdict.GRADED, report.max_score)


def test_results_and_phases_are_told_as_they_come():
    results: list[Result] = []
    phases: list[str] = []
    pods = FakePods(Judge(STARTED, *ALL_PASSED, FINISHED))
    Grader(pods, NoImages()).reference(PACK, on_result=results.append, on_phase=phases.append)
    assert [item.id for item in results] == IDS
    assert phases == ["preparing", "running", "removing"]


def test_whoever_waits_is_asked_meanwhile_and_may_end_it(monkeypatch):
    monkeypatch.setattr(session, "WAIT_SECONDS", 0.01)
    results: list[Result] = []
    pods = FakePods(Judge(STARTED, ALL_PASSED[0]))

    def lose_patience():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Grader(pods, NoImages()).reference(PACK, on_result=results.append, on_wait=lose_patience)
    assert [item.id for item in results] == IDS[:1]
    assert pods.taken[0].closed


def test_candidate_gets_its_files_and_port_only_after_the_judge_is_ready():
    pods = FakePods(Judge(STARTED, *ALL_PASSED, FINISHED))
    Grader(pods, NoImages()).reference(PACK)
    [start] = pods.taken[0].starts
    assert set(start.files) == {"server.py"}
    assert start.environment["PORT"] == "8000"


FAILURES_OF_OURS = {
    "trailer is wrong": Judge(STARTED, *ALL_PASSED, FINISHED, count=1),
    "unknown or a second record for 'test_x.py": Judge(STARTED, result("test_x.py::y"), FINISHED),
    "unknown or a second record for 'test_adding.py": Judge(STARTED, ALL_PASSED[0], *ALL_PASSED, FINISHED),
    "'bonus', which is not in the protocol": Judge(STARTED, {"type": "bonus"}),
    "'shell', which is not in the protocol": Judge(STARTED, {"type": "request", "id": 1, "op": "shell"}),
    "frame 0 was expected": Judge(STARTED, spoil=lambda _frame: b'{"type": "finished"}'),
    "is not authentic": Judge(ALL_PASSED[0], spoil=lambda frame: frame.replace(b"passed", b"failed")),
    "judge ended early": Judge(STARTED, Ended(member="judge", ending=EXIT_3)),
}


@pytest.mark.parametrize("reason", FAILURES_OF_OURS)
def test_failure_of_ours_is_never_a_report(reason):
    with pytest.raises(PlatformError, match=reason):
        grade(FAILURES_OF_OURS[reason])


def test_engine_that_fails_is_a_failure_of_ours():
    with pytest.raises(PlatformError, match="no space for pods"):
        Grader(FakePods(error=PodError("no space for pods")), NoImages()).reference(PACK)


def test_judge_that_never_gets_ready_is_a_failure_of_ours():
    with pytest.raises(PlatformError):
        grade([[]])


def test_judge_that_gives_up_is_a_failure_of_ours():
    with pytest.raises(PlatformError, match="broken fixture"):
        grade([[encode({"type": "failed", "reason": "broken fixture"})]])


def test_program_that_ends_is_told_to_the_judge_and_named():
    rest = [result(test, "failed") for test in IDS[1:]]
    crash = Candidate(stderr=b"Traceback\n", ending=EXIT_3)
    report = grade(Judge(STARTED, ALL_PASSED[0], *rest, FINISHED), crash)
    assert report.verdict in (Verdict.START_FAILED, Verdict.RUNTIME_ERROR)
    assert "exit code 3" in report.message
    assert report.log == "Traceback\n"


def test_end_that_is_told_of_only_after_the_last_test_counts_as_well():
    """As on a machine that is too busy: the judge has seen it before the engine has."""
    said = [STARTED, ALL_PASSED[0], *[result(test, "failed") for test in IDS[1:]], FINISHED]
    report = grade(Judge(*said), Candidate(ending=EXIT_3, is_told=False))
    assert report.verdict is Verdict.RUNTIME_ERROR
    assert "exit code 3" in report.message
    assert Outcome.PASSED in outcomes(report).values()


def test_wrong_port_is_named():
    said = {"type": "not_started", "reason": "silent", "listeners": ["0.0.0.0:5000"], "detail": ""}
    report = grade(Judge(said, FINISHED))
    assert report.verdict is Verdict.START_FAILED
    assert report.message == "Your program listens on port 5000; the task asks for port 8000."
    assert set(outcomes(report).values()) == {Outcome.SKIPPED}


def test_wrong_address_is_named():
    said = {"type": "not_started", "reason": "silent", "listeners": ["[::1]:8000"], "detail": ""}
    assert "only on address [::1]" in grade(Judge(said, FINISHED)).message


DATABASE_ENDS = Ended(member="postgres", ending=Ending(exit_code=1))


STORES, SQL = pack("tiny-stores"), pack("tiny-sql")


def grade_with_database(*judges, challenge=STORES, candidates=()):
    """The report, and how many pods it took; each pod has the next judge, and all these candidates."""
    waiting = list(judges)
    scripts: defaultdict[str, Judge] = defaultdict(lambda: waiting.pop(0))
    pods = FakePods(lambda pod, line: scripts[pod.run_id](pod, line), candidates=candidates)
    report = Grader(pods, NoImages()).reference(challenge)
    return report, len(pods.taken)


def good_with_database():
    return Judge(STARTED, *[result(test.id) for test in STORES.tests(Suite.HIDDEN)], FINISHED)


def test_disrupted_service_is_given_a_second_run():
    report, pods = grade_with_database(Judge(STARTED, DATABASE_ENDS), good_with_database())
    assert (report.verdict, pods) == (Verdict.GRADED, 2)


def test_service_disrupted_twice_is_the_verdict():
    report, pods = grade_with_database(Judge(STARTED, DATABASE_ENDS), Judge(STARTED, DATABASE_ENDS))
    assert (report.verdict, report.score, pods) == (Verdict.SERVICE_DISRUPTED, 0, 2)


def test_database_that_the_submission_s_sql_ends_is_given_a_second_run_too():
    """Of kind sql there is no program, but a statement of theirs may take all of the server's memory."""
    ends = (Judge(STARTED, DATABASE_ENDS) for _ in range(2))
    report, pods = grade_with_database(*ends, challenge=SQL)
    assert (report.verdict, report.score, pods) == (Verdict.SERVICE_DISRUPTED, 0, 2)


def test_database_that_ends_before_there_is_a_submission_is_our_failure():
    with pytest.raises(PlatformError, match="postgres ended early"):
        grade_with_database(lambda *_: (DATABASE_ENDS,), challenge=SQL)


NO_HTTP = {"type": "not_started", "reason": "not_http", "listeners": [], "detail": ""}


@pytest.mark.parametrize("blamed", [NO_HTTP, {"type": "finished", "broken": "No protocol."}])
def test_service_whose_end_is_told_of_after_the_program_s_fault_is_given_a_second_run(blamed):
    report, pods = grade_with_database(Judge(blamed, DATABASE_ENDS), good_with_database())
    assert (report.verdict, pods) == (Verdict.GRADED, 2)


def test_service_whose_end_is_told_of_after_a_failed_build_is_given_a_second_run(monkeypatch):
    """Here the second build fails as well, and counts."""
    ends = [DATABASE_ENDS]
    start = FakePod.start_candidate

    def start_and_end_the_database(pod, *arguments, **options):
        start(pod, *arguments, **options)
        for event in ends:
            pod.end(event.member, event.ending)
        ends.clear()

    monkeypatch.setattr(FakePod, "start_candidate", start_and_end_the_database)
    report, pods = grade_with_database(
        Judge(), Judge(), challenge=with_build(STORES, "make"), candidates=[Candidate(ending=EXIT_3)]
    )
    assert (report.verdict, pods) == (Verdict.BUILD_FAILED, 2)


KILLED_BY_OTHERS = Candidate(stderr=b"", ending=Ending(exit_code=137))
SILENT = {"type": "not_started", "reason": "silent", "listeners": [], "detail": ""}


class InTurn:
    """Each pod from the next source."""

    def __init__(self, *sources):
        self.left = list(sources)

    def take(self, spec):
        return self.left.pop(0).take(spec)


def grade_in_turn(*sources):
    pods = InTurn(*sources)
    report = Grader(pods, NoImages()).reference(PACK)
    assert not pods.left
    return report


def good():
    return FakePods(Judge(STARTED, *ALL_PASSED, FINISHED))


def killed():
    rest = [result(test, "failed") for test in IDS[1:]]
    return FakePods(Judge(STARTED, ALL_PASSED[0], *rest, FINISHED), candidates=[KILLED_BY_OTHERS])


def late():
    return FakePods(Judge(SILENT, FINISHED))


def test_program_that_others_killed_is_given_a_second_run():
    report = grade_in_turn(killed(), good())
    assert (report.verdict, report.score) == (Verdict.GRADED, report.max_score)


def by_id(report):
    return {one.id: one.outcome for one in report.results}


def ended_after(*results, ending=KILLED_BY_OTHERS.ending):
    """A judge under whose last test the program ends."""
    return FakePods(Judge(STARTED, *results, Ended(member="candidate", ending=ending), FINISHED))


def test_a_program_cannot_have_a_bad_run_thrown_away():
    """Killed by nobody we know of, which it may have done itself: what had failed stays failed."""
    first = [result(IDS[0], "failed"), ALL_PASSED[1], result(IDS[2], "failed")]
    report = grade_in_turn(ended_after(*first), good())
    assert by_id(report) == {IDS[0]: Outcome.FAILED} | dict.fromkeys(IDS[1:], Outcome.PASSED)
    assert report.score == report.max_score - PACK.tests(Suite.HIDDEN)[0].points


def test_a_pass_of_the_first_run_is_none_of_the_second():
    rest = [result(test, "failed") for test in IDS[1:]]
    report = grade_in_turn(
        ended_after(*ALL_PASSED[:2]), FakePods(Judge(STARTED, ALL_PASSED[0], *rest, FINISHED))
    )
    assert by_id(report) == {IDS[0]: Outcome.PASSED} | dict.fromkeys(IDS[1:], Outcome.FAILED)


def test_a_share_that_the_first_run_gave_is_not_more_in_the_second():
    report = grade_in_turn(
        ended_after({**ALL_PASSED[0], "awarded": 0.5}, ALL_PASSED[1], result(IDS[2], "failed")), good()
    )
    assert report.score == report.max_score - PACK.tests(Suite.HIDDEN)[0].points / 2


def test_tests_that_fail_because_a_service_has_gone_are_open_again():
    tests = [test.id for test in STORES.tests(Suite.HIDDEN)]
    said = [STARTED, *[result(test, "error") for test in tests], DATABASE_ENDS]
    report, pods = grade_with_database(Judge(*said), good_with_database())
    assert (report.verdict, report.score, pods) == (Verdict.GRADED, report.max_score, 2)


def test_tests_that_failed_a_while_before_a_service_has_gone_stay_failed(monkeypatch):
    monkeypatch.setattr(chances, "DISTURBED_SECONDS", -1.0)
    tests = [test.id for test in STORES.tests(Suite.HIDDEN)]
    said = [STARTED, *[result(test, "error") for test in tests], DATABASE_ENDS]
    report, _ = grade_with_database(Judge(*said), good_with_database())
    failed = [test for test, outcome in by_id(report).items() if outcome is not Outcome.PASSED]
    assert failed == tests[:-1]


@pytest.mark.parametrize("source", [killed, late], ids=["killed", "late"])
def test_with_a_first_run_behind_it_there_is_no_other(source):
    pods = InTurn(source())
    again: list[FirstRun] = []
    report = Grader(pods, NoImages()).reference(PACK, first_run=FirstRun(), on_second_run=again.append)
    assert report.verdict in (Verdict.START_FAILED, Verdict.RUNTIME_ERROR)
    assert (again, pods.left) == ([], [])


def test_what_an_earlier_claim_denied_stays_denied():
    [first, *_] = good_report().results
    lost = replace(first, outcome=Outcome.FAILED, points=0.0, message="before")
    report = Grader(good(), NoImages()).reference(
        PACK, first_run=FirstRun(is_ours=False, denied={first.id: lost})
    )
    assert report.results[0] == lost
    assert report.score == report.max_score - first.max_points


def good_report():
    return Grader(good(), NoImages()).reference(PACK)


def test_who_refuses_the_second_run_ends_the_grading():
    class Refused(Exception):  # noqa: N818 - it is an answer.
        pass

    def refuse(_):
        raise Refused

    pods = InTurn(killed())
    with pytest.raises(Refused):
        Grader(pods, NoImages()).reference(PACK, on_second_run=refuse)


def test_program_that_is_killed_twice_has_done_it_itself():
    report = grade_in_turn(killed(), killed())
    assert report.verdict in (Verdict.START_FAILED, Verdict.RUNTIME_ERROR)
    assert "SIGKILL" in report.message


def test_program_that_never_starts_is_told_of_a_limit_that_it_wrote_of():
    crowded = Candidate(stderr=b"RuntimeError: can't start new thread")
    late = [FakePods(Judge(SILENT, FINISHED), candidates=[crowded]) for _ in range(2)]
    report = grade_in_turn(*late)
    assert report.verdict is Verdict.START_FAILED
    assert "could start no more processes or threads" in report.message


def test_program_that_is_late_on_a_busy_machine_is_given_a_second_run():
    assert grade_in_turn(late(), good()).verdict is Verdict.GRADED


def test_program_that_is_never_there_is_told_so_after_the_second_run():
    assert grade_in_turn(late(), late()).verdict is Verdict.START_FAILED


RUN = {
    "type": "request",
    "id": 1,
    "op": "run",
    "arguments": [],
    "stdin": "",
    "files": {},
    "timeout_seconds": 5.0,
}


@pytest.mark.parametrize(("results_before", "spares"), [(0, 1), (-1, 0)])
def test_program_has_a_container_ready_for_the_next_run_unless_it_is_the_last(results_before, spares):
    program = pack("tiny-program")
    results = [result(test.id) for test in program.tests(Suite.HIDDEN)]
    before = results[:results_before]
    pods = FakePods(
        Judge(STARTED, *before, RUN, *results[len(before) :], FINISHED),
        candidates=[Candidate(stdout=b"1\n", ending=Ending(exit_code=0))],
    )
    Grader(pods, NoImages()).reference(program)
    assert (len(pods.taken[0].starts), pods.taken[0].spares) == (1, spares)


@pytest.mark.parametrize(("suite", "spares"), [(Suite.HIDDEN, 1), (Suite.VISIBLE, 0)])
def test_service_has_a_container_ready_only_for_a_suite_that_restarts_it(suite, spares):
    results = [result(test.id) for test in PACK.tests(suite)]
    pods = FakePods(Judge(STARTED, *results, FINISHED))
    Grader(pods, NoImages()).reference(PACK, suite=suite)
    assert pods.taken[0].spares == spares

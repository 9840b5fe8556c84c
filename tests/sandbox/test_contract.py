"""What callers rely on, of the fake and of the real pods alike."""

import time

import pytest

from sandbox.contract import PodSource
from sandbox.errors import PodError
from sandbox.fake import Candidate, FakePod, FakePods, Said
from sandbox.pod import Pods
from sandbox.spec import Ended, Ending, Line, PodSpec, Role
from tests.sandbox.conftest import PATIENCE_SECONDS, container

MORTAL_ECHO = (
    "import sys\nfor line in sys.stdin:\n    if line == 'die\\n': break\n    print(line.strip(), flush=True)"
)
GREETING_ECHO = f"print('hello', flush=True)\n{MORTAL_ECHO}"
CANDIDATE = "import sys; print(open('name').read()); print(sys.stdin.read(), file=sys.stderr); sys.exit(3)"

Case = tuple[PodSource, PodSpec]


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.docker)])
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "fake":
        return fake(), spec("sha256:none")
    pods: Pods = request.getfixturevalue("pods")
    return pods, spec(request.getfixturevalue("python_image"))


def fake() -> FakePods:
    ending = Ending(exit_code=3)
    candidates = [Candidate(stdout=b"Ada\n", stderr=b"in\n", ending=ending), Candidate()]

    def judge(_pod: FakePod, line: bytes) -> list[Said]:
        return (
            [Ended(member="judge", ending=Ending(exit_code=0))]
            if line == b"die"
            else [line.decode() or "hello"]
        )

    return FakePods(judge, candidates)


def spec(image: str) -> PodSpec:
    return PodSpec(
        judge=container("judge", Role.JUDGE, image, GREETING_ECHO),
        candidate=container("candidate", Role.CANDIDATE, image, CANDIDATE),
        seconds=PATIENCE_SECONDS,
    )


def test_the_judge_speaks_and_answers_line_by_line(case: Case):
    pods, wanted = case
    with pods.take(wanted) as pod:
        assert pod.next_event(PATIENCE_SECONDS) == Line(member="judge", data=b"hello")
        pod.write("judge", b"one\n")
        assert pod.next_event(PATIENCE_SECONDS) == Line(member="judge", data=b"one")
        assert pod.output("judge").stdout == b"hello\none\n"


def test_a_candidate_gets_its_files_and_its_input_and_its_end_is_told(case: Case):
    pods, wanted = case
    with pods.take(wanted) as pod:
        pod.next_event(PATIENCE_SECONDS)
        pod.start_candidate({"name": b"Ada"}, stdin=b"in")
        event = pod.next_event(PATIENCE_SECONDS)
        assert isinstance(event, Ended)
        assert (event.member, event.ending.exit_code, event.ending.killed_by_us) == ("candidate", 3, False)
        assert (pod.output("candidate").stdout, pod.output("candidate").stderr) == (b"Ada\n", b"in\n")


def test_an_ending_that_was_collected_is_not_told_again(case: Case):
    pods, wanted = case
    with pods.take(wanted) as pod:
        pod.next_event(PATIENCE_SECONDS)
        pod.start_candidate({"name": b"Ada"}, stdin=b"in")
        assert pod.kill_candidate() is not None
        pod.write("judge", b"next\n")
        assert pod.next_event(PATIENCE_SECONDS) == Line(member="judge", data=b"next")


def test_a_running_candidate_can_be_killed_and_replaced(case: Case):
    pods, wanted = case
    forever = ("python3", "-c", "import time; time.sleep(1000)")
    with pods.take(wanted) as pod:
        pod.start_candidate({"name": b"Ada"}, stdin=b"in")
        pod.start_candidate({}, command=forever)
        ending = pod.kill_candidate()
        assert ending == Ending(exit_code=137, killed_by_us=True)
        assert pod.kill_candidate() is None


def test_a_dismissed_candidate_ends_beside_what_comes_next(case: Case):
    pods, wanted = case
    with pods.take(wanted) as pod:
        pod.next_event(PATIENCE_SECONDS)
        pod.dismiss_candidate()  # There is none.
        pod.start_candidate({"name": b"Ada"}, stdin=b"in")
        pod.dismiss_candidate()
        pod.dismiss_candidate()
        pod.write("judge", b"one\n")
        assert pod.next_event(PATIENCE_SECONDS) == Line(member="judge", data=b"one")
        pod.discard_candidate()
        assert pod.kill_candidate() is None
        pod.start_candidate({"name": b"Ada"})
        assert pod.kill_candidate() is not None


def test_of_a_dismissed_candidate_nobody_learns_how_it_ended(case: Case):
    pods, wanted = case
    with pods.take(wanted) as pod:
        pod.start_candidate({"name": b"Ada"}, stdin=b"in")
        pod.dismiss_candidate()
        assert pod.kill_candidate() is None
        pod.start_candidate({"name": b"Ada"})
        pod.discard_candidate()


def test_what_is_not_there_cannot_be_written_to(case: Case):
    pods, wanted = case
    with pods.take(wanted) as pod:
        with pytest.raises(PodError):
            pod.write("candidate", b"x")
        with pytest.raises(PodError):
            pod.output("nobody")


def test_a_pod_without_candidate_starts_none(case: Case):
    pods, wanted = case
    with pods.take(PodSpec(judge=wanted.judge)) as pod, pytest.raises(PodError):
        pod.start_candidate({})


def test_times_of_starting_and_a_run_id_are_told(case: Case):
    pods, wanted = case
    with pods.take(wanted) as pod:
        assert len(pod.run_id) == 32
        assert set(pod.started) == {"judge"}
        pod.start_candidate({})
        assert pod.started["candidate"] >= pod.started["judge"]


def test_the_fake_remembers_what_it_was_asked():
    pods = fake()
    with pods.take(spec("sha256:none")) as pod:
        pod.start_candidate({"a": b"1"}, environment={"PORT": "1"})
    assert pods.taken[0].starts[0].environment == {"PORT": "1"}
    assert pods.taken[0].closed


def test_the_fake_can_play_a_list_of_answers():
    pods = FakePods([["ready"], ["one", b"two"]])
    with pods.take(spec("sha256:none")) as pod:
        pod.write("judge", b"go\n")
        said = [pod.next_event(0) for _ in range(4)]
    assert [event.data if isinstance(event, Line) else event for event in said] == [
        b"ready",
        b"one",
        b"two",
        None,
    ]


def test_the_fake_can_fail_like_an_engine():
    with pytest.raises(PodError), FakePods(error=PodError("no engine")).take(spec("sha256:none")):
        pass


def test_a_spare_serves_one_start_and_is_told_of_like_any_other(case: Case):
    pods, wanted = case
    with pods.take(wanted) as pod:
        pod.next_event(PATIENCE_SECONDS)
        pod.spare_candidate(wait=True)
        pod.spare_candidate()
        assert pod.is_fit()
        assert set(pod.started) == {"judge"}
        pod.start_candidate({"name": b"Ada"}, stdin=b"in")
        event = pod.next_event(PATIENCE_SECONDS)
        assert isinstance(event, Ended)
        assert (event.member, event.ending.exit_code) == ("candidate", 3)
        assert (pod.output("candidate").stdout, pod.output("candidate").stderr) == (b"Ada\n", b"in\n")


def test_a_pod_whose_judge_has_ended_is_not_fit(case: Case):
    pods, wanted = case
    with pods.take(wanted) as pod:
        assert pod.next_event(PATIENCE_SECONDS) == Line(member="judge", data=b"hello")
        assert pod.is_fit()
        pod.write("judge", b"die\n")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while pod.is_fit() and time.monotonic() < deadline:
            time.sleep(0.001)
        assert not pod.is_fit()
        assert isinstance(pod.next_event(PATIENCE_SECONDS), Ended)


def test_a_pod_without_candidate_has_no_spare(case: Case):
    pods, wanted = case
    with pods.take(PodSpec(judge=wanted.judge)) as pod, pytest.raises(PodError):
        pod.spare_candidate(wait=True)

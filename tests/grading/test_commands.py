"""`manage.py grade` and `pack`, as a terminal sees them: what they print and the exit status. Gradings are
played by a function.
"""

import json
import sys

import pytest

from grading import packs, terminal, worker
from grading.errors import Fault, FaultyPackError, PlatformError
from grading.management.commands import grade as grade_command
from grading.management.commands import pack as pack_command
from grading.report import Outcome, Report, Result, Verdict
from sandbox.errors import EngineUnavailableError, ImageError
from tests.grading import packfolder
from tests.grading.commandline import run
from tests.grading.packfolder import CHALLENGE

KEYS = ["verdict", "message", "score", "max_score", "skills", "tests", "phases", "digests"]
TEST_KEYS = ["id", "title", "outcome", "points", "max_points", "skill", "seconds", "message", "detail"]


def report(score=4.0, verdict=Verdict.GRADED):
    results = (
        result(Outcome.PASSED, 3.0, ""),
        result(Outcome.FAILED, 0.0, "expected A\nbut got a", id="test_shout.py::test_empty", max_points=1.0),
    )
    return Report(
        verdict=verdict,
        message="Every test was decided.",
        results=results,
        score=score,
        max_score=4.0,
        skills={"text-processing": (3.0, 3.0)},
        phases={"queued": 0.0, "ready": 1.25, "run": 2.0, "removed": 2.5},
        digests={"pack": "abc"},
        log="secret log",
    )


def result(outcome, points, message, **more):
    values = {"id": "test_shout.py::test_upper", "max_points": 3.0, **more}
    return Result(
        title="Letters come back",
        outcome=outcome,
        points=points,
        skill="text-processing",
        seconds=0.5,
        message=message,
        detail="Traceback",
        **values,
    )


@pytest.fixture(autouse=True)
def workshop(monkeypatch):
    made = worker.Workshop(engine=object(), pods=object(), images=object())  # type: ignore[arg-type]
    monkeypatch.setattr(worker, "workshop", lambda: made)


@pytest.fixture
def play(monkeypatch):
    """Plays every grading with this report or error; gives the list of their arguments."""
    calls = []

    def play(outcome):
        def grade(challenge, files, **options):
            calls.append((challenge, dict(files), options))
            if isinstance(outcome, Exception):
                raise outcome
            if "on_phase" in options:
                options["on_phase"]("running")
                options["on_result"](outcome.results[0])
            return outcome

        monkeypatch.setattr(grade_command, "grade", grade)
        monkeypatch.setattr(pack_command, "grade", grade)
        return calls

    return play


@pytest.fixture
def pack(tmp_path):
    return packfolder.write(tmp_path)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "main.py").write_text("print()\n")
    return folder


def test_a_full_score_is_status_0_with_progress_and_a_table(pack, folder, play):
    calls = play(report())
    status, out, err = run("grade", pack, folder)
    assert status == 0
    assert err.splitlines() == ["running ...", "passed   Letters come back (0.50 s)"]
    assert "failed         0/1  Letters come back  text-processing" in out
    assert "but got a" in out
    assert "Score 4 of 4." in out
    assert "| Traceback" in out  # What staff may read: an author sees why.
    assert (calls[0][1], calls[0][2]["language"], calls[0][2]["suite"].value) == (
        {"main.py": b"print()\n"},
        "python",
        "hidden",
    )


@pytest.mark.parametrize("verdict", [Verdict.START_FAILED, Verdict.RUNTIME_ERROR, Verdict.GRADED])
def test_what_the_program_wrote_is_shown_where_it_is_all_that_tells_why(pack, folder, play, verdict):
    play(report(0.0, verdict))
    _, out, err = run("grade", pack, folder)
    assert ("What the program wrote:\nsecret log" in err) is (verdict is not Verdict.GRADED)
    assert "secret log" not in out


def test_less_is_status_1(pack, folder, play):
    play(report(3.5))
    assert run("grade", pack, folder)[0] == 1


def test_json_holds_what_is_promised_and_nothing_else(pack, folder, play):
    play(report(3.0))
    status, out, _ = run("grade", pack, folder, "--json", "--suite", "visible")
    found = json.loads(out)
    assert status == 1
    assert list(found) == KEYS
    assert list(found["tests"][0]) == TEST_KEYS
    assert found["skills"] == {"text-processing": {"score": 3.0, "max_score": 3.0}}
    assert list(found["phases"]) == ["queued", "ready", "run", "removed"]


def test_rejected_files_are_status_2_and_still_a_report(pack, folder, play):
    play(report(0.0, Verdict.REJECTED_UPLOAD))
    status, out, _ = run("grade", pack, folder, "--json")
    assert (status, json.loads(out)["verdict"]) == (2, "rejected_upload")


@pytest.mark.parametrize("error", [PlatformError("no pod"), ImageError("no image")])
def test_a_failure_of_the_platform_is_status_3(pack, folder, play, error):
    play(error)
    status, out, err = run("grade", pack, folder)
    assert (status, out) == (3, "")
    assert str(error) in err


def test_a_missing_engine_is_status_3(pack, folder, monkeypatch):
    def refuse():
        raise EngineUnavailableError("no engine answers")

    monkeypatch.setattr(worker, "workshop", refuse)
    status, _, err = run("grade", pack, folder)
    assert (status, "no engine answers" in err) == (3, True)


def test_a_pack_may_be_an_archive(tmp_path, pack, folder, play):
    play(report())
    archive = tmp_path / "other.tar"
    archive.write_bytes(packs.to_tar(packs.load(pack)))
    assert run("grade", archive, folder)[0] == 0


def test_a_pack_may_be_named_by_its_place_in_the_catalogue(tmp_path, pack, folder, play, monkeypatch):
    monkeypatch.setattr(terminal, "catalogue", lambda: tmp_path)
    monkeypatch.chdir(folder)
    play(report())
    assert run("grade", "shout", folder)[0] == 0


def test_an_unknown_pack_is_status_2_and_names_the_catalogue(folder, tmp_path, pack, monkeypatch):
    monkeypatch.setattr(terminal, "catalogue", lambda: tmp_path)
    status, _, err = run("grade", "nothing", folder)
    assert (status, "no pack 'nothing'" in err, "shout" in err) == (2, True, True)


def test_a_faulty_pack_is_status_2_with_its_faults(pack, folder):
    (pack / "statement.md").unlink()
    status, _, err = run("grade", pack, folder)
    assert (status, "statement.md: the file is missing" in err) == (2, True)


def test_a_folder_that_is_missing_or_holds_a_link_is_status_2(pack, folder):
    assert run("grade", pack, folder / "none")[0] == 2
    (folder / "evil.py").symlink_to("/etc/passwd")
    status, _, err = run("grade", pack, folder)
    assert (status, "evil.py is a link" in err) == (2, True)


def test_the_language_must_be_clear(pack, folder, play):
    calls = play(report())
    (folder / "main.js").write_text("")
    status, _, err = run("grade", pack, folder)
    assert (status, "--language python or --language javascript" in err) == (2, True)
    assert run("grade", pack, folder, "--language", "javascript")[0] == 0
    assert calls[0][2]["language"] == "javascript"
    assert run("grade", pack, folder, "--language", "go")[0] == 2


def test_a_wrong_call_is_status_2(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["manage.py"])
    assert run("grade")[0] in {1, 2}


def test_check_says_that_a_good_pack_is_good(pack):
    status, out, _ = run("pack", "check", pack)
    assert status == 0
    assert "no fault. Shout: 2 visible, 2 hidden tests, 1 flawed solutions." in out


def test_check_names_each_fault_with_file_and_line(pack):
    (pack / "challenge.toml").write_bytes(CHALLENGE.replace(b"minutes = 10", b"minutes = 1"))
    (pack / "statement.md").unlink()
    status, out, err = run("pack", "check", pack)
    assert status == 1
    assert out.splitlines() == [
        f"{pack}/challenge.toml:6: 'minutes' must be a whole number from 5 to 480",
        f"{pack}/statement.md: the file is missing",
    ]
    assert "2 faults" in err


def test_check_of_a_broken_archive_is_one_fault(tmp_path):
    path = tmp_path / "broken.zip"
    path.write_bytes(b"PK\x03\x04 broken")
    status, out, _ = run("pack", "check", path)
    assert (status, "not a readable zip archive" in out) == (1, True)


def test_check_of_nothing_is_status_2(tmp_path):
    assert run("pack", "check", tmp_path / "none")[0] == 2


def test_prove_tells_each_trial_and_fails_if_one_does(pack, play):
    calls = play(report())
    status, out, _ = run("pack", "prove", pack, "--repeat", "2")
    assert status == 1
    assert "FAIL  100 %  flawed, lower" in out
    assert "FAIL   75 %  liar" not in out
    assert out.splitlines()[-1].startswith("shout is not fit: ")
    liars = 5
    assert len(calls) == 2 * (1 + 2 + 1 + 1) + 1 + liars


def test_prove_as_json_tells_everything(pack, play):
    play(report(3.0))
    status, out, _ = run("pack", "prove", pack, "--json")
    told = json.loads(out)
    assert (status, told["fit"]) == (1, False)
    reference = told["trials"][0]
    assert (reference["name"], reference["passed"]) == ("reference, python, visible tests", False)
    assert reference["faults"][0]["detail"].startswith("Traceback")


def test_a_faulty_pack_is_named_as_such_and_not_as_the_platform(pack, folder, play):
    fault = Fault("tests/hidden/test_shout.py", 3, "ModuleNotFoundError: No module named 'nothing'")
    play(FaultyPackError([fault]))
    for command in (("grade", pack, folder), ("pack", "prove", pack)):
        status, _, err = run(*command)
        assert status == 2
        assert "The challenge itself is at fault" in err
        assert str(fault) in err
        assert "platform" not in err


def test_prove_of_a_platform_that_fails_is_status_3(pack, play):
    play(PlatformError("no pod"))
    assert run("pack", "prove", pack)[0] == 3


def test_the_commands_need_no_database(pack, folder, play, django_db_blocker):
    play(report())
    with django_db_blocker.block():
        assert run("grade", pack, folder)[0] == 0
        assert run("pack", "check", pack)[0] == 0

"""What holds after every attack, whatever it was. Each check takes a `Trial` and raises AssertionError."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping

from django.utils.html import escape

from grading.models import Grading
from grading.report import SENTENCES, Outcome, Verdict
from tests.abuse.harness import Trial

GRACE_SECONDS = 90.0
"""On top of what the pack allows: services, containers and a busy machine."""

Check = Callable[[Trial], None]


def verdict_in_time(trial: Trial) -> None:
    """I1: a final verdict, and one sentence that a person understands, within deadline and grace."""
    assert not trial.trouble, f"{trial.case} is taken for our fault: {trial.trouble}"
    grading = trial.grading
    assert grading.status == Grading.Status.FINISHED
    assert grading.verdict in {verdict.value for verdict in Verdict}
    assert trial.seconds < trial.pack.service.start_seconds + trial.pack.limits.run_seconds + GRACE_SECONDS
    assert re.fullmatch(r"[A-Z][^\n]{10,300}\.", grading.message), grading.message


def no_unearned_points(trial: Trial) -> None:
    """I2: points only for what the program really does."""
    earned = {name for name, outcome in trial.outcomes.items() if outcome is Outcome.PASSED}
    real = earned if trial.case.passes is None else trial.case.passes | trial.case.chance
    tests = {test.id.rpartition("::")[2]: test.points for test in trial.pack.tests(trial.case.suite)}
    assert earned <= real
    assert trial.grading.score <= sum(tests[name] for name in real)
    assert trial.grading.max_score == sum(tests.values())
    assert set(trial.outcomes) == set(tests), "the manifest decides which tests there are"


def no_canary(trial: Trial) -> None:
    """I3: no secret in what the candidate can read, nor any of the platform's in what their program wrote."""
    assert trial.canaries.secrets, "the run's key was not overheard, so nothing was looked for"
    for address, text in trial.surface.items():
        assert text.startswith(("200\n", "404\n", "302\n")), f"{address}: {text[:300]}"
        found = [word for word in trial.canaries.of_the_author() if word in text]
        assert not found, f"{address} shows {found}"
    for word in trial.canaries.of_the_platform():
        assert word not in trial.grading.log


def nothing_left(trial: Trial) -> None:
    """I4: no container, volume, process, mount or file of the trial's pods."""
    assert trial.left.users >= 2, "no pod was made, so nothing was looked for"
    assert not trial.left.any()


def neighbour_unharmed(trial: Trial) -> None:
    """I5: an honest submission beside it, and after the trial before, gets its 100 %."""
    where = f"beside {trial.case}, after {trial.previous}"
    assert not isinstance(trial.neighbour, str), f"{where}: {trial.neighbour}"
    assert trial.neighbour.verdict is Verdict.GRADED, f"{where}: {trial.neighbour}"
    assert trial.neighbour.score == trial.neighbour.max_score > 0, f"{where}: {trial.neighbour}"


def evidence_stored(trial: Trial) -> None:
    """I6: what was graded, on what, with which limits: enough to grade it again."""
    grading = trial.grading
    canonical = json.dumps(grading.snapshot.files, sort_keys=True, ensure_ascii=False)
    assert hashlib.sha256(canonical.encode()).hexdigest() == grading.snapshot.digest
    assert set(grading.snapshot.files) == set(trial.case.files)
    assert grading.pack.digest == trial.pack.digest == grading.digests["pack"]
    images = {"judge", "candidate", *trial.pack.services}
    assert all(grading.digests[name].startswith("sha256:") for name in images)
    assert re.fullmatch("[0-9a-f]{64}", grading.digests["suite"])
    assert grading.seed is not None
    assert grading.limits == vars(trial.pack.limits)


def host_as_before(trial: Trial) -> None:
    """I7: neither this process, nor the engine, nor the disk kept anything of it."""
    excess = trial.after.excess(trial.before)
    assert not excess, excess


INVARIANTS: Mapping[str, Check] = {
    "I1": verdict_in_time,
    "I2": no_unearned_points,
    "I3": no_canary,
    "I4": nothing_left,
    "I5": neighbour_unharmed,
    "I6": evidence_stored,
    "I7": host_as_before,
}


def as_the_table_says(trial: Trial) -> None:
    """The exact verdict, sentence, outcomes and score of the case."""
    case, grading = trial.case, trial.grading
    told = f"{grading.verdict} ({grading.message}) {trial.trouble} {trial.outcomes}\n{grading.log[-1500:]}"
    assert grading.verdict == case.verdict.value, told
    assert (case.says or SENTENCES[case.verdict]) in grading.message, told
    tests = {test.id.rpartition("::")[2]: test.points for test in trial.pack.tests(case.suite)}
    passes = frozenset(tests) if case.passes is None else case.passes
    earned = {name for name, outcome in trial.outcomes.items() if outcome is Outcome.PASSED}
    assert passes <= earned <= passes | case.chance, told
    assert grading.score == sum(tests[name] for name in earned), told
    for name, outcome in case.outcomes.items():
        assert trial.outcomes[name] is outcome, told
    assert trial.canaries.fill(case.logs) in grading.log, told
    is_shown = escape(case.shows) in trial.surface["results"]
    for_staff = "\n".join(f"{result.message}\n{result.detail}" for result in grading.results.all())
    assert is_shown or case.shows in for_staff, f"{case.shows!r} is not shown: {told}\n{for_staff}"

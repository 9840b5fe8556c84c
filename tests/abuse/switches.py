"""Mitigations, and how each is switched off for one trial: a check that cannot fail proves nothing.

Only for the attacks of this folder, which bound themselves. Nothing outside a trial is weakened.
"""

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest

from assessments.candidate import feedback
from assessments.candidate.feedback import GradingFeedback, TestLine
from grading import scoring
from grading.challenge import ChallengePack, TestCase
from grading.grade import grade
from grading.judge import framing
from grading.report import Outcome, Report, Result
from grading.scoring import Record
from sandbox import hardening, member
from sandbox import pod as sandbox_pod
from sandbox.engine import Engine
from sandbox.spec import ContainerSpec, Role
from tests.abuse import harness, targets
from tests.abuse.invariants import Check

Switch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, kw_only=True)
class Control:
    """What must break when a mitigation is off."""

    mitigation: str
    case: harness.Case
    off: Switch
    breaks: Check

    def __str__(self) -> str:
        return f"without-{self.mitigation.replace(' ', '-')}"


@contextmanager
def switched_off(switch: Switch) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        switch(patch)
        yield


def replaced(owner: object, name: str, other: object) -> Switch:
    """Something of ours is another thing."""
    return lambda patch: patch.setattr(owner, name, other)


def all_of(*switches: Switch) -> Switch:
    def off(patch: pytest.MonkeyPatch) -> None:
        for switch in switches:
            switch(patch)

    return off


def host_arguments(**changes: Any) -> Switch:
    """The candidate's container is made with other arguments of the engine.

    A change that can be called gets the arguments as they are, and `holder`, and returns the new value.
    """

    def weakened(spec: ContainerSpec, run: hardening.Run, *, holder: str | None) -> dict[str, Any]:
        made = hardening.host_arguments(spec, run, holder=holder)
        if spec.role is not Role.CANDIDATE:
            return made
        facts = {**made, "holder": holder}
        return made | {name: new(facts) if callable(new) else new for name, new in changes.items()}

    return replaced(member, "host_arguments", weakened)


def large_tmpfs(made: dict[str, Any]) -> dict[str, str]:
    """64 MiB and 100000 files."""
    return {
        path: ",".join(_wider(option) for option in options.split(","))
        for path, options in made["tmpfs"].items()
    }


def _wider(option: str) -> str:
    name, _, _ = option.partition("=")
    return {"size": "size=67108864", "nr_inodes": "nr_inodes=100000"}.get(name, option)


def endless_output() -> Switch:
    accept = member.Member._accept

    def accept_all(one: member.Member, number: int, data: bytes) -> bool:
        return accept(one, number, data) or one.spec.role is Role.CANDIDATE

    return replaced(member.Member, "_accept", accept_all)


def one_user_and_their_processes() -> Switch:
    """Every member of every pod runs as the same user, and the candidate's sees the judge's processes."""
    user = min(hardening.allocate_uids(["all"]).values())

    def same(run: hardening.Run) -> hardening.Run:
        return replace(run, uids=dict.fromkeys(run.uids, user))

    def create_arguments(spec: ContainerSpec, run: hardening.Run, *, holder: str | None) -> dict[str, Any]:
        return hardening.create_arguments(spec, same(run), holder=holder)

    def weakened(spec: ContainerSpec, run: hardening.Run, *, holder: str | None) -> dict[str, Any]:
        made = hardening.host_arguments(spec, same(run), holder=holder)
        shared = {"init": False, "pid_mode": f"container:{holder}"}
        return made | shared if spec.role is Role.CANDIDATE else made

    return all_of(
        replaced(member, "create_arguments", create_arguments), replaced(member, "host_arguments", weakened)
    )


def judges_code(code: str) -> Switch:
    """This runs in the judge before its tests, as a conftest.py of the pack."""
    load = targets.load

    def with_conftest(*arguments: Any) -> ChallengePack:
        return targets.changed(load(*arguments), {"tests/hidden/conftest.py": code.encode()})

    return replaced(targets, "load", with_conftest)


def believing_every_signature() -> Switch:
    """The worker takes any frame with the next number for the judge's."""
    credulous = SimpleNamespace(new=hmac.new, compare_digest=lambda *_: True)
    return replaced(framing, "hmac", credulous)


def believing_what_is_not_failed() -> Switch:
    """Points for everything but an explicit failure, as where an exit code of 0 is a pass."""
    decide = scoring.decide

    def believe(test: TestCase, record: Record | None) -> Result:
        lenient = record or Record(test=test.id, outcome=Outcome.PASSED)
        if lenient.outcome is not Outcome.FAILED:
            lenient = replace(lenient, outcome=Outcome.PASSED)
        return decide(test, lenient)

    return replaced(scoring, "decide", believe)


def counting_only_what_ran() -> Switch:
    """The denominator is what was run, not what the manifest says."""
    decide = scoring.decide

    def forget(test: TestCase, record: Record | None) -> Result:
        return decide(test, record) if record else replace(decide(test, record), max_points=0.0)

    return replaced(scoring, "decide", forget)


def showing_the_log() -> Switch:
    """Candidates see what their program wrote under the hidden tests."""
    told = feedback.of_submission

    def talkative(submission: Any, *arguments: Any) -> GradingFeedback:
        line = TestLine(title="Output", outcome="passed", message=submission.grading.log)
        return replace(told(submission, *arguments), tests=[line])

    return replaced(feedback, "of_submission", talkative)


def without_removal() -> Switch:
    """Containers are killed and stay."""
    return all_of(
        replaced(Engine, "remove", Engine.kill),
        replaced(sandbox_pod, "remove_run", lambda *_, **__: None),
    )


def without_digests() -> Switch:
    """A report does not say what was graded with what."""

    def forgetful(*arguments: Any, **named: Any) -> Report:
        return replace(grade(*arguments, **named), digests={})

    return replaced(harness, "grade", forgetful)

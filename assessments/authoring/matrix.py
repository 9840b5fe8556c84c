"""The admission matrix: what is known of a version's proof, and what stands between it and publication."""

from dataclasses import dataclass

from django.utils import timezone

from assessments.models import ChallengeVersion
from grading import admission
from grading.models import Proof
from grading.proofs import proving
from grading.proofs.proving import Line


@dataclass(frozen=True, kw_only=True)
class Matrix:
    proof: Proof | None
    lines: tuple[Line, ...] = ()
    is_current: bool = False

    @property
    def is_running(self) -> bool:
        return self.proof is not None and not self.proof.is_over

    @property
    def is_passed(self) -> bool:
        """Whether the version may be published."""
        return self.is_current and self.proof is not None and self.proof.state == Proof.State.PASSED

    @property
    def done(self) -> int:
        return sum(line.told is not None for line in self.lines)

    @property
    def failed(self) -> int:
        return sum(line.told is not None and not line.told["passed"] for line in self.lines)

    @property
    def unplayed(self) -> int:
        """Liars that did not start: what they were to show is not known."""
        return sum(line.told is not None and not line.told.get("played", True) for line in self.lines)

    @property
    def is_lied_to(self) -> bool:
        """Whether a liar passes a test."""
        failed = (line.name for line in self.lines if line.told and not line.told["passed"])
        return any(name.startswith("liar, ") for name in failed)

    @property
    def advice(self) -> str:
        return admission.ADVICE if self.is_lied_to else ""

    @property
    def needs(self) -> str:
        """What to do before the version can be published; empty if nothing is left to do."""
        if self.proof is None:
            return "It has not been proved. Have it proved first."
        if self.is_running:
            return "Its proof is still running."
        if not self.is_current:
            return "It was proved by another version of Touchstone. Have it proved again."
        return _NEEDS[Proof.State(self.proof.state)]


_NEEDS = {
    Proof.State.RUNNING: "",
    Proof.State.PASSED: "",
    Proof.State.FAILED: "Its proof has failed. Mend the pack and load it again as the next version; or, if a "
    "busy machine may be to blame, have it proved again.",
    Proof.State.INTERRUPTED: "Its proof was interrupted by a failure of the platform. Have it proved again.",
}


def of(version: ChallengeVersion) -> Matrix:
    """As it is now. A proof that nobody has settled is settled here."""
    proof = proving.latest(version.pack_id)
    if proof is None:
        return Matrix(proof=None)
    proving.settle(proof, now=timezone.now())
    return Matrix(proof=proof, lines=tuple(proving.lines(proof)), is_current=proving.is_current(proof))

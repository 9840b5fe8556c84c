"""What a candidate is told of an assessment's challenges before and during the sitting."""

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.models import Assessment, AssessmentItem
from grading.challenge import ChallengePack, Feedback, Suite

LANGUAGES = {"python": "Python", "javascript": "JavaScript", "sql": "SQL"}

FEEDBACK = {
    Feedback.TOTALS: "After each submission you see your points per skill.",
    Feedback.TITLES: "After each submission you see your points per skill and which tests passed.",
    Feedback.MESSAGES: "After each submission you see your points per skill, "
    "which tests passed, and why the others did not.",
}


@dataclass(frozen=True, kw_only=True)
class ChallengeOutline:
    """One challenge. `share` is its part of the score in per cent; `skills` maps a skill to its points."""

    position: int
    title: str
    summary: str
    minutes: int
    difficulty: str
    share: float
    languages: tuple[str, ...]
    skills: Mapping[str, float]
    visible_tests: int
    hidden_tests: int
    feedback: str


def challenges(assessment: Assessment) -> list[ChallengeOutline]:
    items = list(assessment.items.select_related("version__pack").defer("version__pack__data"))
    total = sum(item.weight for item in items) or 1
    return [_outline(item, total) for item in items]


def _outline(item: AssessmentItem, total_weight: int) -> ChallengeOutline:
    pack = item.version.definition
    return ChallengeOutline(
        position=item.position,
        title=pack.title,
        summary=pack.summary,
        minutes=pack.minutes,
        difficulty=pack.difficulty,
        share=100 * item.weight / total_weight,
        languages=tuple(language_name(slug) for slug in pack.languages),
        skills=points_by_skill(pack),
        visible_tests=len(pack.tests(Suite.VISIBLE)),
        hidden_tests=len(pack.tests(Suite.HIDDEN)),
        feedback=FEEDBACK[pack.feedback],
    )


def points_by_skill(pack: ChallengePack) -> dict[str, float]:
    """What scores: the hidden suite's points of each skill, most first."""
    points: dict[str, float] = {}
    for test in pack.tests(Suite.HIDDEN):
        points[test.skill] = points.get(test.skill, 0) + test.points
    return dict(sorted(points.items(), key=lambda pair: (-pair[1], pair[0])))


def language_name(slug: str) -> str:
    return LANGUAGES.get(slug, slug.capitalize())

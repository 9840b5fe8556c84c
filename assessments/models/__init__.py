"""People, challenges, sittings: what Touchstone remembers. State changes live in the modules beside this
package.
"""

from assessments.models.assessments import Assessment, AssessmentItem
from assessments.models.attempts import Attempt, Invitation, LostTime, Submission, VisibleRun, Work
from assessments.models.audit import Event
from assessments.models.challenges import Challenge, ChallengeVersion
from assessments.models.users import Guesses, User

__all__ = [
    "Assessment",
    "AssessmentItem",
    "Attempt",
    "Challenge",
    "ChallengeVersion",
    "Event",
    "Guesses",
    "Invitation",
    "LostTime",
    "Submission",
    "User",
    "VisibleRun",
    "Work",
]

"""How often a challenge may be submitted within one sitting: a bound that no honest person meets, so that the
totals of many submissions tell nobody what the hidden tests are.

What was withdrawn does not count, nor what could not be graded through a fault of ours, nor what is handed in
when the sitting ends, which is never refused.
"""

from django.db.models import Q

from assessments.models import Submission, Work
from grading.models import Grading
from grading.report import Verdict

NEAR = 5
"""With so many left, the page says so."""


def left(work: Work) -> int:
    """How many submissions of this work are still to be had."""
    free = Q(grading__status=Grading.Status.WITHDRAWN) | Q(grading__verdict=Verdict.PLATFORM_ERROR.value)
    used = work.submissions.filter(reason=Submission.Reason.SUBMITTED).exclude(free).count()
    return max(0, work.attempt.assessment.submissions_each - used)

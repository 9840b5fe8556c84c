"""Which submission of a work counts: decided here and marked in its row; everybody else reads the mark.

The last one that the candidate handed in and did not withdraw counts. Edits since then that are still there
when the sitting ends are handed in beside it: an interviewer sees them, and they count only if nothing else
does, or if the candidate said so at Finish. So no stray key after a good submission costs anything.
"""

from assessments.models import Submission, Work


def counting(work: Work) -> Submission | None:
    """The submission that counts, with its snapshot."""
    return work.submissions.counting().select_related("snapshot").first()


def clear(work: Work) -> None:
    """Nothing counts: another submission is about to. The caller holds the attempt's row."""
    work.submissions.counting().update(counts=False)


def decide_again(work: Work) -> None:
    """After a withdrawal, while the sitting lasts: the last one that stands. The caller holds the attempt's
    row.
    """
    clear(work)
    last = work.submissions.not_withdrawn().first()
    if last is not None:
        work.submissions.filter(pk=last.pk).update(counts=True)

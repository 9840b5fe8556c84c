"""How the interviewers' pages write numbers and times; and what the navigation may offer."""

from datetime import timedelta
from itertools import takewhile

from django import template

from assessments import access
from grading.models import TestResult

DASH = "\N{EN DASH}"
BLANK = "\N{HORIZONTAL ELLIPSIS}"
register = template.Library()
register.filter("may_author", access.may_author)
register.filter("may_erase", access.may_erase)
register.filter("may_review", access.may_review)


@register.filter
def duration(value: timedelta | None) -> str:
    """'1 h 05 min', '12 min', '40 s'; a dash if it is not known."""
    if value is None:
        return DASH
    seconds = max(0, int(value.total_seconds()))
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours >= 48:
        return f"{hours // 24} days"
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


@register.filter
def seconds(value: float) -> str:
    """'0.04 s', '1.3 s', '12 s'."""
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s" if value >= 1 else f"{value:.2f} s"


@register.filter
def share_of(part: float, whole: float) -> float:
    """In per cent; 0 of nothing."""
    return 100 * part / whole if whole else 0.0


@register.filter
def reason(result: TestResult) -> str:
    """Why a test did not pass, for staff: of a hidden test the candidate reads its author's sentence with
    blanks for values, which stand in the first lines that pytest marks with an 'E'.
    """
    if BLANK not in result.message:
        return result.message
    marked = [line[1:].strip() for line in result.detail.splitlines() if line.startswith("E ")]
    told = list(takewhile(lambda line: not line.startswith("assert "), marked))
    return "\n".join(told).removeprefix("AssertionError: ").removeprefix("Failed: ") or result.message

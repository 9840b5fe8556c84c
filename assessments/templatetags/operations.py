"""What the health page and the notices on the start pages need."""

from datetime import timedelta

from django import template
from django.utils import timezone

from assessments import access, health
from assessments.templatetags.review import duration

register = template.Library()
register.filter("may_operate", access.may_operate)


@register.simple_tag
def grading_notice() -> health.State | None:
    """How grading is doing, if something is wrong with it."""
    state = health.state(timezone.now())
    return state if state.faults else None


@register.filter
def lasting(seconds: float) -> str:
    """As `duration`, of seconds."""
    return duration(timedelta(seconds=seconds))


@register.filter
def ago(seconds: float) -> str:
    """'now' within some seconds, else '40 s ago'."""
    return "now" if seconds < 10 else f"{lasting(seconds)} ago"

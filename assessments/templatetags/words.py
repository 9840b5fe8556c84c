"""How values read on every page: skills as words, points without needless zeros, minutes as a person says
them.
"""

from datetime import datetime, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from assessments import markdown as markdown_text
from assessments.candidate.outline import language_name
from grading.scoring import per_cent

register = template.Library()
register.filter("language", language_name)

_WORDS = (
    "API APIs GraphQL gRPC HTTP JavaScript JSON MariaDB MySQL ORM PHP PostgreSQL RabbitMQ REST SQL TypeScript"
)
_SPELLINGS = {word.lower(): word for word in _WORDS.split()}


FORMS = {"datetime": "%d %b %Y, %H:%M %Z", "exact": "%d %b %Y, %H:%M:%S %Z", "time": "%H:%M:%S %Z"}


@register.filter
def skill(slug: str) -> str:
    """'api-design' is 'API design', 'sql-optimisation' 'SQL optimisation', 'caching' 'Caching'."""
    first, *rest = slug.split("-")
    return " ".join(
        [_SPELLINGS.get(first, first.capitalize()), *(_SPELLINGS.get(word, word) for word in rest)]
    )


@register.filter
def points(value: float) -> str:
    """At most two decimal places, and none that are zero."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


@register.filter
def percent(value: float | None) -> str:
    """'87 %', '28.5 %', '12.3 %'; a dash if it is not known. See `grading.scoring.per_cent`."""
    return "\N{EN DASH}" if value is None else per_cent(value)


@register.filter
def minutes(value: int) -> str:
    """'45 minutes', '1 hour', '1 hour 30 minutes', '2 days'."""
    days, rest = divmod(int(value), 24 * 60)
    hours, left = divmod(rest, 60)
    return _said((days, "day"), (hours, "hour"), (left, "minute"))


@register.filter
def exactly(value: timedelta) -> str:
    """To the second: '2 minutes 5 seconds'."""
    whole, seconds = divmod(round(value.total_seconds()), 60)
    return _said((whole, "minute"), (seconds, "second"))


def _said(*parts: tuple[int, str]) -> str:
    said = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts if number]
    return " ".join(said) or f"0 {parts[-1][1]}s"


@register.filter
def wait(value: timedelta) -> str:
    """A guess, so no more exact than it is: 'in a moment', 'about 20 seconds', 'about 3 minutes'."""
    seconds = value.total_seconds()
    if seconds < 3:
        return "in a moment"
    if seconds < 90:
        return f"about {max(5, 5 * round(seconds / 5))} seconds"
    return f"about {round(seconds / 60)} minutes"


@register.filter
def moment(value: datetime | None, form: str = "datetime") -> SafeString:
    """A <time> in the installation's zone, which the page's script turns into the reader's own.

    `form` is 'datetime', 'time' (with seconds) or 'exact' (both, with seconds).
    """
    if value is None:
        return SafeString("")
    local = localtime(value)
    text = local.strftime(FORMS[form])
    if form != "time":
        text = text.removeprefix("0")
    return format_html('<time datetime="{}" data-moment="{}">{}</time>', value.isoformat(), form, text)


@register.filter
def markdown(text: str) -> SafeString:
    """Clean HTML of Markdown; see `assessments.markdown`."""
    return SafeString(markdown_text.render(text))

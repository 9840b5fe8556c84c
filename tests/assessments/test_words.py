"""How values read."""

from datetime import UTC, datetime, timedelta

import pytest

from assessments.templatetags import review, words
from grading.models import TestResult

LANGUAGES = [("python", "Python"), ("javascript", "JavaScript"), ("sql", "SQL")]


@pytest.mark.parametrize(("slug", "said"), LANGUAGES)
def test_languages_have_their_names(slug, said):
    assert words.register.filters["language"](slug) == said


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("api-design", "API design"),
        ("sql-optimisation", "SQL optimisation"),
        ("caching", "Caching"),
        ("postgresql", "PostgreSQL"),
        ("data-validation", "Data validation"),
        ("grpc", "gRPC"),
    ],
)
def test_skills_read_as_words(slug, said):
    assert words.skill(slug) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "\N{EN DASH}"),
        (87.0, "87 %"),
        (28.5, "28.5 %"),
        (100 / 3, "33.3 %"),
        (99.99, "99.9 %"),
        (100.0, "100 %"),
        (0.01, "0.1 %"),
        (0.0, "0 %"),
    ],
)
def test_nobody_is_rounded_to_a_full_score_or_to_nothing(value, said):
    assert words.percent(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(3.0, "3"), (2.5, "2.5"), (1 / 3, "0.33"), (0, "0"), (100, "100")]
)
def test_points_have_no_needless_zeros(value, said):
    assert words.points(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (45, "45 minutes"),
        (60, "1 hour"),
        (90, "1 hour 30 minutes"),
        (1, "1 minute"),
        (2880, "2 days"),
        (0, "0 minutes"),
    ],
)
def test_minutes_read_as_a_person_says_them(value, said):
    assert words.minutes(value) == said


def test_moment_is_machine_readable():
    html = words.moment(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "time")
    assert 'datetime="2026-01-02T03:04:05+00:00"' in html
    assert ">03:04:05 UTC<" in html


def test_no_moment_is_nothing():
    assert words.moment(None) == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "in a moment"),
        (4, "about 5 seconds"),
        (18, "about 20 seconds"),
        (89, "about 90 seconds"),
        (170, "about 3 minutes"),
    ],
)
def test_wait_is_no_more_exact_than_a_guess(seconds, said):
    assert words.wait(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (125, "2 minutes 5 seconds"),
        (61, "1 minute 1 second"),
        (59.6, "1 minute"),
        (0, "0 seconds"),
        (7200, "120 minutes"),
    ],
)
def test_time_that_is_known_is_told_to_the_second(seconds, said):
    assert words.exactly(timedelta(seconds=seconds)) == said


DETAIL = """
    def test_it(service):
        answer = service.get("/x")
>       assert answer.status_code == 200, f"GET /x answered {answer.status_code}: {answer.text}"
E       AssertionError: GET /x answered 500: boom
E         at line 3
E       assert 500 == 200

test_x.py:3: AssertionError
"""


@pytest.mark.parametrize(
    ("message", "detail", "read"),
    [
        ("GET /x answered …: …", DETAIL, "GET /x answered 500: boom\nat line 3"),
        ("GET /x answered …: …", "", "GET /x answered …: …"),
        ("It is wrong.", DETAIL, "It is wrong."),
        ("Item … is gone.", "E   Failed: Item 7 is gone.\n", "Item 7 is gone."),
    ],
)
def test_staff_read_a_reason_with_its_values(message, detail, read):
    assert review.reason(TestResult(message=message, detail=detail)) == read

"""Assessments put together on a page."""

import pytest
from django.urls import reverse

from assessments.models import Assessment
from tests.assessments import records

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in, interviewer):
    return signed_in(interviewer)


@pytest.fixture
def versions():
    return [records.version("one"), records.version("two")]


def create(client, versions, **changes):
    first, second = versions
    form = {
        "title": "Backend",
        "minutes": 90,
        "introduction": "Welcome.",
        f"use_{first.pk}": "on",
        f"place_{first.pk}": 2,
        f"weight_{first.pk}": 1,
        f"use_{second.pk}": "on",
        f"place_{second.pk}": 1,
        f"weight_{second.pk}": 3,
        **changes,
    }
    return client.post(reverse("review:new-assessment"), form)


def test_challenges_get_places_and_weights(client, versions, interviewer):
    create(client, versions)
    made = Assessment.objects.get()
    first, second = versions
    assert list(made.items.values_list("position", "version", "weight")) == [
        (1, second.pk, 3),
        (2, first.pk, 1),
    ]
    assert made.created_by == interviewer


def test_pressed_twice_it_makes_one(client, versions):
    assert create(client, versions)["Location"] == create(client, versions)["Location"]
    assert Assessment.objects.count() == 1


def test_another_title_makes_another(client, versions):
    create(client, versions)
    create(client, versions, title="Frontend")
    assert Assessment.objects.count() == 2


@pytest.mark.parametrize("changes", [{"title": ""}, {"minutes": 4}, {"minutes": "x"}, {"title": "x" * 201}])
def test_bad_input_makes_nothing(client, versions, changes):
    assert create(client, versions, **changes).status_code == 400
    assert not Assessment.objects.exists()


def test_weight_must_be_positive(client, versions):
    response = create(client, versions, **{f"weight_{versions[0].pk}": 0})
    assert response.status_code == 400


def test_an_assessment_needs_a_challenge(client, versions):
    form = {"title": "Empty", "minutes": 60}
    response = client.post(reverse("review:new-assessment"), form)
    assert response.status_code == 400
    assert "Choose at least one challenge" in response.content.decode()


def test_drafts_are_not_offered_and_cannot_be_used(client, versions):
    draft = records.version("draft", published=False)
    assert f"use_{draft.pk}" not in client.get(reverse("review:new-assessment")).content.decode()
    create(client, versions, **{f"use_{draft.pk}": "on", f"place_{draft.pk}": 1, f"weight_{draft.pk}": 1})
    assert not Assessment.objects.get().items.filter(version=draft).exists()


def test_introduction_is_shown_without_its_scripts(client, interviewer):
    to = records.assessment(interviewer)
    to.introduction = "<script>alert(1)</script> **bold** [x](javascript:alert(1))"
    to.save()
    page = client.get(reverse("review:assessment", args=[to.pk])).content.decode()
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_challenge_page_shows_statement_and_tests(client, versions):
    page = client.get(reverse("review:challenge", args=[versions[0].pk])).content.decode()
    assert "Letters come back in upper case." in page


def test_lists_need_as_many_queries_for_many_rows(client, interviewer, django_assert_max_num_queries):
    version = records.version()
    for number in range(10):
        to = records.assessment(interviewer, version, title=f"Number {number}")
        records.invitation(to)
    with django_assert_max_num_queries(6):
        client.get(reverse("review:assessments"))

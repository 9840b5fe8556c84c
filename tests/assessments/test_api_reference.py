"""The page that documents the API, against the document that it is made from."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from assessments.api.reference import Reference

pytestmark = pytest.mark.django_db


@pytest.fixture
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture
def page():
    return Client().get(reverse("api:reference")).content.decode()


def test_every_operation_has_its_place(document, page):
    operations = [node for methods in document["paths"].values() for node in methods.values()]
    assert len(operations) > 5
    for node in operations:
        assert f'id="{node["operationId"]}"' in page
        assert node["summary"] in page


def test_every_schema_that_is_named_is_shown(document, page):
    for section in Reference(document).sections():
        for operation in section.operations:
            for body in (*operation.answers, *([operation.request] if operation.request else [])):
                assert not body.kind.schema or f'id="schema-{body.kind.schema}"' in page


def test_document_refers_only_to_what_it_holds(document):
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document, default=str)))
    assert named <= set(document["components"]["schemas"])


def test_page_needs_no_script_of_its_own(page):
    assert page.count("<script") == 2  # The theme, and what every page has.


def operation(document, id):
    found = [one for section in Reference(document).sections() for one in section.operations if one.id == id]
    assert found, id
    return found[0]


def test_parameters_say_what_they_take(document):
    state = next(one for one in operation(document, "attempts_list").parameters if one.name == "state")
    assert state.choices == ("in progress", "grading", "finished", "revoked")
    assert not state.is_required
    since = next(
        one for one in operation(document, "attempts_list").parameters if one.name == "started_after"
    )
    assert since.kind.words == "moment (ISO 8601)"


def test_example_to_send_holds_files(document):
    request = operation(document, "attempt_challenges_submissions_create").request
    assert request.kind.schema == "SubmissionInput"
    assert '"language": "python"' in request.example
    assert '"app.py"' in request.example


def test_answers_come_with_examples_and_refusals_with_reasons(document):
    answers = {one.status: one for one in operation(document, "attempts_retrieve").answers}
    assert '"email": "grace@candidate.example"' in answers["200"].example
    assert answers["404"].kind.schema == "Error"
    assert "not yours to see" in answers["404"].description


def test_null_is_told(document):
    report = next(one for one in Reference(document).schemas() if one.name == "Report")
    finished = next(one for one in report.members if one.name == "finished_at")
    assert finished.kind.words == "moment (ISO 8601) or null"

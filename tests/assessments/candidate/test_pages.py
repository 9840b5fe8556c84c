"""The pages of a sitting: workspace, overview, clock, end, download."""

import io
import json
import zipfile

import pytest
from django.utils import timezone

from assessments import attempts, submissions
from grading.report import Verdict
from tests.assessments import records
from tests.grading import packfolder

pytestmark = pytest.mark.django_db


def page(browser, name, *arguments):
    response = browser.get(records.address(browser, name, *arguments))
    assert response.status_code == 200
    return response.content.decode()


def editor_data(html):
    script = html.split('id="workspace-data" type="application/json">')[1].split("</script>")[0]
    return json.loads(script)


def test_workspace_holds_files_but_no_hidden_one(browser):
    html = page(browser, "workspace", 1)
    assert editor_data(html)["files"] == [
        {"path": "main.py", "text": "print(input())\n", "access": "editable"},
        {"path": "README.md", "text": "Read me.\n", "access": "read_only"},
    ]
    assert "secret/data.txt" not in html
    assert "test_shout.py" not in html


def test_workspace_says_nothing_of_the_hidden_suite(interviewer, enter):
    hidden = packfolder.TESTS.replace(b"Letters come back in upper case.", b"CANARY of the hidden suite.")
    version = records.version(changes={"tests/hidden/test_shout.py": hidden})
    invitation = records.invitation(records.assessment(interviewer, version))
    attempt = records.attempt(invitation)
    records.grade(submissions.submit(records.work(attempt), now=timezone.now()).grading)
    browser = enter(invitation)
    pages = [page(browser, "workspace", 1), page(browser, "overview"), page(browser, "results", 1)]
    attempts.finish(attempt, now=timezone.now())
    pages.append(page(browser, "end"))
    assert not any("CANARY" in html for html in pages)


def test_statement_is_rendered_and_inert(interviewer, enter):
    statement = b"# Shout\n\n## Do\n\n```python\nprint(1)\n```\n<img src=x onerror=alert(1)>\n"
    version = records.version(changes={"statement.md": statement})
    invitation = records.invitation(records.assessment(interviewer, version))
    records.attempt(invitation)
    html = page(enter(invitation), "workspace", 1)
    assert "<h3>Do</h3>" in html
    assert '<span class="nb">print</span>' in html
    assert "<img" not in html
    assert html.count("<h1") == 1


def test_code_cannot_break_out_of_the_editors_data(browser, work, now):
    code = {"main.py": "</script><script>alert(1)</script>"}
    submissions.save(work, "python", code, 0, now=now)
    html = page(browser, "workspace", 1)
    assert "<script>alert" not in html
    assert editor_data(html)["files"][0]["text"] == code["main.py"]


def test_workspace_of_the_chosen_language(browser, work):
    browser.post(records.address(browser, "language", 1), {"language": "javascript"})
    data = editor_data(page(browser, "workspace", 1))
    assert data["language"] == "javascript"
    assert [file["path"] for file in data["files"]] == ["main.js"]


def test_overview_tells_the_state_of_each_challenge(browser, work, now):
    assert "Not begun" in page(browser, "overview")
    saved = submissions.save(work, "python", {"main.py": "1"}, 0, now=now)
    assert "Saved, not submitted" in page(browser, "overview")
    submission = submissions.submit(saved, now=now)
    assert "Being graded" in page(browser, "overview")
    records.grade(submission.grading)
    assert "Submitted" in page(browser, "overview")
    submissions.save(work, "python", {"main.py": "2"}, 1, now=now)
    assert "Edited since" in page(browser, "overview")


def test_clock_tells_the_servers_time_left(browser, attempt):
    left = browser.get(records.address(browser, "time")).json()["seconds_left"]
    assert 59 * 60 < left <= 60 * 60
    attempts.finish(attempt, now=timezone.now())
    assert browser.get(records.address(browser, "time")).json()["seconds_left"] == 0


def test_end_page_before_the_end_leads_back(browser):
    assert browser.get(records.address(browser, "end")).url == records.address(browser, "overview")
    assert browser.get(records.address(browser, "download")).url == records.address(browser, "end")


def test_end_page_tells_what_was_handed_in(browser, work, attempt, now):
    submissions.save(work, "python", {"main.py": "1"}, 0, now=now)
    attempts.finish(attempt, now=timezone.now())
    html = page(browser, "end")
    assert "You have finished" in html
    assert "handed in when you finished" in html
    assert "every 2s" in html


def test_end_page_asks_again_with_a_part_of_itself(browser, work, attempt, now):
    submissions.save(work, "python", {"main.py": "1"}, 0, now=now)
    attempts.finish(attempt, now=timezone.now())
    part = browser.get(records.address(browser, "end"), headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="handed-in"')
    records.grade(work.submissions.get().grading)
    part = browser.get(records.address(browser, "end"), headers={"HX-Request": "true"}).content.decode()
    assert "Graded" in part
    assert "hx-get" not in part


def test_end_page_without_any_work(browser, attempt):
    attempts.finish(attempt, now=timezone.now())
    assert "Nothing handed in" in page(browser, "end")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [(Verdict.BUILD_FAILED, "could not be built"), (Verdict.PLATFORM_ERROR, "not your fault")],
)
def test_end_page_says_what_went_wrong(browser, work, attempt, now, verdict, words):
    records.grade(submissions.submit(work, now=now).grading, passes=lambda _: False, verdict=verdict)
    attempts.finish(attempt, now=timezone.now())
    assert words in page(browser, "end")


def test_download_holds_what_was_handed_in(browser, work, attempt, now):
    submissions.save(work, "python", {"main.py": "print('é')", "more/tools.py": "x"}, 0, now=now)
    attempts.finish(attempt, now=timezone.now())
    response = browser.get(records.address(browser, "download"))
    assert response["Content-Disposition"] == 'attachment; filename="my-code.zip"'
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.namelist() == ["1-shout-python/main.py", "1-shout-python/more/tools.py"]
    assert archive.read("1-shout-python/main.py").decode() == "print('é')"


def test_download_of_nothing_is_an_empty_archive(browser, attempt):
    attempts.finish(attempt, now=timezone.now())
    assert (
        zipfile.ZipFile(io.BytesIO(browser.get(records.address(browser, "download")).content)).namelist()
        == []
    )


def test_pages_allow_neither_inline_scripts_nor_styles(browser):
    response = browser.get(records.address(browser, "workspace", 1))
    policy = response["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    html = response.content.decode()
    assert " style=" not in html
    assert " onclick=" not in html
    assert "no-store" in response["Cache-Control"]


def test_overview_needs_as_many_queries_for_many_challenges(
    interviewer, enter, django_assert_max_num_queries
):
    versions = [records.version(f"shout-{number}") for number in range(6)]
    invitation = records.invitation(records.assessment(interviewer, *versions))
    records.attempt(invitation)
    browser = enter(invitation)
    page(browser, "overview")
    with django_assert_max_num_queries(6 + 3 * 6):
        page(browser, "overview")

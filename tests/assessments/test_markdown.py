"""Markdown of authors becomes clean HTML."""

from html.parser import HTMLParser

import pytest

from assessments import markdown


def test_code_is_highlighted():
    html = markdown.render("```python\nprint(1)\n```")
    assert '<span class="nb">print</span>' in html
    assert '<pre class="highlight" tabindex="0">' in html


def test_code_of_an_unknown_language_is_plain():
    assert "&lt;x&gt;" in markdown.render("```klingon\n<x>\n```")


def test_headings_move_below_the_pages_own():
    assert markdown.render("# A\n\n## B", first_heading=2) == "<h2>A</h2>\n<h3>B</h3>\n"
    assert markdown.render("## A\n\n### B", first_heading=2) == "<h2>A</h2>\n<h3>B</h3>\n"


def test_tables_scroll_by_themselves_and_keep_their_alignment():
    html = markdown.render("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert 'class="table-scroll"' in html
    assert '<td align="right">2</td>' in html
    assert "style=" not in html


def test_title_is_taken_off_only_at_the_start():
    assert markdown.without_title("\n# Title\n\nText\n\n# Other") == "\nText\n\n# Other"
    assert markdown.without_title("Text\n# Title\n") == "Text\n# Title\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](javascript:alert(1))",
        '<a href="x" onclick="alert(1)">x</a>',
        '<p style="position:fixed">x</p>',
        '```"><script>alert(1)</script>\nx\n```',
        "<iframe src=//example.org></iframe>",
    ],
)
def test_nothing_that_runs_comes_through(text):
    for tag, attributes in tags(markdown.render(text)):
        assert tag in {"a", "p", "pre", "code", "span"}
        assert set(attributes) <= {"href", "title", "class", "tabindex", "rel"}
        assert attributes.get("href", "https://").startswith(("https://", "http://", "mailto:"))


class Tags(HTMLParser):
    """Every start tag as a browser would see it, with its attributes."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def tags(html):
    parser = Tags()
    parser.feed(html)
    return parser.found


def test_all_code_that_may_scroll_is_reached_with_the_keyboard():
    html = markdown.render("Text\n\n    indented\n\n```\nfenced\n```\n")
    assert html.count("<pre") == html.count('tabindex="0"') == 2

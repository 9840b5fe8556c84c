"""Markdown that authors and interviewers write, as HTML that is safe to show: rendered, then cleaned."""

import re
from collections.abc import Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_TAGS = {
    *(
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "div",
        "em",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "span",
        "strong",
        "ul",
    ),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "td", "th", "thead", "tr"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "div": {"class", "role", "tabindex", "aria-label"},
    "ol": {"start"},
    "pre": {"class", "tabindex"},
    "span": {"class"},
    "td": {"align"},
    "th": {"align"},
}
_TABLE = '<div class="table-scroll" tabindex="0" role="group" aria-label="Table"><table>'
"""A wide table scrolls by itself; what scrolls must be reachable with the keyboard."""
_NAMELESS = re.compile(r"<th(?: [^>]*)?></th>")
"""A column without a name has no header: an empty one says nothing to a screen reader."""
_ALIGNMENT = re.compile(r'(<t[hd]) style="text-align:(left|right|center)"')


@lru_cache(maxsize=128)
def render(text: str, *, first_heading: int = 2) -> str:
    """Clean HTML. Headings are moved down so that the text's top level is `first_heading` of the page."""
    parser = _parser()
    tokens = parser.parse(text)
    _shift_headings(tokens, first_heading)
    html = parser.renderer.render(tokens, parser.options, {})
    # Code and text are escaped by now, so these are the renderer's own tags.
    html = html.replace("<table>", _TABLE).replace("</table>", "</table></div>")
    html = _NAMELESS.sub("<td></td>", html)
    html = html.replace("<pre><code", '<pre tabindex="0"><code')
    html = _ALIGNMENT.sub(r'\1 align="\2"', html)  # The page's policy forbids style attributes.
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"})


def without_title(text: str) -> str:
    """The text without a heading of the first level at its start: pages show the title themselves."""
    return re.sub(r"\A\s*# [^\n]*\n", "", text)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlight})
    parser.enable(["table", "strikethrough"])
    return parser


def _highlight(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name("text", stripnl=False)
    spans = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return f'<pre class="highlight" tabindex="0"><code>{spans}</code></pre>'


def _shift_headings(tokens: Sequence[Token], first_heading: int) -> None:
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    if not levels:
        return
    offset = first_heading - min(levels)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + offset)}"

"""A page as it looks to different people, without loading it again for each of them."""

from typing import Final, Literal

from playwright.sync_api import Page, ViewportSize

from tests.browser import NARROW, WIDE, assert_accessible

Scheme = Literal["light", "dark"]
LOOKS: Final[tuple[tuple[Scheme, ViewportSize], ...]] = (("light", WIDE), ("dark", NARROW))
"""Both colour schemes and both widths, each by axe; colours and widths do not depend on each other."""

WIDER = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
    [...document.querySelectorAll("main *")]
        .filter((one) => one.getBoundingClientRect().right > window.innerWidth)
        .map((one) => one.outerHTML.slice(0, 120))"""
"""The elements that make the page wider than its window."""

RENDERED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def show(page: Page, scheme: Scheme, size: ViewportSize = WIDE) -> None:
    """The page's script hears of another scheme when the next frame is made, and sets the colours then."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    page.evaluate(RENDERED)


def assert_accessible_in_every_look(page: Page, *, unfold: bool = False) -> None:
    """Passes axe and fits its window, light and wide, then dark and narrow. Ends as it began."""
    if unfold:
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    for scheme, size in LOOKS:
        show(page, scheme, size)
        assert_accessible(page)
        wider = page.evaluate(WIDER)
        assert not wider, f"{page.url} is wider than its window: {wider}"
    show(page, "light")

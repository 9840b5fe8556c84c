"""A page as it looks to different people, without loading it again for each of them."""

from typing import Final, Literal

from playwright.sync_api import Page, ViewportSize

from tests.browser import NARROW, WIDE, assert_accessible

LOOKS: Final[tuple[tuple[Literal["light", "dark"], ViewportSize], ...]] = (
    ("light", WIDE),
    ("dark", NARROW),
)
"""Both colour schemes and both widths, each by axe; colours and widths do not depend on each other."""


def assert_accessible_in_every_look(page: Page, *, unfold: bool = False) -> None:
    """Passes axe and fits its window, light and wide, then dark and narrow. Ends as it began."""
    if unfold:
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    for scheme, size in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)

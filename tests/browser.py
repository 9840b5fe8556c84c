"""A real Chromium on a live server, for tests that look at pages as a person does.

`tests/e2e/conftest.py` imports these fixtures. Every page that a test opens is watched: an error in a script,
or something that the content security policy blocked, fails the test.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults  # type: ignore[import-untyped]
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright
from pytest_django.live_server_helper import LiveServer

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BUILT = Path(settings.BASE_DIR) / "assessments" / "static" / "dist" / "workspace.js"
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
WAIT_MILLISECONDS = 15_000
REFUSALS = ("Failed to load resource", "Response Status Error Code")
"""How Chromium and htmx report an answer of 4xx, which a test provokes."""

AT_REST = """Promise.allSettled(
    document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)
)"""

AXE_OPTIONS = {"preload": False, "resultTypes": ["violations"]}

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM.exists(), f"This test drives Chromium: install {CHROMIUM}, or set CHROMIUM."
    assert BUILT.exists(), "This test needs the built front end: run `npm ci && npm run build`."
    # Playwright's synchronous interface runs an event loop in this thread; there Django refuses its database.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """pytest-django's server, with static files as they lie in the tree."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        STATIC_ROOT=tmp_path_factory.mktemp("static"),
        STORAGES={**settings.STORAGES, "staticfiles": plain},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        server = LiveServer("127.0.0.1")
        yield server
        server.stop()


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer) -> Iterator[OpenPage]:
    """Opens a page in a browser of its own (or in `context`) and watches it until the test ends."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(
        path: str = "",
        *,
        scheme: Literal["light", "dark"] = "light",
        size: ViewportSize = WIDE,
        context: BrowserContext | None = None,
    ) -> Page:
        if context is None:
            context = chromium.new_context(viewport=size, color_scheme=scheme, base_url=live_server.url)
            context.set_default_timeout(WAIT_MILLISECONDS)
            contexts.append(context)
        page = context.new_page()
        _watch(page, complaints)
        if path:
            page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints, "The browser complained:\n" + "\n".join(complaints)


def _watch(page: Page, complaints: list[str]) -> None:
    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(REFUSALS):
            complaints.append(f"{message.text} ({message.location})")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(str(error)))


def assert_accessible(page: Page) -> None:
    """No violation of any rule of axe-core in what the page shows once it has come to rest.

    To load axe takes longer than to run it, so it is loaded once into each page. Colours in transition are
    not looked at. Nor are style sheets read ahead: only a rule that axe leaves out by itself needs that, and
    it writes inline styles, which our policy blocks.
    """
    page.evaluate(AT_REST)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    results = AxeResults(page.evaluate("(options) => axe.run(document, options)", AXE_OPTIONS))
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"

"""One browser for the whole session: Playwright's synchronous interface is entered once in a thread."""

from tests.browser import chromium

__all__ = ["chromium"]

"""Fixtures of both suites; they are written in tests/support."""

from trial import memory, trial  # noqa: F401

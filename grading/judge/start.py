"""How a judge's processes begin: the first one, and from it the one for tests, as `runner` does, but quicker.

pytest imports a highlighter for what it shows on a terminal, and a judge has none. While pytest is imported,
empty modules stand in for it; a suite that imports the highlighter finds the real one.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import NoReturn

from .supervisor import Supervisor

HIGHLIGHTER: Mapping[str, Sequence[str]] = {
    "pygments": (),
    "pygments.formatters.terminal": ("TerminalFormatter",),
    "pygments.lexer": ("Lexer",),
    "pygments.lexers.diff": ("DiffLexer",),
    "pygments.lexers.python": ("PythonLexer",),
}
"""Which modules pytest imports, and what of them."""


def main() -> None:
    """Exits 0 after the trailer, 1 on a fault of ours or the pack's, 3 when the worker is gone."""
    supervise(test)


def supervise(body: Callable[[], None]) -> NoReturn:
    """See `Supervisor`. Takes over the standard streams; nothing is left to be done afterwards."""
    with os.fdopen(os.dup(1), "wb", buffering=0) as sink:
        os._exit(Supervisor(body, 0, sink).run())


def test() -> None:
    """See `runner.main`."""
    with without(HIGHLIGHTER):
        runner = importlib.import_module(".runner", __package__)
    runner.main()


@contextmanager
def without(modules: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """Meanwhile these can be imported and are of no use."""
    for name, members in modules.items():
        sys.modules[name] = module = ModuleType(name)
        for member in members:
            setattr(module, member, None)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]

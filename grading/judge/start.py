"""How a judge's process begins: as `runner` does, but quicker.

pytest imports a highlighter for what it shows on a terminal, and a judge has none. While pytest is imported,
empty modules stand in for it; a suite that imports the highlighter finds the real one.
"""

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType

HIGHLIGHTER: Mapping[str, Sequence[str]] = {
    "pygments": (),
    "pygments.formatters.terminal": ("TerminalFormatter",),
    "pygments.lexer": ("Lexer",),
    "pygments.lexers.diff": ("DiffLexer",),
    "pygments.lexers.python": ("PythonLexer",),
}
"""Which modules pytest imports, and what of them."""


def main() -> None:
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

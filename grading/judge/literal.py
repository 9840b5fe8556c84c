"""What an author wrote for candidates: the literal text of a message, taken from the source of the test.

A message that is put together while the test runs may hold what the program answered, and a program could
answer so as to learn by it what a hidden test asked. So of a hidden test's messages the candidate reads the
parts that stand in the source, with dots for each value.
"""

import ast
import re
from functools import cache
from pathlib import Path
from types import TracebackType

VALUE = "…"
OURS = Path(__file__).resolve().parent
_FAILING = ("fail", "skip", "xfail")
_COMPARING = "same"
"""A fixture that takes the message after the two values, or by its name."""
_PYTEST_OUTCOMES = "_pytest/outcomes.py"
_PERCENT = re.compile(r"%(?:\(\w*\))?[-+ #0-9.*]*[a-zA-Z]")
_BRACES = re.compile(r"\{[^{}]*\}")


def told(error: BaseException, tests: Path) -> str | None:
    """The literal text that stands where the error was raised, in a file below `tests` or of ours; None if
    there is none.
    """
    frames = [(name, line) for name, line in _frames(error.__traceback__) if name]
    while frames and frames[-1][0].endswith(_PYTEST_OUTCOMES):
        frames.pop()
    if not frames:
        return None
    name, line = frames[-1]
    if _is_below(name, tests):
        return _text_at(name, line)
    if not _is_below(name, OURS):
        return None
    if (text := _text_at(name, line)) is not None:
        return text
    theirs = next((frame for frame in reversed(frames) if _is_below(frame[0], tests)), None)
    return _text_at(*theirs, only="message") if theirs else None


def _frames(trace: TracebackType | None) -> list[tuple[str, int]]:
    found = []
    while trace is not None:
        found.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return found


def _is_below(name: str, folder: Path) -> bool:
    return Path(name).is_relative_to(folder)


def _text_at(name: str, line: int, *, only: str = "") -> str | None:
    """Of the innermost statement or call at this line that has a message."""
    tree = _parsed(name)
    found: tuple[int, int, ast.expr] | None = None
    for node in ast.walk(tree):
        message = _message(node, only)
        if message is None or not isinstance(node, ast.stmt | ast.expr):
            continue
        end = node.end_lineno or node.lineno
        if node.lineno <= line <= end and (found is None or (node.lineno, -end) >= found[:2]):
            found = (node.lineno, -end, message)
    return _literal(found[2], _constants(name)) if found else None


def _message(node: ast.AST, only: str) -> ast.expr | None:
    """The expression that is this node's message, if it is a node that has one."""
    match node:
        case ast.Assert(msg=ast.expr() as message) if not only:
            return message
        case ast.Raise(exc=ast.Call(args=[message, *_])) if not only:
            return message
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            if only and name == _COMPARING and len(node.args) > 2:
                return node.args[2]
            if only:
                return named.get(only)
            if name in _FAILING:
                return node.args[0] if node.args else named.get("reason", named.get("msg"))
    return None


def _literal(node: ast.expr, constants: dict[str, str]) -> str | None:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Name(id=name):
            return constants.get(name)
        case ast.JoinedStr(values=parts):
            return "".join(_literal(part, constants) or VALUE for part in parts)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            both = [_literal(left, constants), _literal(right, constants)]
            return None if both == [None, None] else "".join(VALUE if part is None else part for part in both)
        case ast.BinOp(op=ast.Mod(), left=left):
            return _without(_PERCENT, _literal(left, constants))
        case ast.Call(func=ast.Attribute(attr="format", value=left)):
            return _without(_BRACES, _literal(left, constants))
    return None


def _without(values: re.Pattern[str], text: str | None) -> str | None:
    return None if text is None else values.sub(VALUE, text)


@cache
def _parsed(name: str) -> ast.Module:
    return ast.parse(Path(name).read_bytes(), name)


@cache
def _constants(name: str) -> dict[str, str]:
    """Texts to which the module gives a name of its own, at its top and nowhere else."""
    tree = _parsed(name)
    bound = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and _is_store(node)]
    bound += [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
    return {
        target.id: statement.value.value
        for statement in tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name) and bound.count(target.id) == 1
        if isinstance(statement.value.value, str)
    }


def _is_store(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)

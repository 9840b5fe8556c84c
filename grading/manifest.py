"""The list of a suite's tests, read from the syntax trees of its files. No line of an author's code runs
here.

The list is the denominator of every score, so whatever could make pytest find other tests than these (a test
inside an `if`, one inherited from elsewhere, a marker whose value is computed, a skip) is a fault.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grading.challenge import PackLimits, TestCase
from grading.errors import Fault, printable

MARKERS = ("points", "skill", "timeout")
_REFUSED_MARKERS = frozenset({"skip", "skipif", "xfail"})
_UNITTEST_SKIPS = frozenset({"skip", "skipIf", "skipUnless", "expectedFailure"})
_TEST_CASES = frozenset({"TestCase", "IsolatedAsyncioTestCase"})
MAX_ID = 300
"""Characters of a test's id, as its column holds them: '<path>::<class>::<function>'."""
MAX_TITLE = 160
_MAX_POINTS = 100

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What holds for a test without markers, and what its markers may name."""

    skills: Sequence[str]
    main_skill: str
    limits: PackLimits


@dataclass(frozen=True)
class Marks:
    """The literal values of the markers of a module, a class or a function."""

    points: float | None = None
    skill: str | None = None
    timeout: float | None = None

    def over(self, outer: "Marks") -> "Marks":
        return Marks(
            outer.points if self.points is None else self.points,
            outer.skill if self.skill is None else self.skill,
            outer.timeout if self.timeout is None else self.timeout,
        )


def read(
    files: Mapping[str, bytes], folder: str, defaults: Defaults, faults: list[Fault]
) -> tuple[TestCase, ...]:
    """The tests of the files below `folder` ('tests/hidden'), in the order of the files' names and lines."""
    tests: list[TestCase] = []
    for path in sorted(path for path in files if path.startswith(folder + "/") and path.endswith(".py")):
        tree = _parse(path, files[path], faults)
        name = path.rsplit("/", 1)[-1]
        if name.endswith("_test.py"):
            faults.append(Fault(path, 0, "name a file of tests test_<something>.py"))
        if tree is not None and name.startswith("test_"):
            tests += _Module(path, path[len(folder) + 1 :], defaults, faults).tests(tree)
    return tuple(tests)


def _parse(path: str, data: bytes, faults: list[Fault]) -> ast.Module | None:
    try:
        return ast.parse(data, path)
    except SyntaxError as error:
        faults.append(Fault(path, error.lineno or 1, f"not valid Python: {error.msg}"))
    except (ValueError, RecursionError, MemoryError) as error:
        faults.append(Fault(path, 0, f"not readable as Python: {error or type(error).__name__}"))
    return None


@dataclass
class _Module:
    """Reads one file."""

    path: str
    name: str
    defaults: Defaults
    faults: list[Fault]
    _read_marks: set[int] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)
    _classes: dict[str, ast.ClassDef] = field(default_factory=dict)

    def tests(self, tree: ast.Module) -> list[TestCase]:
        self._classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        marks = self._marks(_pytestmark(tree.body))
        found = list(self._block(tree.body, self.name, marks))
        self._refuse_unread_marks(tree)
        return found

    def fault(self, node: ast.AST, message: str) -> None:
        self.faults.append(Fault(self.path, getattr(node, "lineno", 0), message))

    def _block(self, body: Sequence[ast.stmt], prefix: str, marks: Marks) -> Iterator[TestCase]:
        for statement in body:
            if isinstance(statement, Function) and statement.name.startswith("test"):
                if not _is_fixture(statement):
                    yield self._test(statement, prefix, marks)
            elif isinstance(statement, ast.ClassDef) and self._is_test_case(statement):
                yield from self._test_case(statement, prefix, marks)
            elif isinstance(statement, ast.ClassDef) and statement.name.startswith("Test"):
                yield from self._class(statement, prefix, marks)
            elif not isinstance(statement, Function | ast.ClassDef):
                self._refuse_hidden_tests(statement)

    def _class(self, node: ast.ClassDef, prefix: str, marks: Marks) -> Iterator[TestCase]:
        if "::" in prefix:
            self.fault(node, f"{node.name} is a class of tests inside another one; write them side by side")
            return
        if node.bases or node.keywords:
            self.fault(node, f"{node.name} inherits; inherited tests cannot be listed")
        if any(isinstance(child, Function) and child.name == "__init__" for child in node.body):
            self.fault(node, f"{node.name} has an __init__, so pytest would not collect it")
        own = self._marks([*node.decorator_list, *_pytestmark(node.body)]).over(marks)
        yield from self._block(node.body, f"{prefix}::{node.name}", own)

    def _is_test_case(self, node: ast.ClassDef) -> bool:
        """Of unittest, directly or by a base in this file."""
        names = [_last_name(base) for base in node.bases]
        return any(
            name in _TEST_CASES or (name in self._classes and self._is_test_case(self._classes[name]))
            for name in names
            if name != node.name
        )

    def _test_case(self, node: ast.ClassDef, prefix: str, outer: Marks) -> Iterator[TestCase]:
        """pytest finds every method whose name begins with 'test', inherited ones as well."""
        if "::" in prefix:
            self.fault(node, f"{node.name} is a class of tests inside another one; write them side by side")
            return
        if _is_switched_off(node):
            return
        found: dict[str, Function] = {}
        marks = outer
        for one in reversed(self._line_of(node)):
            marks = self._marks([*one.decorator_list, *_pytestmark(one.body)]).over(marks)
            for method in one.body:
                if isinstance(method, Function) and method.name.startswith("test"):
                    found[method.name] = method
                elif not isinstance(method, Function | ast.ClassDef):
                    self._refuse_hidden_tests(method)
        is_async = any(_last_name(base) == "IsolatedAsyncioTestCase" for base in node.bases)
        for method in found.values():
            yield self._test(method, f"{prefix}::{node.name}", marks, of_unittest=True, may_wait=is_async)

    def _line_of(self, node: ast.ClassDef) -> list[ast.ClassDef]:
        """The class and its bases in this file, itself first."""
        found = [node]
        for base in node.bases:
            name = _last_name(base)
            if name in self._classes and name != node.name:
                found += self._line_of(self._classes[name])
            elif name not in _TEST_CASES and name != "object":
                self.fault(node, f"{node.name} inherits from {name}, whose tests cannot be listed")
        return found

    def _test(
        self,
        node: Function,
        prefix: str,
        outer: Marks,
        *,
        of_unittest: bool = False,
        may_wait: bool = False,
    ) -> TestCase:
        test_id = f"{prefix}::{node.name}"
        if not node.name.startswith("test_") and not of_unittest:
            self.fault(
                node, f"{node.name} would run as a test; name it test_<something> or start it with '_'"
            )
        if test_id in self._seen:
            self.fault(node, f"{test_id} is there twice; only the last one would run")
        self._seen.add(test_id)
        if len(test_id) > MAX_ID:
            length = f"{len(test_id)} characters with its file and class"
            self.fault(node, f"the name of {printable(node.name)} is too long: {length}, of {MAX_ID}")
        if isinstance(node, ast.AsyncFunctionDef) and not may_wait:
            self.fault(node, f"{node.name} is async; pytest would not run it")
        marks = self._marks(node.decorator_list).over(outer)
        return TestCase(
            id=test_id,
            title=self._title(node),
            points=1.0 if marks.points is None else marks.points,
            skill=marks.skill or self.defaults.main_skill,
            seconds=marks.timeout or self.defaults.limits.test_seconds,
            path=self.path,
            line=node.lineno,
        )

    def _title(self, node: Function) -> str:
        docstring = (ast.get_docstring(node) or "").strip()
        if not docstring:
            self.fault(node, f"{node.name} needs a docstring; its first line is the title of the test")
            return node.name
        title = docstring.splitlines()[0].strip()
        if len(title) > MAX_TITLE:
            self.fault(node, f"the title of {node.name} is longer than {MAX_TITLE} characters")
        if not title.isprintable():
            shown = printable(title)
            self.fault(node, f"the title of {node.name} holds a control or direction character: {shown}")
        return title

    def _marks(self, decorators: Sequence[ast.expr]) -> Marks:
        values: dict[str, float | str] = {}
        for decorator in decorators:
            name = _mark_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if (refused := name if name in _REFUSED_MARKERS else _unittest_skip(decorator)) is not None:
                self.fault(decorator, f"a test marked {refused} can never earn its points")
            if name in MARKERS:
                self._read_marks.add(id(decorator.func if isinstance(decorator, ast.Call) else decorator))
                value = self._value(decorator, name)
                if value is not None:
                    values[name] = value
        return Marks(**values)  # type: ignore[arg-type]  # _value returns the type that belongs to the name.

    def _value(self, decorator: ast.expr, name: str) -> float | str | None:
        arguments = decorator.args if isinstance(decorator, ast.Call) and not decorator.keywords else []
        value = arguments[0].value if len(arguments) == 1 and isinstance(arguments[0], ast.Constant) else None
        if name == "skill":
            return self._skill(decorator, value)
        maximum = _MAX_POINTS if name == "points" else self.defaults.limits.run_seconds
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= maximum:
            self.fault(decorator, f"{name} takes one literal number over 0 and up to {maximum:g}")
            return None
        return float(value)

    def _skill(self, decorator: ast.expr, value: object) -> str | None:
        if not isinstance(value, str):
            self.fault(decorator, "skill takes one literal text")
        elif value not in self.defaults.skills:
            self.fault(
                decorator, f"the skill {value!r} is not among the pack's: {', '.join(self.defaults.skills)}"
            )
        else:
            return value
        return None

    def _refuse_hidden_tests(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name).startswith(("test_", "Test")):
                    self.fault(statement, f"{alias.asname or alias.name} is imported and would run as a test")
            return
        for node in ast.walk(statement):
            if isinstance(node, Function) and node.name.startswith("test"):
                self.fault(node, f"{node.name} stands inside another statement; tests stand at the top level")

    def _refuse_unread_marks(self, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            name = _mark_name(node)
            if name in MARKERS and id(node) not in self._read_marks:
                self.fault(node, f"the marker {name} only counts as a decorator or in pytestmark")


def _pytestmark(body: Sequence[ast.stmt]) -> list[ast.expr]:
    for statement in body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in statement.targets
        ):
            value = statement.value
            return list(value.elts) if isinstance(value, ast.List | ast.Tuple) else [value]
    return []


def _mark_name(node: ast.AST) -> str:
    """'points' for `pytest.mark.points` and `mark.points`; '' for anything else."""
    if not isinstance(node, ast.Attribute):
        return ""
    owner = node.value
    is_mark = (isinstance(owner, ast.Attribute) and owner.attr == "mark") or (
        isinstance(owner, ast.Name) and owner.id == "mark"
    )
    return node.attr if is_mark else ""


def _last_name(node: ast.AST) -> str:
    """'TestCase' for `unittest.TestCase` and `TestCase`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _unittest_skip(decorator: ast.expr) -> str | None:
    """'skip' for `@unittest.skip("why")`, `@skip` and `@unittest.expectedFailure`; None for anything else."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    is_of_unittest = isinstance(target, ast.Name) or (
        isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and target.value.id == "unittest"
    )
    return _last_name(target) if is_of_unittest and _last_name(target) in _UNITTEST_SKIPS else None


def _is_switched_off(node: ast.ClassDef) -> bool:
    """Whether it says `__test__ = False`."""
    return any(
        isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "__test__" for target in statement.targets)
        and isinstance(statement.value, ast.Constant)
        and not statement.value.value
        for statement in node.body
    )


def _is_fixture(node: Function) -> bool:
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if (isinstance(target, ast.Attribute) and target.attr == "fixture") or (
            isinstance(target, ast.Name) and target.id == "fixture"
        ):
            return True
    return False

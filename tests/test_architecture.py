"""Imports point one way: assessments -> grading -> sandbox. Nothing imports config. Only the engine knows
Docker.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FORBIDDEN = {
    "sandbox": {"grading", "assessments", "config", "django", "celery", "rest_framework"},
    "grading": {"assessments", "config", "docker"},
    "assessments": {"config", "docker"},
}
IN_A_CONTAINER = [ROOT / "grading" / "judge", ROOT / "grading" / "agent"]
"""Judge and agent run alone in containers; they may import nothing of ours but themselves, relatively."""
NOT_OURS = {"catalog", "migrations", "static"}


def sources(package: str) -> list[Path]:
    return [
        path for path in (ROOT / package).rglob("*.py") if not NOT_OURS & set(path.relative_to(ROOT).parts)
    ]


def imported(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.lineno, node.module


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_downwards(package: str) -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources(package)
        for line, name in imported(path)
        if name.split(".")[0] in FORBIDDEN[package]
    ]
    assert not faults, "\n".join(faults)


def test_the_docker_sdk_has_one_importer() -> None:
    importers = {
        str(path.relative_to(ROOT))
        for path in sources("sandbox")
        if any(name.split(".")[0] == "docker" for _, name in imported(path))
    }
    assert importers == {"sandbox/engine.py"}


def test_judge_and_agent_stand_alone() -> None:
    ours = {"assessments", "config", "django", "grading", "sandbox"}
    faults = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for folder in IN_A_CONTAINER
        for path in folder.rglob("*.py")
        for line, name in imported(path)
        if name.split(".")[0] in ours
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_import_hides_in_a_function(package: str) -> None:
    faults = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources(package)
        if not set(IN_A_CONTAINER) & set(path.parents)
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not faults, "\n".join(faults)

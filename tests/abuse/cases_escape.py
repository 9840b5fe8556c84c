"""Programs that look for a way out of their container, and what keeps them in."""

from collections.abc import Mapping
from typing import Any

from grading.report import Verdict
from tests.abuse.harness import Case
from tests.abuse.programs import ANSWERS, ATTACKERS, source

ESCAPE = ANSWERS | {path.name: path.read_text() for path in sorted(ATTACKERS.glob("escape/[a-z]*.py"))}


BY_NODE = frozenset(
    {
        "test_e01_finds_no_engine",
        "test_e02_holds_no_capability",
        "test_e04_makes_no_namespace",
        "test_e05_mounts_nothing",
        "test_e06_writes_no_setting_of_the_kernel",
        "test_e08_finds_no_path_of_the_host",
        "test_e17_finds_no_metadata",
        "test_e18_resolves_no_name",
        "test_e19_finds_no_other_machine",
    }
)

CASES = [
    Case(
        id="E01-E26 G23-G31",
        title="tries every way out of its container",
        pack="escape",
        program=ESCAPE,
        verdict=Verdict.GRADED,
        passes=None,
        mitigation="No capability, our system calls only, a read-only root, an empty network.",
    ),
    Case(
        id="E01-E19",
        title="tries every way out that Node.js knows",
        pack="escape",
        language="javascript",
        program=source("escape/server.js"),
        verdict=Verdict.GRADED,
        passes=BY_NODE,
        mitigation="The same: the language does not matter.",
    ),
]
"""A test of the pack passes if nothing was obtained."""


def without_capabilities_dropped(host: dict[str, Any]) -> dict[str, Any]:
    """The engine's own choice then."""
    return {**host, "cap_drop": []}


def without_a_filter(host: dict[str, Any]) -> dict[str, Any]:
    return {**host, "security_opt": ["no-new-privileges:true", "seccomp=unconfined"]}


def with_a_writable_root(host: dict[str, Any]) -> dict[str, Any]:
    return {**host, "read_only": False}


def with_a_network(host: dict[str, Any]) -> dict[str, Any]:
    return {**host, "network_mode": host["network_mode"] or "bridge"}


def as_root(create: dict[str, Any]) -> dict[str, Any]:
    return {**create, "user": "0:0"}


def with_network_enabled(create: dict[str, Any]) -> dict[str, Any]:
    return {**create, "network_disabled": False}


def unchanged(arguments: dict[str, Any]) -> dict[str, Any]:
    return arguments


CONTROLS: Mapping[str, tuple[Any, Any, frozenset[str]]] = {
    "the usual capabilities, as root": (
        as_root,
        without_capabilities_dropped,
        frozenset({"test_e02_holds_no_capability", "test_e07_writes_no_cgroup"}),
    ),
    "every system call": (
        unchanged,
        without_a_filter,
        frozenset(
            {
                "test_e04_makes_no_namespace",
                "test_e12_has_no_rings",
                "test_e13_opens_no_rare_socket",
                "test_e15_makes_no_privileged_call",
                "test_g25_finds_no_abstract_socket",
            }
        ),
    ),
    "a root that can be written": (
        unchanged,
        with_a_writable_root,
        frozenset({"test_e06_writes_no_setting_of_the_kernel"}),
    ),
    "a network": (
        with_network_enabled,
        with_a_network,
        frozenset({"test_e19_finds_no_other_machine"}),
    ),
}
"""What is switched off -> changes of both kinds of arguments, and the tests that then find something."""

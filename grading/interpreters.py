"""How a candidate's container waits for its files: with a shell, or with an interpreter that has already
imported what the program will need (`grading.agent.waiting` runs there).
"""

from grading.challenge import ChallengePack, Kind, Language, Suite

START = "/opt/touchstone/grading/agent/start.py"
COMMON_MODULES = (
    *("abc", "bisect", "collections", "contextlib", "copy", "dataclasses", "datetime", "decimal", "enum"),
    *("functools", "heapq", "itertools", "json", "math", "operator", "random", "re", "string", "threading"),
    *("time", "types", "typing"),
)
"""Imported ahead for functions, which are imported anew for each test. What else of the standard library the
module needs is learned from its first import; more here would make every fork dearer."""
_PYTHON = ("python3", "python")
_PROCESSES_FOR_ONE, _MB_FOR_ONE = 4, 16
"""A test's process that rests counts as one of the program's, and takes 1.5 MiB of its memory. There is one
for so many of each: together at most a quarter of the one and a tenth of the other."""


def waiting_command(pack: ChallengePack, language: Language) -> tuple[str, ...]:
    """The program of the language's image that waits. Empty: a shell."""
    if language.slug != "python" or language.build:
        return ()
    if pack.kind is Kind.FUNCTION:
        modules = ",".join(dict.fromkeys((*COMMON_MODULES, *language.preload)))
        functions = f"--functions={pack.service.port}", f"--tests={_at_rest(pack)}"
        return ("python3", "-I", "-u", START, *functions, f"--preload={modules}")
    if not language.preload or language.command[0] not in _PYTHON:
        return ()
    # Programs run unbuffered (`services.candidate_environment`), and this becomes the program.
    return ("python3", "-u", START, f"--preload={','.join(language.preload)}")


def _at_rest(pack: ChallengePack) -> int:
    """How many tests' processes are forked ahead."""
    tests, limits = max(len(pack.tests(suite)) for suite in Suite), pack.limits
    return min(tests, limits.processes // _PROCESSES_FOR_ONE, limits.memory_mb // _MB_FOR_ONE)

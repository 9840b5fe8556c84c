"""How a candidate's container waits for its files: with a shell, or with an interpreter that has already
imported what the program will need (`grading.agent.waiting` runs there).
"""

from grading.challenge import ChallengePack, Kind, Language

START = "/opt/touchstone/grading/agent/start.py"
COMMON_MODULES = (
    *("abc", "bisect", "collections", "contextlib", "copy", "dataclasses", "datetime", "decimal", "enum"),
    *("functools", "heapq", "itertools", "json", "math", "operator", "random", "re", "string", "threading"),
    *("time", "types", "typing"),
)
"""Imported ahead for functions, which are imported anew for each test. What else of the standard library the
module needs is learned from its first import; more here would make every fork dearer."""
_PYTHON = ("python3", "python")


def waiting_command(pack: ChallengePack, language: Language) -> tuple[str, ...]:
    """The program of the language's image that waits. Empty: a shell."""
    if language.slug != "python" or language.build:
        return ()
    if pack.kind is Kind.FUNCTION:
        modules = ",".join(dict.fromkeys((*COMMON_MODULES, *language.preload)))
        return ("python3", "-I", "-u", START, f"--functions={pack.service.port}", f"--preload={modules}")
    if not language.preload or language.command[0] not in _PYTHON:
        return ()
    unbuffered = language.command[1:2] if language.command[1:2] == ("-u",) else ()
    return ("python3", *unbuffered, START, f"--preload={','.join(language.preload)}")

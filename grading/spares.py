"""How many containers of the candidate's program are worth starting before anybody asks for them, told by the
pack alone.
"""

import re

from grading import protocol
from grading.challenge import ChallengePack, Kind, Suite

MOST_PROGRAMS = 3
"""Containers that wait in a warm pod whose tests start a program each, at the most."""
_RESTARTS = re.compile(rb"\.(restart|start)\(")


def at_first(pack: ChallengePack, suite: Suite) -> int:
    """How many wait for the candidate's files before they come."""
    match pack.kind:
        case Kind.SQL:
            return 0
        case Kind.PROGRAM:
            return min(len(pack.tests(suite)), MOST_PROGRAMS)
    return 1


def restarts(pack: ChallengePack, suite: Suite) -> bool:
    """Whether a test of this suite may start the service again, told by the words of its files."""
    if pack.kind is not Kind.SERVICE:
        return False
    return any(_RESTARTS.search(data) for data in protocol.suite_files(pack, suite).values())

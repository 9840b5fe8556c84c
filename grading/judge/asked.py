"""What a test may do with an object of the candidate's, so that none can answer for itself.

An operator of theirs decides what it likes, and learns what it is compared with. So a test's plain data
becomes the operand only of objects that the suite has asked for, and whatever came where plain data could
have come is believed in nothing:

ASKED    made by calling a class that the suite imported, or named by `isinstance` with such a class. Every
         operator is theirs.
DERIVED  what an operator on these gave, or a method or an attribute of the class itself (`Money.of(5)`).
         Arithmetic, iteration, `len`, `in`, indices, numbers and texts are theirs; it is ordered or equal
         only among objects, never with plain data.
HELD     an attribute that holds an object of an imported class (`node.next`). It has a truth, where that is
         not what the test asserts, and a hash.
ANSWER   what a function or a method returned, or an iterator gave. It can be called, its attributes read, its
         methods called, it can be iterated over once, and be equal to an object that was asked for.

A class is a name with a capital letter: whether something is a class in the candidate's module is theirs to
say.
"""

from enum import IntEnum

UNASKED = (
    "Your code returned an object of a class of its own where a plain value was expected: "
    "a number, a text, a list ..."
)
ENDED = (
    "Your code returned an iterator, which can be gone through only once, "
    "where a list or another plain value was expected."
)


class UnaskedError(TypeError):
    """Something was asked of an object that was not asked for, where Python has to hear a TypeError."""


class Level(IntEnum):
    """How much of an object's own word is taken."""

    ANSWER = 0
    HELD = 1
    DERIVED = 2
    ASKED = 3


IN_PLACE = frozenset(
    {
        *("iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "imatmul"),
        *("iand", "ior", "ixor", "ilshift", "irshift"),
    }
)
COMPARISONS = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})
ARITHMETIC = IN_PLACE | frozenset(
    {
        *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor"),
        *("lshift", "rshift", "neg", "pos", "abs", "invert", "divmod", "round"),
    }
)
"""Gives another object of the kind, as a rule: its result is DERIVED."""
_TEXTS = frozenset({"str", "repr", "format"})
_OF_WHAT_IS_HELD = frozenset({"truth", "hash"})
_ALWAYS = frozenset({"setattr", "delattr", "copy", "deepcopy"})

_QUESTIONS = frozenset(
    {
        *("count", "index", "rindex", "find", "rfind", "startswith", "endswith", "is_integer"),
        *("issubset", "issuperset", "isdisjoint", *(name for name in dir(str) if name.startswith("is"))),
    }
)
_CHANGES = frozenset(
    {"append", "extend", "insert", "add", "remove", "discard", "pop", "clear", "update", "get"}
)
_OF_PLAIN_VALUES = frozenset(
    name
    for kind in (str, bytes, int, float, list, tuple, dict, set)
    for name in dir(kind)
    if not name.startswith("_") and name not in _CHANGES
)


def may_operate(operation: str, levels: list[Level], *, has_plain: bool, is_known: bool) -> bool:
    """`levels` of the operands that are objects, the object itself first; `has_plain`: another operand is
    plain data. `is_known`: it claims to be of a class that the suite imported.
    """
    if operation in _ALWAYS:
        return True
    if operation in COMPARISONS and has_plain:
        return levels[0] >= Level.ASKED
    if max(levels) >= Level.DERIVED and (operation in COMPARISONS or operation in ARITHMETIC):
        return True
    if operation in _TEXTS:
        return is_known or levels[0] >= Level.DERIVED
    if operation in _OF_WHAT_IS_HELD:
        return levels[0] >= Level.HELD
    return levels[0] >= Level.DERIVED


def may_call(method: str, level: Level, *, is_known: bool) -> bool:
    """A method that texts, numbers and lists have is asked of one of these; an object that has it, too, was
    not asked for. What changes a container is no question.
    """
    if level >= Level.DERIVED:
        return True
    return method not in (_QUESTIONS if is_known else _OF_PLAIN_VALUES)

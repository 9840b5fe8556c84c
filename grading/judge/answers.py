"""What the candidate's side says, as values: plain data, stand-ins of objects, exceptions.

None of it is believed. What a stand-in may be asked is decided by its level (`asked`).
"""

import weakref
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

from ..agent import builtin, wire
from . import raised, values
from .asked import Level
from .framing import Message
from .names import is_class
from .passed import Passed
from .remote import Remote
from .standin import StandIn, State

if TYPE_CHECKING:
    from .solution import Solution

NAME_CHARACTERS = 100
NAMES = 20
CAUSES = 5
LONGEST_RANGE = 1_000_000

_REFUSED = {
    "deep": f"it is nested more than {wire.DEPTH} deep, or holds itself",
    "parts": f"it has more than {wire.NODES} parts",
    "large": f"it is larger than {wire.LINE_BYTES // 2**20} MiB",
    "surrogate": "it holds a text with a lone surrogate",
}


class Answers:
    """Those of one module, and the stand-ins that they gave."""

    def __init__(self, remote: Remote, passed: Passed, solution: "Solution") -> None:
        self._remote, self._passed, self._solution = remote, passed, solution
        self.names: dict[str, type[raised.RemoteError]] = {}
        """What stands for a name of the module, once it was imported."""
        self._classes: set[str] = set()
        """Names of classes that the suite has imported, or made something of."""
        self._alive: weakref.WeakValueDictionary[tuple[int, Level], StandIn] = weakref.WeakValueDictionary()
        self._holders: Counter[int] = Counter()
        """How many stand-ins an object has, by its handle."""
        self._level = Level.ANSWER
        """Of the objects in what is being decoded."""
        self._depth = 0

    @property
    def is_decoding(self) -> bool:
        return self._depth > 0

    def clear(self) -> None:
        """For the next test."""
        self._holders.clear()
        self._alive.clear()

    def has_class(self, name: str) -> bool:
        return name in self._classes

    def note_class(self, name: str) -> None:
        if is_class(name):
            self._classes.add(name.rpartition(".")[2])

    def believe(self, one: StandIn) -> None:
        """It was asked for. Who returns it again was not asked for it."""
        state = one.__touchstone__
        if state.level is not Level.ASKED:
            self._alive.pop((state.handle, state.level), None)
            state.level = Level.ASKED

    def value(
        self, answer: Message, level: Level = Level.ANSWER, *, missing: str = "", of_object: bool = False
    ) -> Any:
        """`missing`: what was asked for, of the module or of an object."""
        if "value" in answer:
            return self.decode(answer["value"], level)
        if "missing" in answer:
            self._remote.fail(_missing_text(missing, of_object=of_object))
        if "refused" in answer:
            code = answer["refused"]
            why = _REFUSED.get(code if isinstance(code, str) else "", "it is of a kind that cannot travel")
            self._remote.fail(f"What your code returned cannot be read: {why}.")
        return self.senseless()

    def senseless(self) -> NoReturn:
        self._remote.fail("Your program answered a call with something that makes no sense.")

    def exception(self, told: Any) -> BaseException:
        if not isinstance(told, dict):
            self.senseless()
        if "yours" in told and (own := self._passed.raised(told["yours"])) is not None:
            vars(own)["__touchstone__"] = raised.Description((type(own).__name__,), str(own))
            return own
        error = top = raised.exception(self._told(told), self.names)
        for _ in range(CAUSES):
            told = told.get("cause")
            if not isinstance(told, dict):
                break
            error.__cause__ = raised.exception(self._told(told), self.names)
            error = error.__cause__
        return top

    def _told(self, told: Message) -> raised.Description:
        match told:
            case {"message": str(message), "names": [str(_), *_] as found}:
                known = tuple(_printable(name, NAME_CHARACTERS) for name in found[:NAMES])
                args, attributes = told.get("args"), told.get("attributes")
                handle = told.get("handle")
                one = self._stand_in(handle, known[0], "", self._level) if type(handle) is int else None
                return raised.Description(
                    names=known,
                    message=_printable(message, 500),
                    is_exact=told.get("exact") is True,
                    args=tuple(self.decode(args)) if isinstance(args, list) else None,
                    attributes=self.decode(attributes) if isinstance(attributes, dict) else {},
                    get=None if one is None else lambda name: self._attribute_of(one, name),
                )
        return self.senseless()

    def _attribute_of(self, error: StandIn, name: str) -> Any:
        missing = object()
        found = self._solution.get(error, name, missing) if self._remote.is_active else missing
        if found is missing:
            raise AttributeError(name)
        return found

    def decode(self, value: Any, level: Level = Level.ANSWER) -> Any:
        before, self._level = self._level, level
        self._depth += 1
        try:
            return wire.decode(value, self._resolve, longest_range=LONGEST_RANGE)
        except wire.WireError as error:
            return self._remote.fail(f"What your code returned cannot be read: it {error}.")
        finally:
            self._level = before
            self._depth -= 1

    def _resolve(self, tag: str, value: Any, decode: wire.Nested) -> Any:
        match tag, value:
            case "object", [int(handle), str(kind), *rest]:
                claims = rest[0] if rest and isinstance(rest[0], str) else ""
                return self._stand_in(handle, kind, claims, self._level)
            case "named", [str(kind), list(fields), list(items), handle]:
                one = self._stand_in(handle, kind, "", self._level) if type(handle) is int else None
                return values.named(
                    _printable(kind, NAME_CHARACTERS), fields, [decode(item) for item in items], one
                )
            case "enum", [str(kind), str(member), inner, int(handle), *rest]:
                one = self._stand_in(handle, kind, "", self._level)
                plain = decode(inner)
                one.__touchstone__.member = (member, plain, rest == [True] and isinstance(plain, int | str))
                return one
            case "builtin", str(name):
                return builtin.PLAIN_TYPES[name]
            case "function" | "iterator", _:
                return self._passed.find(value)
        raise wire.WireError("holds a value that cannot be read")

    def _stand_in(self, handle: int, kind: str, claims: str, level: Level) -> StandIn:
        found = self._alive.get((handle, level))
        if found is not None:
            return found
        number = self._remote.number
        kind = _printable(kind, NAME_CHARACTERS)
        if level is Level.HELD and kind not in self._classes:
            level = Level.ANSWER
        made = StandIn(State(self._solution, handle, kind, claims, level, number))
        self._alive[handle, level] = made
        if handle in self._remote.released:
            self._remote.released.remove(handle)
        self._holders[handle] += 1
        return made

    def release(self, handle: int, number: int) -> None:
        """One stand-in fewer."""
        if number != self._remote.number:
            return
        self._holders[handle] -= 1
        if self._holders[handle] <= 0:
            del self._holders[handle]
            self._remote.released.append(handle)


def _missing_text(path: str, *, of_object: bool) -> str:
    """With the suite's own words for what is missing, never with the program's."""
    owner, _, name = path.rpartition(".")
    if not name:
        return "Your object cannot be called."
    if not owner and not of_object:
        return f"Your module has no function or class {name!r}."
    return f"Your {'object' if of_object else owner} has no {name!r}."


def _printable(text: str, characters: int) -> str:
    """A text of the candidate's side, safe to show and to store."""
    return text[:characters].encode(errors="replace").decode()

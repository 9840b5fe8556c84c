"""The candidate's module as a suite sees it: `from solution import LRUCache, add`.

Each imported name stands for theirs (`names`): calling it calls their function or makes their object, which
comes back as a stand-in (`standin`); plain values come back as themselves. Nothing of theirs is ever imported
here. What a value claims about itself is decided by `asked`, and not by a method of theirs.
"""

import copy
import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn, cast

from ..agent import builtin, wire
from ..agent.operators import OPERATORS
from . import asked, names, raised, values
from .asked import Level
from .framing import Message
from .passed import Passed
from .remote import UNFIT, Remote
from .standin import StandIn, State

NAME_CHARACTERS = 100
NAMES = 20
CAUSES = 5
ITEMS = 1_000_000
"""Of one iteration."""
AHEAD, AHEAD_OF = 500, 50
"""At most so many items are asked for ahead, one for each so many that were used."""
Arguments = Sequence[Any]
Owner = StandIn | None

_REFUSED = {
    "deep": f"it is nested more than {wire.DEPTH} deep, or holds itself",
    "parts": f"it has more than {wire.NODES} parts",
    "large": f"it is larger than {wire.LINE_BYTES // 2**20} MiB",
    "surrogate": "it holds a text with a lone surrogate",
}


class UnfitError(TypeError):
    """What a test passes cannot be passed: its author's fault, and no TypeError of the candidate's code."""


class Solution:
    """Turns what a test does with names and objects into requests, and answers into values."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        remote.called = self._called
        self._names: dict[str, type[raised.RemoteError]] = {}
        self._classes: set[str] = set()
        """Names of classes that the suite has imported, or made something of."""
        self._callable: set[tuple[str, str]] = set()
        """(class, attribute) that are known to be called and not read."""
        self._alive: weakref.WeakValueDictionary[tuple[int, Level], StandIn] = weakref.WeakValueDictionary()
        self._holders: Counter[int] = Counter()
        """How many stand-ins an object has, by its handle."""
        self._passed = Passed()
        self._number = remote.number
        self._level = Level.ANSWER
        """Of the objects in what is being decoded."""

    @property
    def is_active(self) -> bool:
        return self._remote.is_active

    def has_class(self, name: str) -> bool:
        return name in self._classes

    def name(self, name: str) -> type[raised.RemoteError]:
        """The stand-in for a name of the module: always the same one, so that it can be expected."""
        if name not in self._names:
            self._names[name] = names.make(name, self)
            self._note_class(name)
        return self._names[name]

    def of_module(self, name: str, *default: Any) -> Any:
        """`solution.name`: during a test the value, if it is a plain one."""
        if not self.is_active or ("", name) in self._callable:
            return self.name(name)
        answer = self._ask(op="get", target=None, name=name)
        if "missing" in answer and default:
            return default[0]
        if answer.get("callable") is True:
            self._callable.add(("", name))
            return self.name(name)
        return self._value(answer, missing=name)

    def values_of(self, wanted: Sequence[str]) -> dict[str, Any]:
        """Of the names that stand for no function and no class, their values."""
        unknown = [name for name in wanted if ("", name) not in self._callable]
        if not unknown:
            return {}
        answer = self._ask(op="names", names=unknown)
        told = answer.get("names")
        if not isinstance(told, dict):
            self._senseless()
        self._callable.update(("", name) for name in unknown if _is_callable(told.get(name)))
        return {name: self._decode(told[name]["value"]) for name in unknown if _has_value(told.get(name))}

    def call(
        self, owner: Owner, name: str | None, args: Arguments, named: Message, *, back: bool = False
    ) -> Any:
        """`back`: lists, sets and mappings among the arguments become what they are after the call."""
        if owner is not None and name is not None:
            state = owner.__touchstone__
            if not asked.may_call(name.rpartition(".")[2], state.level, is_known=state.is_known):
                self._remote.fail(asked.UNASKED)
        request = {
            "op": "call",
            "target": self._handle(owner),
            "name": name,
            "args": [self._encode(item) for item in args],
            "kwargs": {key: self._encode(item) for key, item in named.items()},
        }
        if name is not None and names.is_class(name):
            self._note_class(name)
        answer = self._ask(**request, back=True) if back else self._ask(**request)
        if back and "value" in answer:
            self._change(args, answer.get("args"))
        return self._value(
            answer, _level_of_call(owner, name), missing=name or "", of_object=owner is not None
        )

    def _change(self, before: Arguments, told: Any) -> None:
        after = self._decode(told)
        if not isinstance(after, list) or len(after) != len(before):
            self._senseless()
        for old, new in zip(before, after, strict=True):
            if type(new) is not type(old):
                continue
            if isinstance(old, list | bytearray):
                old[:] = new
            elif isinstance(old, dict | set):
                old.clear()
                old.update(new)

    def get(self, owner: Owner, name: str, *default: Any) -> Any:
        """A plain attribute's value, or what is to be called."""
        known = (owner.__touchstone__.kind if owner is not None else "", name)
        if known not in self._callable:
            answer = self._ask(op="get", target=self._handle(owner), name=name)
            if "missing" in answer and default:
                return default[0]
            if answer.get("callable") is not True:
                level = Level.HELD if owner is not None else Level.DERIVED
                return self._value(answer, level, missing=name, of_object=owner is not None)
            if answer.get("fixed") is not False:
                self._callable.add(known)
        return names.Method(self, owner, name)

    def operate(self, operation: str, *args: Any) -> Any:
        """Asks for an operator, if its object may be asked for this; fails the test if not."""
        objects = [item for item in args if isinstance(item, StandIn)]
        if objects:
            levels = [item.__touchstone__.level for item in objects]
            first = objects[0].__touchstone__
            has_plain = len(objects) < len(args)
            if first.member and first.member[2] and operation not in ("setattr", "delattr"):
                return OPERATORS[operation](*(_plain(item) for item in args))
            if not asked.may_operate(operation, levels, has_plain=has_plain, is_known=first.is_known):
                self._remote.fail(asked.UNASKED)
        level = _level_of_operator(operation, objects)
        if operation == "getitem" and isinstance(args[1], slice) and level < Level.DERIVED:
            level = Level.DERIVED  # A part of what was asked for.
        asking = [self._encode(item) for item in args]
        result = self._value(self._ask(op="operator", name=operation, args=asking), level)
        is_first = operation in asked.IN_PLACE and isinstance(result, StandIn)
        return objects[0] if is_first and _is_the_same(result, objects[0]) else result

    def equal(self, one: StandIn, other: object) -> Any:
        """`==`, decided here wherever it can be."""
        state = one.__touchstone__
        if isinstance(other, StandIn):
            return self._equal_objects(one, other)
        if state.member:
            return state.member[2] and state.member[1] == other
        if other is None:
            return False
        return self._compare("eq", one, other)

    def unequal(self, one: StandIn, other: object) -> Any:
        """`!=`."""
        state = one.__touchstone__
        if isinstance(other, StandIn):
            others = other.__touchstone__
            is_theirs = not (state.member and others.member)
            is_theirs = is_theirs and max(state.level, others.level) >= Level.DERIVED
        else:
            is_theirs = other is not None and not state.member
        return self._compare("ne", one, other) if is_theirs else not self.equal(one, other)

    def hash(self, one: StandIn) -> int:
        """Theirs, where their class was imported."""
        state = one.__touchstone__
        if state.member:
            return hash(state.member[1] if state.member[2] else (state.kind, state.member[0]))
        if state.level >= Level.HELD or (self._decoding and state.is_known):
            found = self._value(self._ask(op="operator", name="hash", args=[self._encode(one)]))
            return hash(found) if isinstance(found, int) else self._senseless()
        if self._decoding:
            return hash((state.number, state.handle))
        return self._remote.fail(asked.UNASKED)

    def iterate(self, owner: Any) -> Iterator[Any]:
        """Of what was asked for a new iterator, of anything else the only one that there will be."""
        if not isinstance(owner, StandIn):
            return self._items(self._iterator_of(owner), ahead=True)
        state = owner.__touchstone__
        if state.level >= Level.DERIVED:
            if state.is_iterator:
                return self._items(owner)
            return self._items(self._iterator_of(owner), ahead=True)
        if state.stream is not None and state.stream.has_ended:
            self._remote.fail(asked.ENDED)
        return self.stream(owner)

    def stream(self, owner: StandIn) -> Iterator[Any]:
        """What `next` takes from."""
        state = owner.__touchstone__
        if state.level >= Level.DERIVED:
            return self._items(owner)
        if state.stream is None:
            of_it = owner if state.is_iterator else self._iterator_of(owner)
            state.stream = Stream(self._items(of_it, ahead=True))
        return cast(Iterator[Any], state.stream)

    def enter(self, owner: StandIn) -> Any:
        """What `with` gives: the object itself, as a rule."""
        result = self.call(owner, "__enter__", (), {})
        return owner if isinstance(result, StandIn) and _is_the_same(result, owner) else result

    def is_instance(self, instance: object, cls: type, name: str) -> bool:
        """Whoever asks for a class by name has asked for the object."""
        if isinstance(instance, values.NamedValue):
            return type(instance).__name__ == name
        if not isinstance(instance, StandIn):
            return False
        state = instance.__touchstone__
        is_one = state.kind == name.rpartition(".")[2]
        if not is_one and self.is_active:
            request = {"op": "operator", "name": "isinstance"}
            answer = self._ask(**request, args=[self._encode(instance), self._encode(cls)])
            is_one = self._value(answer) is True
        if is_one and state.level is not Level.ASKED:
            self._alive.pop((state.handle, state.level), None)  # Who returns it again was not asked for it.
            state.level = Level.ASKED
        return is_one

    def refuse(self) -> NoReturn:
        """Fails the test: an object was given where plain data was expected."""
        self._remote.fail(asked.UNASKED)

    def release(self, handle: int, number: int) -> None:
        """One stand-in fewer."""
        if number != self._remote.number:
            return
        self._holders[handle] -= 1
        if self._holders[handle] <= 0:
            del self._holders[handle]
            self._remote.released.append(handle)

    def _iterator_of(self, owner: Any) -> StandIn:
        answer = self._ask(op="operator", name="iter", args=[self._encode(owner)])
        found = self._value(answer)
        return found if isinstance(found, StandIn) else self._senseless()

    def _items(self, owner: StandIn, *, ahead: bool = False) -> Iterator[Any]:
        """`ahead`: of a long iteration the next few, as nobody else asks this iterator."""
        seen = 0
        while seen < ITEMS:
            count = 1 + min(seen // AHEAD_OF, AHEAD) if ahead else 1
            answer = self._ask(op="next", target=self._handle(owner), count=count)
            items = answer.get("items")
            if not isinstance(items, list) or len(items) > count:
                self._value(answer)
                self._senseless()
            if not items:
                return
            for item in items:
                yield self._decode(item)
            seen += len(items)
        self._remote.fail(f"Your code returned an iterator that had not ended after {ITEMS} items.")

    def _compare(self, operation: str, one: StandIn, other: object) -> Any:
        if one.__touchstone__.level >= Level.ASKED and not isinstance(other, StandIn):
            try:
                self._encoded(other)
            except wire.WireError:
                return NotImplemented
        return self.operate(operation, one, other)

    def _equal_objects(self, one: StandIn, other: StandIn) -> Any:
        state, others = one.__touchstone__, other.__touchstone__
        if state.member and others.member:
            if state.member[2] and others.member[2]:
                return state.member[1] == others.member[1]
            return (state.kind, state.member[0]) == (others.kind, others.member[0])
        if max(state.level, others.level) < Level.DERIVED and state.claims == others.claims == "data":
            return state.kind == others.kind and self._fields(one) == self._fields(other)
        return self.operate("eq", one, other)

    def _fields(self, one: StandIn) -> list[Any]:
        answer = self._ask(op="fields", target=self._handle(one))
        found = answer.get("fields")
        return [self._decode(item) for item in found] if isinstance(found, list) else self._senseless()

    def _ask(self, **request: Any) -> Message:
        self._begin_anew()
        answer = self._remote.ask(**request)
        if "error" in answer:
            raise self._exception(answer["error"])
        if "unfit" in answer:
            self._unfit("is of a type that the candidate's language has no value for")
        return answer

    def _unfit(self, why: str) -> NoReturn:
        """Whoever expects a TypeError must not take this for the candidate's."""
        self._remote.object_to(UNFIT)
        raise UnfitError(f"an argument {why}")

    def _begin_anew(self) -> None:
        """Another test's process knows nothing yet."""
        if self._number != self._remote.number:
            self._number = self._remote.number
            self._passed.clear()
            self._holders.clear()
            self._alive.clear()

    def _called(self, message: Message) -> Message:
        """A function of the test is called."""
        number, args, kwargs = message.get("call"), message.get("args"), message.get("kwargs")
        if type(number) is not int or not isinstance(args, list) or not isinstance(kwargs, dict):
            self._senseless()
        try:
            self._passed.find(number)
        except LookupError:
            self._senseless()
        try:
            return self._passed.call(message, self._encoded, self._decode)
        except wire.WireError as error:
            self._unfit(str(error))

    def _value(
        self, answer: Message, level: Level = Level.ANSWER, *, missing: str = "", of_object: bool = False
    ) -> Any:
        """`missing`: what was asked for, of the module or of an object."""
        if "value" in answer:
            return self._decode(answer["value"], level)
        if "missing" in answer:
            self._remote.fail(_missing_text(missing, of_object=of_object))
        if "refused" in answer:
            code = answer["refused"]
            why = _REFUSED.get(code if isinstance(code, str) else "", "it is of a kind that cannot travel")
            self._remote.fail(f"What your code returned cannot be read: {why}.")
        return self._senseless()

    def _senseless(self) -> NoReturn:
        self._remote.fail("Your program answered a call with something that makes no sense.")

    def _exception(self, told: Any) -> BaseException:
        if not isinstance(told, dict):
            self._senseless()
        if "yours" in told and (own := self._passed.raised(told["yours"])) is not None:
            vars(own)["__touchstone__"] = raised.Description((type(own).__name__,), str(own))
            return own
        error = top = raised.exception(self._told(told), self._names)
        for _ in range(CAUSES):
            told = told.get("cause")
            if not isinstance(told, dict):
                break
            error.__cause__ = raised.exception(self._told(told), self._names)
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
                    args=tuple(self._decode(args)) if isinstance(args, list) else None,
                    attributes=self._decode(attributes) if isinstance(attributes, dict) else {},
                    get=None if one is None else lambda name: self._attribute_of(one, name),
                )
        return self._senseless()

    def _attribute_of(self, error: StandIn, name: str) -> Any:
        missing = object()
        found = self.get(error, name, missing) if self.is_active else missing
        if found is missing:
            raise AttributeError(name)
        return found

    def _decode(self, value: Any, level: Level = Level.ANSWER) -> Any:
        before, self._level = self._level, level
        self._decoding += 1
        try:
            return wire.decode(value, self._resolve, longest_range=ITEMS)
        except wire.WireError as error:
            return self._remote.fail(f"What your code returned cannot be read: it {error}.")
        finally:
            self._level = before
            self._decoding -= 1

    _decoding = 0

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
        made = StandIn(State(self, handle, kind, claims, level, number))
        self._alive[handle, level] = made
        if handle in self._remote.released:
            self._remote.released.remove(handle)
        self._holders[handle] += 1
        return made

    def _encode(self, value: Any) -> Any:
        try:
            return self._encoded(value)
        except wire.WireError as error:
            self._unfit(str(error))

    def _encoded(self, value: Any) -> Any:
        self._begin_anew()
        return wire.encode(value, self._refer)

    def _refer(self, value: Any, encode: wire.Nested) -> Message:
        if isinstance(value, StandIn):
            return {"$": "object", "v": self._handle(value)}
        if type(value) is names.Name:
            return {"$": "name", "v": names.name_of(value)}
        if isinstance(value, names.Method):
            return self._refer_to_method(value)
        if isinstance(value, values.NamedValue):
            parts = [encode(item) for item in value]
            return {"$": "named", "v": [type(value).__name__, list(value._fields), parts, None]}
        if name := builtin.reference(value):
            return {"$": "builtin", "v": name}
        for kind in _BASES:
            if isinstance(value, kind):
                return cast(Message, self._refer_to_subclass(value, kind, encode))
        if type(value) in _LISTED:
            return {"$": "listed", "v": [encode(item) for item in copy.copy(value)]}
        if told := self._passed.tell(value):
            return told
        raise wire.WireError(f"of type {type(value).__name__} cannot be passed to the candidate's code")

    def _refer_to_method(self, value: names.Method) -> Message:
        _, owner, name = value.__touchstone__
        if owner is None:
            return {"$": "name", "v": name}
        answer = self._ask(op="get", target=self._handle(owner), name=name, keep=True)
        found = self._value(answer, missing=name)
        return {"$": "object", "v": self._handle(found)} if isinstance(found, StandIn) else self._senseless()

    def _refer_to_subclass(self, value: Any, kind: type, encode: wire.Nested) -> Any:
        fields = getattr(value, "_fields", None)
        if kind is tuple and fields is not None:
            inner = [encode(item) for item in value]
            return {"$": "named", "v": [type(value).__name__, list(fields), inner, None]}
        encoded: Message = encode(kind(value))
        return encoded

    def _handle(self, owner: Owner) -> int | None:
        if owner is None:
            return None
        state = owner.__touchstone__
        if state.number != self._remote.number:
            raise RuntimeError("an object of the candidate's lives only in the test that made it")
        return state.handle

    def _note_class(self, name: str) -> None:
        if names.is_class(name):
            self._classes.add(name.rpartition(".")[2])


class Stream:
    """The one iteration over an object that was not asked for."""

    __slots__ = ("_items", "has_ended")

    def __init__(self, items: Iterator[Any]) -> None:
        self._items, self.has_ended = items, False

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> Any:
        try:
            return next(self._items)
        except StopIteration:
            self.has_ended = True
            raise


_LISTED: tuple[type, ...] = (
    type(iter(range(0))),
    type(iter([])),
    type(reversed([])),
    type(iter(())),
    type(iter("")),
)
"""Iterators that nobody can see used: their items are sent."""
_BASES = (int, float, str, bytes, list, tuple, dict, set, frozenset)


def _level_of_call(owner: Owner, name: str | None) -> Level:
    """What is called by a class's name was asked for; what a class's own method gives is nearly so."""
    if name is None:
        return Level.ANSWER
    if names.is_class(name):
        return Level.ASKED
    return Level.DERIVED if owner is None and names.is_class(name.partition(".")[0]) else Level.ANSWER


def _level_of_operator(operation: str, objects: Sequence[StandIn]) -> Level:
    if operation in ("copy", "deepcopy") and objects:
        return objects[0].__touchstone__.level
    has_asked = any(item.__touchstone__.level >= Level.DERIVED for item in objects) or not objects
    gives_one = operation in asked.ARITHMETIC or operation in asked.COMPARISONS
    return Level.DERIVED if has_asked and (gives_one or not objects) else Level.ANSWER


def _is_the_same(one: StandIn, other: StandIn) -> bool:
    return one.__touchstone__.handle == other.__touchstone__.handle


def _plain(item: Any) -> Any:
    """A member that is a number or a text as well, as that."""
    member = item.__touchstone__.member if isinstance(item, StandIn) else None
    return member[1] if member and member[2] else item


def _is_callable(told: Any) -> bool:
    return isinstance(told, dict) and told.get("callable") is True


def _has_value(told: Any) -> bool:
    return isinstance(told, dict) and "value" in told


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

"""The candidate's module as a suite sees it: `from solution import LRUCache, add`.

Each imported name stands for theirs (`names`): calling it calls their function or makes their object, which
comes back as a stand-in (`standin`); plain values come back as themselves. Nothing of theirs is ever imported
here. What a value claims about itself is decided by `asked`, and not by a method of theirs.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from ..agent.operators import OPERATORS
from . import asked, names, raised, values
from .arguments import Owner
from .asked import Level
from .equality import Equality
from .exchange import Exchange
from .framing import Message
from .iteration import Iteration
from .remote import Remote
from .standin import StandIn

Given = Sequence[Any]


class Solution:
    """Turns what a test does with names and objects into requests, and answers into values."""

    def __init__(self, remote: Remote) -> None:
        self._exchange = Exchange(remote, self)
        self._answers = self._exchange.answers
        self._equality = Equality(self._exchange, self.operate)
        self._iteration = Iteration(self._exchange)
        self._callable: set[tuple[str, str]] = set()
        """(class, attribute) that are known to be called and not read."""

    @property
    def is_active(self) -> bool:
        return self._exchange.is_active

    def has_class(self, name: str) -> bool:
        return self._answers.has_class(name)

    def name(self, name: str) -> type[raised.RemoteError]:
        """The stand-in for a name of the module: always the same one, so that it can be expected."""
        if name not in self._answers.names:
            self._answers.names[name] = names.make(name, self)
            self._answers.note_class(name)
        return self._answers.names[name]

    def of_module(self, name: str, *default: Any) -> Any:
        """`solution.name`: during a test the value, if it is a plain one."""
        if not self.is_active or ("", name) in self._callable:
            return self.name(name)
        answer = self._exchange.ask(op="get", target=None, name=name)
        if "missing" in answer and default:
            return default[0]
        if answer.get("callable") is True:
            self._callable.add(("", name))
            return self.name(name)
        return self._answers.value(answer, missing=name)

    def values_of(self, wanted: Sequence[str]) -> dict[str, Any]:
        """Of the names that stand for no function and no class, their values."""
        unknown = [name for name in wanted if ("", name) not in self._callable]
        if not unknown:
            return {}
        answer = self._exchange.ask(op="names", names=unknown)
        told = answer.get("names")
        if not isinstance(told, dict):
            self._exchange.senseless()
        self._callable.update(("", name) for name in unknown if _is_callable(told.get(name)))
        return {
            name: self._exchange.decode(told[name]["value"]) for name in unknown if _has_value(told.get(name))
        }

    def call(self, owner: Owner, name: str | None, args: Given, named: Message, *, back: bool = False) -> Any:
        """`back`: lists, sets and mappings among the arguments become what they are after the call."""
        if owner is not None and name is not None:
            state = owner.__touchstone__
            if not asked.may_call(name.rpartition(".")[2], state.level, is_known=state.is_known):
                self._exchange.fail(asked.UNASKED)
        request = {
            "op": "call",
            "target": self._exchange.handle(owner),
            "name": name,
            "args": [self._exchange.encode(item) for item in args],
            "kwargs": {key: self._exchange.encode(item) for key, item in named.items()},
        }
        if name is not None and names.is_class(name):
            self._answers.note_class(name)
        answer = self._exchange.ask(**request, back=True) if back else self._exchange.ask(**request)
        if back and "value" in answer:
            self._change(args, answer.get("args"))
        return self._answers.value(
            answer, _level_of_call(owner, name), missing=name or "", of_object=owner is not None
        )

    def _change(self, before: Given, told: Any) -> None:
        after = self._exchange.decode(told)
        if not isinstance(after, list) or len(after) != len(before):
            self._exchange.senseless()
        for old, new in zip(before, after, strict=True):
            if isinstance(old, bytearray) and isinstance(new, bytes | bytearray):
                old[:] = new  # JavaScript has one type for both.
            elif type(new) is not type(old):
                continue
            elif isinstance(old, list):
                old[:] = new
            elif isinstance(old, deque):
                old.clear()
                old.extend(new)
            elif isinstance(old, dict | set):
                old.clear()
                old.update(new)

    def get(self, owner: Owner, name: str, *default: Any) -> Any:
        """A plain attribute's value, or what is to be called."""
        known = (owner.__touchstone__.kind if owner is not None else "", name)
        if known not in self._callable:
            answer = self._exchange.ask(op="get", target=self._exchange.handle(owner), name=name)
            if "missing" in answer and default:
                return default[0]
            if answer.get("callable") is not True:
                level = Level.HELD if owner is not None else Level.DERIVED
                return self._answers.value(answer, level, missing=name, of_object=owner is not None)
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
                self._exchange.fail(asked.UNASKED)
        level = _level_of_operator(operation, objects)
        if operation == "getitem" and isinstance(args[1], slice) and level < Level.DERIVED:
            level = Level.DERIVED  # A part of what was asked for.
        result = self._exchange.operator(operation, *args, level=level)
        is_first = operation in asked.IN_PLACE and isinstance(result, StandIn)
        return objects[0] if is_first and _is_the_same(result, objects[0]) else result

    def equal(self, one: StandIn, other: object) -> Any:
        """`==`."""
        return self._equality.equal(one, other)

    def unequal(self, one: StandIn, other: object) -> Any:
        """`!=`."""
        return self._equality.unequal(one, other)

    def hash(self, one: StandIn) -> int:
        """Theirs, where their class was imported."""
        return self._equality.hash(one)

    def iterate(self, owner: Any) -> Iterator[Any]:
        """What `iter` gives."""
        return self._iteration.iterate(owner)

    def stream(self, owner: StandIn) -> Iterator[Any]:
        """What `next` takes from."""
        return self._iteration.stream(owner)

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
            is_one = self._exchange.operator("isinstance", instance, cls) is True
        if is_one:
            self._answers.believe(instance)
        return is_one

    def refuse(self) -> NoReturn:
        """Fails the test: an object was given where plain data was expected."""
        self._exchange.fail(asked.UNASKED)

    def release(self, handle: int, number: int) -> None:
        """One stand-in fewer."""
        self._answers.release(handle, number)


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

"""Questions to the candidate's module with values in them, and values for an answer."""

from typing import TYPE_CHECKING, Any, NoReturn

from ..agent import wire
from .answers import Answers
from .arguments import Arguments, Owner
from .asked import Level
from .framing import Message
from .passed import Passed
from .remote import UNFIT, Remote
from .standin import StandIn

if TYPE_CHECKING:
    from .solution import Solution


class UnfitError(TypeError):
    """What a test passes cannot be passed: its author's fault, and no TypeError of the candidate's code."""


class Exchange:
    """With one module. Each test's process knows nothing of the one before."""

    def __init__(self, remote: Remote, solution: "Solution") -> None:
        self._remote = remote
        remote.called = self._called
        self._number = remote.number
        self._passed = Passed()
        self.answers = Answers(remote, self._passed, solution)
        self._arguments = Arguments(remote, self._passed, self._kept)

    @property
    def is_active(self) -> bool:
        return self._remote.is_active

    def ask(self, **request: Any) -> Message:
        self._begin_anew()
        answer = self._remote.ask(**request)
        if "error" in answer:
            raise self.answers.exception(answer["error"])
        if "unfit" in answer:
            self._unfit("is of a type that the candidate's language has no value for")
        return answer

    def operator(self, name: str, *args: Any, level: Level = Level.ANSWER) -> Any:
        return self.answers.value(
            self.ask(op="operator", name=name, args=[self.encode(item) for item in args]), level
        )

    def encode(self, value: Any) -> Any:
        try:
            return self.encoded(value)
        except wire.WireError as error:
            self._unfit(str(error))

    def encoded(self, value: Any) -> Any:
        """As `encode`, but raises WireError for what cannot be passed."""
        self._begin_anew()
        return self._arguments.encode(value)

    def decode(self, value: Any, level: Level = Level.ANSWER) -> Any:
        return self.answers.decode(value, level)

    def handle(self, owner: Owner) -> int | None:
        return self._arguments.handle(owner)

    def fail(self, text: str) -> NoReturn:
        """The test fails, also if it catches this."""
        self._remote.fail(text)

    def senseless(self) -> NoReturn:
        self.answers.senseless()

    def _kept(self, owner: StandIn, name: str) -> StandIn:
        answer = self.ask(op="get", target=self.handle(owner), name=name, keep=True)
        found = self.answers.value(answer, missing=name)
        return found if isinstance(found, StandIn) else self.senseless()

    def _begin_anew(self) -> None:
        if self._number != self._remote.number:
            self._number = self._remote.number
            self._passed.clear()
            self.answers.clear()

    def _called(self, message: Message) -> Message:
        """A function of the test is called."""
        number, args, kwargs = message.get("call"), message.get("args"), message.get("kwargs")
        if type(number) is not int or not isinstance(args, list) or not isinstance(kwargs, dict):
            self.senseless()
        try:
            self._passed.find(number)
        except LookupError:
            self.senseless()
        try:
            return self._passed.call(message, self.encoded, self.decode)
        except wire.WireError as error:
            self._unfit(str(error))

    def _unfit(self, why: str) -> NoReturn:
        """Whoever expects a TypeError must not take this for the candidate's."""
        self._remote.object_to(UNFIT)
        raise UnfitError(f"an argument {why}")

"""What a candidate's code raised, as an exception that a test can expect.

`pytest.raises(ValueError)` catches it if the code raised a ValueError; `pytest.raises(OutOfStock)`, with
`from solution import OutOfStock`, if it raised the candidate's own OutOfStock. Which it was is only what the
candidate's side says.
"""

import builtins
import types
from collections.abc import Mapping, Sequence
from functools import cache

_BUILT_IN = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, BaseExceptionGroup)
}
"""Not KeyboardInterrupt, SystemExit or a group: these would mean something to pytest itself."""


class RemoteError(Exception):
    """Base of all of them. The text is the message that the candidate's exception had."""

    remote_name = "Exception"

    def __init__(self, message: str) -> None:  # The bases' own may want other arguments.
        self.args = (message,)

    def __str__(self) -> str:
        return str(self.args[0])


def exception(names: Sequence[str], message: str, known: Mapping[str, type[RemoteError]]) -> RemoteError:
    """`names` are of its class and the class's bases; `known` are the suite's names for the candidate's."""
    kinds = tuple(dict.fromkeys(known[name] for name in names if name in known))
    built_in = next((name for name in names if name in _BUILT_IN), "Exception")
    kind = _kind(names[0], kinds, built_in)
    error = kind.__new__(kind, message)
    assert isinstance(error, RemoteError)
    RemoteError.__init__(error, message)
    return error


@cache
def _kind(name: str, kinds: tuple[type[RemoteError], ...], built_in: str) -> type[RemoteError]:
    bases = (*kinds, *(() if kinds else (RemoteError,)), _BUILT_IN[built_in])
    if built_in == "Exception":
        bases = bases[:-1]
    kind = types.new_class(name, bases, exec_body=lambda body: body.update(remote_name=name))
    assert issubclass(kind, RemoteError)
    return kind

"""An object of the test, as a candidate's code has it: its attributes are read and set where it is."""

from collections.abc import Callable
from typing import Any

from . import builtin

Use = Callable[..., Any]
"""Called with the object's number, a verb ('get', 'set', 'delete', 'call'), an attribute and arguments."""


def borrowed(use: Use, number: int, name: str, methods: list[str]) -> Any:
    """`methods`: the special ones that its class has."""

    def read(_: Any, attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        return use(number, "get", attribute)

    def write(_: Any, attribute: str, value: Any) -> None:
        use(number, "set", attribute, value)

    def delete(_: Any, attribute: str) -> None:
        use(number, "delete", attribute)

    body: dict[str, Any] = {method: _special(use, number, method) for method in methods}
    body |= {"__getattr__": read, "__setattr__": write, "__delattr__": delete, "__module__": "tests"}
    return type(name, (), body)()


def _special(use: Use, number: int, method: str) -> Callable[..., Any]:
    def call(_: Any, *args: Any) -> Any:
        if method == "__exit__" and args[0] is not None:  # A traceback stays here.
            args = (args[0] if builtin.type_name(args[0]) else Exception, None, None)
        return use(number, "call", method, *args)

    return call

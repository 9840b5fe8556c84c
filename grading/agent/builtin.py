"""Types and functions that both sides have anyway, by name: `int`, `str.upper`, `operator.add`."""

import builtins
import importlib
import sys
import types
from typing import Any

PLAIN_TYPES: dict[str, type] = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and kind.__name__ == name and kind is not type
}
"""Of the builtins. Nothing else that a candidate's side names is ever resolved on the judge's."""
_FUNCTIONS = (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)
_NAMES = {kind: name for name, kind in PLAIN_TYPES.items()} | {types.NoneType: ""}


def type_name(value: Any) -> str:
    """A type of the builtins by name; empty for anything else."""
    return _NAMES.get(value, "") if type(value) is type else ""


def reference(value: Any) -> str:
    """Also a function or a type of the standard library; empty for what belongs to somebody."""
    if name := type_name(value):
        return name
    if not isinstance(value, (*_FUNCTIONS, type)):
        return ""
    owner = getattr(value, "__self__", None)
    if owner is not None and not isinstance(owner, types.ModuleType | type):
        return ""  # Bound to a value, such as [].append.
    home = getattr(value, "__objclass__", value)
    module = getattr(home, "__module__", None) or "builtins"
    if module not in sys.stdlib_module_names:
        return ""
    name = value.__qualname__ if module == "builtins" else f"{module}.{value.__qualname__}"
    return name if _found(name) is value else ""


def resolve(name: str) -> Any:
    """What `reference` named. Raises LookupError or ImportError: only for the candidate's own process."""
    found = _found(name)
    if found is None:
        raise KeyError(name)
    return found


def _found(name: str) -> Any:
    first, *rest = name.split(".")
    found = vars(builtins).get(first) or importlib.import_module(first)
    for part in rest:
        found = getattr(found, part, None)
    return found

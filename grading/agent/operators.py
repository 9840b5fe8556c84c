"""What may be done with a value beside calling it, by name."""

import copy
import math
import operator
from collections.abc import Callable
from typing import Any

_FROM_OPERATOR = (
    *("getitem", "setitem", "delitem", "contains", "truth", "neg", "pos", "abs", "invert", "index"),
    *("eq", "ne", "lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod", "pow"),
    *("and_", "or_", "xor", "matmul", "lshift", "rshift"),
    *("iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "imatmul"),
    *("iand", "ior", "ixor", "ilshift", "irshift"),
)
_BUILT_IN = (setattr, delattr, len, str, repr, format, hash, round, int, float, complex, bytes, isinstance)

OPERATORS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in _FROM_OPERATOR},
    **{function.__name__: function for function in _BUILT_IN},
    **{function.__name__: function for function in (math.trunc, math.floor, math.ceil)},
    "divmod": divmod,
    "reversed": reversed,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "issubclass": issubclass,
}

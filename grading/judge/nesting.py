"""JSON that is nested too deeply is refused before it is decoded.

Each level takes a piece of the thread's stack, and newer interpreters allow more levels than a small stack
has room for: that would end the judge.
"""

import json
import re
from itertools import accumulate
from json import JSONDecodeError, JSONDecoder
from typing import Any

DEPTH = 500

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_OTHERS = bytes(set(range(256)) - set(_STEPS))


def guard() -> None:
    """From now on, whoever decodes JSON in this process."""
    if JSONDecoder.raw_decode is not _raw_decode:
        JSONDecoder.raw_decode = _raw_decode  # type: ignore[method-assign]


def _raw_decode(self: JSONDecoder, s: str, idx: int = 0) -> tuple[Any, int]:
    if s.count("[") + s.count("{") > DEPTH and depth(s) > DEPTH:
        raise JSONDecodeError(f"It is nested more than {DEPTH} deep", s, idx)
    return _usual(self, s, idx)


def depth(text: str) -> int:
    """How deeply brackets are nested outside strings."""
    brackets = _STRING.sub("", text).encode(errors="replace").translate(None, _OTHERS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


_usual = json.JSONDecoder.raw_decode

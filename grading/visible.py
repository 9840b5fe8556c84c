"""Text of a program's, a candidate's or an author's as it may be shown: what cannot be seen, or changes how
other text reads, is written out. A terminal would obey it, and a page would show another order of letters.
"""

import re

_DECEPTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e01ef\ud800-\udfff]"
)
"""Control characters but tab and line feed, direction changes, other line ends, what has no width, variation
selectors and tags, halves of surrogate pairs.
"""
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
"""Between letters of some scripts, and in pictures that are put together: with them, these are needed."""


def written_out(text: str, *, joiners: bool = True) -> str:
    """The text with '⟨U+202E⟩' and the like for each such character. Without `joiners` also for what some
    scripts need: in code even that deceives.
    """
    return _DECEPTIVE.sub(lambda found: _name(found[0], joiners=joiners), text.replace("\r\n", "\n"))


def _name(character: str, *, joiners: bool) -> str:
    if joiners and character in _JOINERS:
        return character
    return f"⟨U+{ord(character):04X}⟩"

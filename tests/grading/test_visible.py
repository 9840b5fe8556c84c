"""What cannot be seen in a program's text is written out, wherever the text comes in."""

import pytest

from grading.report import Outcome
from grading.scoring import Record
from grading.visible import written_out


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\nand more é 漢", "plain\ttext\nand more é 漢"),
        ("one\r\ntwo", "one\ntwo"),
        ("50 %\r100 %", "50 %⟨U+000D⟩100 %"),
        ("\x1b[2J\x1b[31mred", "⟨U+001B⟩[2J⟨U+001B⟩[31mred"),
        ("\x00\x07\x7f\x9b", "⟨U+0000⟩⟨U+0007⟩⟨U+007F⟩⟨U+009B⟩"),
        ("a\u202egpj\u202c", "a⟨U+202E⟩gpj⟨U+202C⟩"),
        ("\u2066x\u2069\u200f\u061c", "⟨U+2066⟩x⟨U+2069⟩⟨U+200F⟩⟨U+061C⟩"),
        ("a\u200bb\ufeffc\xadd\u2028e", "a⟨U+200B⟩b⟨U+FEFF⟩c⟨U+00AD⟩d⟨U+2028⟩e"),
        ("\U000e0041\ud800", "⟨U+E0041⟩⟨U+D800⟩"),
        ("\N{WOMAN}\u200d\N{PERSONAL COMPUTER}\ufe0f", "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}\ufe0f"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text, shown):
    assert written_out(text) == shown
    assert written_out(shown) == shown


def test_in_code_joiners_are_written_out_too():
    assert written_out("a\u200db", joiners=False) == "a⟨U+200D⟩b"


def test_what_a_judge_says_of_a_test_is_written_out():
    said = {
        "test": "t",
        "outcome": "failed",
        "awarded": 1,
        "seconds": 0,
        "message": "\x1b[2J",
        "detail": "\u202e",
    }
    record = Record.from_message(said)
    assert (record.outcome, record.message, record.detail) == (Outcome.FAILED, "⟨U+001B⟩[2J", "⟨U+202E⟩")

"""Code of strangers as rows: complete, bounded, and never deceptive."""

import pytest

from assessments.review import code


def texts(file):
    return [str(row.html) for row in file.rows]


def test_lines_are_numbered_and_coloured():
    file = code.listing("main.py", "def f():\n    return 1\n")
    assert [row.new for row in file.rows] == [1, 2]
    assert '<span class="k">def</span>' in texts(file)[0]


@pytest.mark.parametrize(
    "text", ["", "\n", "\n\n", "a", "a\n", "a\n\n", "\n a\r\nb\rc", "'''\n\n'''\n", "\x0c\n\u2028\n"]
)
@pytest.mark.parametrize("path", ["a.py", "a.txt", "a.sql", "a.js"])
def test_no_line_is_lost_or_added(path, text):
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    expected = plain.count("\n") + (1 if plain and not plain.endswith("\n") else 0)
    assert len(code.listing(path, text).rows) == expected


def test_what_would_deceive_is_written_out():
    file = code.listing("a.txt", "a\u202eb\u200bc\x1bd\ufeff")
    assert texts(file) == ["a⟨U+202E⟩b⟨U+200B⟩c⟨U+001B⟩d⟨U+FEFF⟩"]


def test_long_lines_and_long_files_are_cut_and_say_so():
    file = code.listing("a.py", "x" * 5000 + "\n" + "y\n" * 5000)
    assert len(file.rows) == code.MAX_LINES
    assert "4000 more characters" in texts(file)[0]
    assert "2000 of 5001 lines" in file.note


def test_many_files_are_named_when_the_page_is_full():
    files = code.listings({f"{number}.py": "x = 1\n" * 1600 for number in range(5)})
    assert [len(file.rows) for file in files] == [1600, 1600, 0, 0, 0]
    assert files[-1].note == code.TOO_LONG


def test_difference_shows_what_changed_with_its_surroundings():
    before = "\n".join(str(number) for number in range(20))
    file = code.difference("a.txt", before, before.replace("10", "ten"))
    assert (file.added, file.removed, file.state) == (1, 1, "changed")
    assert [row.kind for row in file.rows] == ["gap", *["same"] * 3, "removed", "added", *["same"] * 3, "gap"]
    assert [(row.old, row.new) for row in file.rows if row.kind in {"added", "removed"}] == [
        (11, None),
        (None, 11),
    ]


def test_new_deleted_and_unchanged_files_are_told_apart():
    files = code.differences({"kept": "1", "gone": "2"}, {"kept": "1", "made": "3"})
    assert {file.path: file.state for file in files} == {
        "gone": "deleted",
        "made": "new",
        "kept": "unchanged",
    }
    assert files[-1].rows == ()


def test_a_difference_in_line_ends_only_is_said():
    file = code.difference("a.txt", "a\r\nb", "a\nb\n")
    assert file.rows == ()
    assert "Only the ends of lines" in file.note

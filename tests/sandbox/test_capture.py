"""What is kept of an output, and how it is cut into lines; the queue between reader and worker."""

import threading

import pytest

from sandbox.capture import LINE_BYTES, Capture, Lines, LineTooLongError
from sandbox.errors import PodError
from sandbox.events import MAX_LINES_WAITING, EventQueue
from sandbox.spec import Ended, Ending, Line


def line(data: bytes) -> Line:
    return Line(member="judge", data=data)


def test_short_output_is_kept_whole():
    capture = Capture(10)
    capture.add(b"12345")
    capture.add(b"67890")
    assert (capture.value(), capture.truncated) == (b"1234567890", False)


@pytest.mark.parametrize("step", [1, 3, 100])
def test_of_long_output_the_beginning_and_the_end_are_kept(step):
    capture, data = Capture(10), bytes(range(100))
    for start in range(0, 100, step):
        capture.add(data[start : start + step])
    assert (capture.value(), capture.truncated) == (data[:5] + data[-5:], True)


def test_lines_are_whole_however_they_arrive():
    lines = Lines()
    assert [*lines.add(b"a\nb"), *lines.add(b"c\n\n"), *lines.add(b"rest")] == [b"a", b"bc", b""]


def test_a_line_without_end_is_refused():
    with pytest.raises(LineTooLongError):
        list(Lines().add(b"x" * (LINE_BYTES + 1)))


def test_no_event_in_time_is_none():
    assert EventQueue().get(0) is None


def test_a_failure_of_a_reader_is_raised_to_the_worker():
    events = EventQueue()
    events.put("x", PodError("gone"))
    with pytest.raises(PodError, match="gone"):
        events.get(0)


def test_events_of_a_dropped_container_are_forgotten():
    events = EventQueue()
    events.put("old", line(b"1"))
    events.drop("old")
    events.put("old", line(b"2"))
    events.put("new", line(b"3"))
    assert events.get(0) == line(b"3")


def test_an_ending_passes_a_queue_full_of_lines():
    events = EventQueue()
    for _ in range(MAX_LINES_WAITING):
        events.put("judge", line(b"x"))
    events.put("candidate", Ended(member="candidate", ending=Ending(exit_code=0)))
    assert sum(isinstance(events.get(0), Line) for _ in range(MAX_LINES_WAITING)) == MAX_LINES_WAITING
    assert isinstance(events.get(0), Ended)


def test_closing_lets_a_held_up_writer_go():
    events = EventQueue()
    for _ in range(MAX_LINES_WAITING):
        events.put("judge", line(b"x"))
    writer = threading.Thread(target=events.put, args=("judge", line(b"y")))
    writer.start()
    events.close()
    writer.join(10)
    assert not writer.is_alive()

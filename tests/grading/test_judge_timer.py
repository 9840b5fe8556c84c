"""The time limit of a test, in a process of its own: it takes the alarm."""

import json
import subprocess
import sys
from pathlib import Path

HEAD = """
import json
import signal
import threading

from grading.judge.timer import TestTimeoutError, Timer

timer = Timer()
paused, go_on = threading.Event(), threading.Event()


def pause():
    with timer.paused():
        paused.set()
        go_on.wait()


thread = threading.Thread(target=pause)
"""


def run(script):
    """What the script prints last."""
    done = subprocess.run(
        [sys.executable, "-c", HEAD + script],
        capture_output=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_thread_that_pauses_when_a_test_ends_sets_no_alarm_afterwards():
    found = run("""
with timer.limit(30):
    thread.start()
    paused.wait()
go_on.set()
thread.join()
print(json.dumps([signal.getitimer(signal.ITIMER_REAL)[0], timer.left > 0]))
""")
    assert found == [0, True]


def test_a_thread_that_pauses_when_a_test_ends_does_not_touch_the_next_ones_limit():
    found = run("""
with timer.limit(3000):
    thread.start()
    paused.wait()
with timer.limit(30):
    go_on.set()
    thread.join()
    with timer.paused():
        stopped = signal.getitimer(signal.ITIMER_REAL)[0]
    left = signal.getitimer(signal.ITIMER_REAL)[0]
print(json.dumps([stopped, 0 < left <= 30]))
""")
    assert found == [0, True]


def test_what_exceeds_its_limit_is_interrupted():
    found = run("""
try:
    with timer.limit(0.01):
        go_on.wait()
except TestTimeoutError:
    print(json.dumps("interrupted"))
""")
    assert found == "interrupted"

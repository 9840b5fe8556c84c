"""Threads of a test that call the candidate's functions."""

from tests.grading.functions import serve

TESTS = '''
import sys
import threading
import time

import pytest
from solution import Account, call, sleep

pytestmark = pytest.mark.timeout(60)
FOREVER = threading.Event()


def test_many_threads():
    """A thousand threads use one object"""
    account = Account()

    def pay():
        account.deposit(2)
        account.deposit(-1)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-12)
    threads = [threading.Thread(target=pay) for _ in range(1000)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert account.balance == 1000


def leave_behind(*calls):
    for one in calls:
        threading.Thread(target=one, daemon=True).start()
    time.sleep(0.3)


def test_leaves_a_question():
    """Ends while a thread waits for an answer, and others for their turn"""
    leave_behind(*[lambda: sleep(60)] * 5)


def test_leaves_a_callback():
    """Ends while the candidate's code waits for a function of the test"""
    leave_behind(lambda: call(FOREVER.wait), lambda: sleep(0))


def test_leaves_a_callback_that_returns():
    """Ends while a function of the test runs, which returns in a later test"""
    leave_behind(lambda: call(lambda: time.sleep(1)))

''' + "".join(
    f'''
def test_goes_on_{number}():
    """Asks, whatever others have left ({number})"""
    account = Account()
    for _ in range(50):
        account.deposit(1)
    sleep(0.2)
    assert account.balance == 50

'''
    for number in range(8)
)

SOLUTION = """
import time


class Account:
    def __init__(self):
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount


def sleep(seconds):
    time.sleep(seconds)


def call(function):
    function()
"""


def test_no_thread_spoils_a_later_test(tmp_path):
    heard, log = serve(tmp_path, SOLUTION, TESTS)
    assert len(heard.results) == 12, heard.log + log
    assert {name: one["message"] for name, one in heard.results.items() if one["outcome"] != "passed"} == {}

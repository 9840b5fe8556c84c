"""What a program answers cannot end the judge: it fails the test that holds too much, and the rest is
decided.

The answers are made by the tests themselves, in the judge's process: it is the same memory.
"""

from dataclasses import replace

import pytest

from grading.judge.framing import pack_bytes
from grading.judge.memory import TOO_MUCH
from grading.judge.nesting import DEPTH, depth
from tests.grading.judgeprocess import judge
from tests.grading.test_judge_session import suite

pytestmark = pytest.mark.timeout(300)

HOLDS = '''
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

LISTS = "[" + "{}," * 1_000_000 + "{}]"
MIXED = "[" + '{"a": [1.5, "b", {"c": 1234567890123}]},' * 100_000 + "0]"


@pytest.fixture
def holding():
    return [json.loads(LISTS) for _ in range(8)]


def test_keeps_lists():
    """Keeps eight answers"""
    assert [json.loads(LISTS) for _ in range(8)] == []


def test_keeps_lists_of_many_threads():
    """Keeps eight answers of eight threads"""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: json.loads(LISTS), range(8)))
    assert len(answers) == 8


def thousand_threads(done):
    threads = [threading.Thread(target=done.wait) for _ in range(1000)]
    for thread in threads:
        thread.start()
    return threads


def test_keeps_lists_beside_a_thousand_threads():
    """Keeps eight answers while a thousand threads wait"""
    done = threading.Event()
    threads = thousand_threads(done)
    try:
        assert [json.loads(LISTS) for _ in range(8)] == []
    finally:
        done.set()
        for thread in threads:
            thread.join()


def test_keeps_lists_after_a_thousand_threads():
    """Keeps eight answers when a thousand threads have ended"""
    done = threading.Event()
    threads = thousand_threads(done)
    done.set()
    for thread in threads:
        thread.join()
    assert [json.loads(LISTS) for _ in range(8)] == []


def test_keeps_them_in_a_fixture(holding):
    """Keeps them in a fixture"""


def test_keeps_texts():
    """Keeps texts"""
    texts = []
    while True:
        texts.append("x" * 1_000_000)


def test_keeps_numbers():
    """Keeps small things of every size"""
    kept = []
    while True:
        kept.append(json.loads(MIXED))


def test_quotes_lines():
    """Quotes an answer of many lines"""
    assert False, "\\n" * 4_000_000


def test_quotes_a_long_error():
    """Has an error that quotes an answer"""
    try:
        raise ValueError("\\n" * 4_000_000)
    except ValueError:
        pytest.fail("\\n" * 4_000_000)


def test_prints():
    """Prints an answer"""
    print("x" * 50_000_000)
    assert False, "after it was printed"


@pytest.mark.parametrize("text", ["[" * 300_000, '{"a":' * 300_000, '[{"a":' * 300_000])
def test_nests(text):
    """Is nested deeply"""
    def decode():
        try:
            json.loads(text)
        except ValueError as error:
            found.append(str(error))
    found = []
    thread = threading.Thread(target=decode)
    thread.start()
    thread.join()
    assert "nested" in found[0]


def test_goes_on_with_threads():
    """Comes after them, with sixty threads"""
    with ThreadPoolExecutor(60) as pool:
        assert sum(pool.map(lambda number: number, range(600))) == 179_700


def test_goes_on_with_a_thousand_threads():
    """Comes after them, with a thousand threads at once"""
    done = threading.Event()
    threads = thousand_threads(done)
    assert threading.active_count() > 1000
    done.set()
    for thread in threads:
        thread.join()


def test_goes_on(program):
    """Comes after them, and asks for something large"""
    assert len(program.run().stdout) == 10_000_000
'''


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    output = pack_bytes(b"x" * 10_000_000)
    answer = {"exit_code": 0, "stdout": output, "stderr": "", "seconds": 0.1, "timed_out": False}
    answer |= {"out_of_memory": False, "output_overflow": False}
    pack = suite(HOLDS)
    pack = replace(pack, limits=replace(pack.limits, test_seconds=30, run_seconds=120))
    return judge(pack, tmp_path_factory.mktemp("judge"), answer=lambda _: answer)


def test_each_that_holds_too_much_fails_and_the_rest_is_decided(heard):
    outcomes = {name.partition("_")[2]: result["outcome"] for name, result in heard.results.items()}
    assert heard.types[-2:] == ["finished", "trailer"], heard.log[-3000:]
    passed = {"nests", "goes_on", "goes_on_with_threads", "goes_on_with_a_thousand_threads"}
    assert {name for name, outcome in outcomes.items() if outcome == "passed"} == passed
    assert set(outcomes.values()) == {"passed", "failed"}


@pytest.mark.parametrize(
    "name",
    [
        "keeps_lists",
        "keeps_lists_of_many_threads",
        "keeps_lists_beside_a_thousand_threads",
        "keeps_lists_after_a_thousand_threads",
        "keeps_them_in_a_fixture",
        "keeps_texts",
        "keeps_numbers",
    ],
)
def test_the_sentence_is_ours(heard, name):
    assert heard.results[f"test_{name}"]["message"] == TOO_MUCH


def test_depth_is_that_of_brackets_outside_texts():
    assert depth('{"a": ["]]]", {"b\\"[[[": [1]}]}') == 4
    assert depth('"[[[') == 0
    assert DEPTH > 100

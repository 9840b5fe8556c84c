"""The list of tests, as it is read without running a line of them."""

import pytest

from grading import manifest
from grading.challenge import PackLimits
from grading.errors import Fault

DEFAULTS = manifest.Defaults(
    skills=("caching", "api-design"), main_skill="caching", limits=PackLimits(run_seconds=30, test_seconds=5)
)


def read(source, path="tests/hidden/test_a.py", **more):
    """(tests, faults) of one file, and of more files given by name."""
    faults: list[Fault] = []
    files = {path: source.encode() if isinstance(source, str) else source}
    files |= {f"tests/hidden/{name}.py": text.encode() for name, text in more.items()}
    return manifest.read(files, "tests/hidden", DEFAULTS, faults), faults


def faults_of(source):
    return [(fault.line, fault.message) for fault in read(source)[1]]


def test_a_test_without_markers_has_the_defaults():
    (test,), faults = read('def test_one(service):\n    """ The title.\n\n    More.\n    """\n')
    assert not faults
    assert (test.id, test.title, test.points, test.skill, test.seconds, test.path, test.line) == (
        "test_a.py::test_one",
        "The title.",
        1.0,
        "caching",
        5,
        "tests/hidden/test_a.py",
        1,
    )


def test_markers_of_the_function_win_over_those_of_class_and_module():
    tests, faults = read("""
from pytest import mark
pytestmark = [mark.points(2), mark.skill("api-design")]
def test_one():
    "One"
@mark.points(3)
class TestGroup:
    pytestmark = mark.timeout(7)
    def test_two(self):
        "Two"
    @mark.points(0.5)
    @mark.skill("caching")
    def test_three(self):
        "Three"
""")
    assert not faults
    assert [(test.id, test.points, test.skill, test.seconds) for test in tests] == [
        ("test_a.py::test_one", 2, "api-design", 5),
        ("test_a.py::TestGroup::test_two", 3, "api-design", 7),
        ("test_a.py::TestGroup::test_three", 0.5, "caching", 7),
    ]


def test_a_parametrised_test_is_one():
    tests, faults = read("""
import pytest
@pytest.mark.parametrize("n", range(3))
@pytest.mark.filterwarnings("ignore")
def test_one(n):
    "One"
""")
    assert ([test.id for test in tests], faults) == (["test_a.py::test_one"], [])


def test_fixtures_helpers_and_other_files_are_no_tests():
    tests, faults = read(
        """
import pytest
@pytest.fixture
def test_data():
    return 1
@pytest.fixture(scope="module")
def testing():
    return 1
def helper(): ...
class Helper:
    def test_like(self): ...
""",
        conftest="def test_no(): ...",
        helper="def test_neither(): ...",
    )
    assert (tests, faults) == ((), [])


def test_files_in_folders_have_their_folder_in_the_id():
    tests, _ = read('def test_one():\n    "One"\n', "tests/hidden/deep/test_b.py")
    assert tests[0].id == "deep/test_b.py::test_one"


@pytest.mark.parametrize(
    "decorator",
    [
        "points(N)",
        "points(-1)",
        "points(0)",
        "points(True)",
        "points('3')",
        "points(1 + 1)",
        "points(n=3)",
        "points(1, 2)",
        "points()",
        "points",
        "points(101)",
        "skill(SKILL)",
        "skill(3)",
        "skill('unknown')",
        "skill(f'caching')",
        "timeout('3')",
        "timeout(31)",
        "timeout(method='thread')",
        "skip",
        "skip(reason='x')",
        "skipif(True, reason='x')",
        "xfail",
    ],
)
def test_a_marker_that_cannot_be_read_or_loses_points_is_a_fault(decorator):
    ((line, message),) = faults_of(f'import pytest\n@pytest.mark.{decorator}\ndef test_one():\n    "One"\n')
    assert line == 2
    assert decorator.split("(")[0] in message


@pytest.mark.parametrize(
    ("source", "line", "word"),
    [
        ("def test_one():\n    pass\n", 1, "docstring"),
        ("def test_one():\n    '''  '''\n", 1, "docstring"),
        ("def test_one():\n    f'''x'''\n", 1, "docstring"),
        (f"def test_one():\n    '{'x' * 200}'\n", 1, "longer"),
        ("def test_one():\n    'a'\ndef test_one():\n    'b'\n", 3, "twice"),
        ("async def test_one():\n    'a'\n", 1, "async"),
        ("def testing():\n    'a'\n", 1, "would run as a test"),
        ("if True:\n    def test_one():\n        'a'\n", 2, "top level"),
        ("for _ in 'ab':\n    def test_one(): 'a'\n", 2, "top level"),
        ("class TestA(Base):\n    def test_one(self): 'a'\n", 1, "inherits"),
        ("class TestA:\n    def __init__(self): ...\n    def test_one(self): 'a'\n", 1, "__init__"),
        ("class TestA:\n    class TestB:\n        def test_one(self): 'a'\n", 2, "inside"),
        ("from x import test_one\n", 1, "imported"),
        ("from x import y as test_one\n", 1, "imported"),
        ("from x import TestBase\n", 1, "imported"),
        (
            "import pytest\nthree = pytest.mark.points(3)\n@three\ndef test_one():\n    'a'\n",
            2,
            "only counts",
        ),
        ("def test_one(:\n", 1, "not valid Python"),
        ("x = 1\n\0", 0, "Python"),
    ],
)
def test_what_would_make_the_list_wrong_is_a_fault_with_its_line(source, line, word):
    found = faults_of(source)
    assert len(found) == 1
    assert found[0][0] in {line, 1}
    assert word in found[0][1]


def test_a_file_with_the_other_naming_is_a_fault():
    _, faults = read("", "tests/hidden/orders_test.py")
    assert "test_<something>.py" in faults[0].message


def test_nesting_without_end_does_not_end_the_reader():
    _, faults = read("x = " + "(" * 5000 + ")" * 5000)
    assert len(faults) == 1


def test_a_file_that_is_not_utf_8_is_a_fault():
    _, faults = read(b"x = '\xff'\n")
    assert len(faults) == 1


def test_nothing_is_executed(tmp_path):
    witness = tmp_path / "witness"
    read(f"open({str(witness)!r}, 'w')\ndef test_one():\n    'One'\n")
    assert not witness.exists()


def test_methods_of_unittest_classes_are_listed_with_what_they_inherit_in_their_file():
    tests, faults = read("""
import unittest
from pytest import mark
class Base(unittest.TestCase):
    def setUp(self):
        self.n = 1
    def test_one(self):
        "One"
@mark.points(3)
class Further(Base):
    def testTwo(self):
        "Two"
class Off(unittest.TestCase):
    __test__ = False
    def test_three(self):
        "Three"
class Waits(unittest.IsolatedAsyncioTestCase):
    async def test_four(self):
        "Four"
""")
    assert not faults
    assert [(test.id, test.points) for test in tests] == [
        ("test_a.py::Base::test_one", 1),
        ("test_a.py::Further::test_one", 3),
        ("test_a.py::Further::testTwo", 3),
        ("test_a.py::Waits::test_four", 1),
    ]


def test_a_unittest_class_of_elsewhere_and_skips_are_faults():
    assert faults_of("""
import unittest
from unittest import expectedFailure
from support import Cases
class One(Cases, unittest.TestCase):
    @expectedFailure
    def test_one(self):
        "One"
@unittest.skip("later")
class Two(unittest.TestCase):
    def test_two(self):
        "Two"
@unittest.skipIf(True, "later")
def test_three():
    "Three"
""") == [
        (5, "One inherits from Cases, whose tests cannot be listed"),
        (6, "a test marked expectedFailure can never earn its points"),
        (9, "a test marked skip can never earn its points"),
        (13, "a test marked skipIf can never earn its points"),
    ]

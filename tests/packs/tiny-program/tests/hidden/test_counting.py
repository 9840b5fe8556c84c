import pytest


@pytest.mark.points(3)
def test_counts_many(program, rng):
    """Counts any number of words"""
    count = rng.randrange(100, 1000)
    completed = program.run(stdin="word " * count)
    assert completed.exit_code == 0, f"exit code {completed.exit_code}"
    assert completed.stdout.strip() == str(count)


def test_reads_a_file(program):
    """Reads the file that is named"""
    assert program.run("in.txt", files={"in.txt": "one two\nthree"}).stdout == "3\n"


def test_nothing_survives(program):
    """Each run starts anew"""
    program.run("in.txt", files={"in.txt": "one"})
    assert program.run("in.txt").exit_code == 2


def test_stops_in_time(program):
    """Comes to its end"""
    completed = program.run(stdin="", timeout_seconds=4)
    assert not completed.timed_out, "the program did not end within 4 s"
    assert completed.stdout == "0\n"

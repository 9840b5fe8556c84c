import pytest


@pytest.mark.points(3)
def test_shouts_a_secret(program, rng):
    """Prints any text in upper case"""
    text = f"@CANARY@ {rng.randrange(10**6)}\n"
    completed = program.run(stdin=text)
    assert completed.stdout == text.upper()


def test_says_nothing_to_nothing(program):
    """Ends well without input"""
    completed = program.run(stdin="")
    assert (completed.exit_code, completed.stdout) == (0, "")

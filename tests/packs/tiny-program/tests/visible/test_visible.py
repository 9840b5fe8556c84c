def test_counts_two(program):
    """Counts two words"""
    assert program.run(stdin="a b").stdout == "2\n"

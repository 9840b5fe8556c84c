def test_shouts(program):
    """Prints a text in upper case"""
    assert program.run(stdin="a").stdout == "A"

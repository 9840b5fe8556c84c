def test_doubles_two(graphql):
    """GraphQL: doubles 2"""
    assert graphql("query ($n: Int!) { double(n: $n) }", {"n": 2}).data == {"double": 4}

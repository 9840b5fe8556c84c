def test_has_a_query(statements):
    """Has one query"""
    assert len(statements("query.sql")) == 1

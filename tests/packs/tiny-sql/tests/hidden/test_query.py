import psycopg
import pytest


@pytest.mark.parametrize("database", ["main", "large"])
def test_finds_the_right_items(postgres, query, database):
    """Finds what it should, at two sizes"""
    expected = postgres.fetch("SELECT id FROM items WHERE owner = 7 ORDER BY id", database=database)
    assert postgres.fetch(query, database=database, role="candidate") == expected


@pytest.mark.points(2)
def test_touches_few_blocks(postgres, query, indexed, award):
    """Touches few blocks"""
    plan = postgres.explain(query, database="large")
    assert plan.indexes, "no index is used"
    assert plan.rows < 100
    award(max(0, 60 - plan.shared_blocks), of=60)
    assert plan.shared_blocks < 60


def test_counts_statements(postgres, query):
    """Its statements are counted"""
    postgres.reset_statements()
    postgres.fetch(query, role="candidate")
    assert [item.calls for item in postgres.statements()] == [1]


def test_candidate_may_not_become_owner(postgres):
    """The candidate's role has no other rights"""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        postgres.candidate.execute("SELECT pg_read_file('/etc/passwd')")


def test_stops_a_query_that_hangs(postgres, query):
    """Ends in time"""
    assert len(postgres.fetch(query, role="candidate")) == 20

import psycopg
import pytest

EXPECTED = "SELECT id FROM items WHERE owner = 7 ORDER BY id"


@pytest.mark.parametrize("database", ["main", "large"])
def test_finds_the_right_items(postgres, query, database):
    """Finds what it should, at two sizes"""
    expected = postgres.fetch(EXPECTED, database=database)
    assert postgres.run(query, database=database).rows == expected


@pytest.mark.points(2)
def test_touches_few_blocks(postgres, query, indexed, award):
    """Touches few blocks"""
    run = postgres.run(query, database="large")
    assert run.rows == postgres.fetch(EXPECTED, database="large")
    assert run.indexes, "no index is used"
    assert run.rows_read < 100
    award(max(0, 60 - run.shared_blocks), of=60)
    assert run.shared_blocks < 60


def test_counts_statements(postgres, query):
    """Its statements are counted"""
    postgres.reset_statements()
    with postgres.work() as work:
        postgres.fetch(query, role="candidate")
    assert [item.calls for item in postgres.statements()] == [1]
    assert [(call.command, call.tables) for call in work.calls] == [("SELECT", {"items"})]
    assert work.count() == work.count("items") == work.tables["items"] == 1


def test_candidate_may_not_become_owner(postgres):
    """The candidate's role has no other rights"""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        postgres.candidate.execute("SELECT pg_read_file('/etc/passwd')")


def test_stops_a_query_that_hangs(postgres, query):
    """Ends in time"""
    assert len(postgres.fetch(query, role="candidate")) == 20

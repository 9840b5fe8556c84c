import pytest


@pytest.fixture
def query(statements):
    found = statements("query.sql")
    assert len(found) == 1, "query.sql must hold one statement"
    return found[0]


@pytest.fixture
def indexed(postgres, statements):
    made = statements("indexes.sql")
    postgres.apply(made, only=["CREATE INDEX"])
    yield made
    for database in postgres.databases:
        postgres.execute("DROP INDEX IF EXISTS items_owner", database=database)

"""What you may check as often as you like, on 100,000 rows."""

from datetime import date

import curve
import pytest

pytestmark = pytest.mark.timeout(60)


@pytest.mark.skill("sql")
def test_files(trial):
    """query.sql holds one SELECT, indexes.sql nothing but CREATE INDEX"""
    trial.query()
    trial.index_statements()
    trial.indexes("sample")


@pytest.mark.skill("sql")
def test_answer(trial):
    """The report is right for three days and regions"""
    trial.check("sample", date(2025, 3, 20), "LIS")
    trial.check("sample", date(2025, 4, 5), "TYO")
    trial.check("sample", date(2025, 4, 2), "BER")


@pytest.mark.skill("sql")
def test_order(trial):
    """Rows are ordered by rank, then customer_id"""
    trial.check_order("sample", date(2025, 3, 28), "SFO")


@pytest.mark.skill("query-optimisation")
def test_work(trial):
    """The report takes little work: blocks and rows of its plan"""
    work = trial.work("sample")
    blocks, rows = curve.SMALL_BLOCKS[0], curve.SMALL_ROWS[0]
    told = (
        f"The report read {work.blocks:,} blocks (full points up to {blocks:,}) and processed "
        f"{work.rows:,} rows (up to {rows:,}). Indexes used: {', '.join(sorted(work.indexes)) or 'none'}."
    )
    assert work.blocks <= blocks, told
    assert work.rows <= rows, told


@pytest.mark.skill("indexing")
def test_indexes(trial):
    """There are new indexes, and the report uses every one"""
    made = trial.indexes("sample")
    assert made, "indexes.sql makes no index."
    unused = sorted(set(made) - trial.work("sample").indexes)
    assert not unused, f"The report's plan does not use {', '.join(unused)[:200]}."

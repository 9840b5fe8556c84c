"""How much work is it? Counted from the plan at two sizes; it counts only where the answer is right."""

import curve
import pytest
import scenarios

pytestmark = pytest.mark.timeout(90)


def _grant(award, told, value, full_and_none):
    credit = curve.credit(value, *full_and_none)
    full, none = full_and_none
    assert credit > 0, f"{told}: {value:,.6g}. Full points up to {full:,g}, none from {none:,g}."
    award(credit, of=1)


@pytest.mark.points(16)
@pytest.mark.skill("query-optimisation")
def test_right_with_little_work(trial):
    """Every answer is right, and the report over a million rows reads fewer than 10,000 blocks"""
    blocks, none = trial.work("large").blocks, curve.LARGE_BLOCKS[1]
    assert blocks < none, f"The report reads {blocks:,} blocks, not fewer than {none:,}."
    trial.check_all(scenarios.ALL)


@pytest.mark.points(16)
@pytest.mark.skill("query-optimisation")
def test_blocks_of_a_million_rows(trial, award):
    """Blocks read by the report over a million rows"""
    _grant(award, "Blocks", trial.work("large").blocks, curve.LARGE_BLOCKS)


@pytest.mark.points(5)
@pytest.mark.skill("query-optimisation")
def test_blocks_of_a_hundred_thousand_rows(trial, award):
    """Blocks read by the report over a hundred thousand rows"""
    _grant(award, "Blocks", trial.work("small").blocks, curve.SMALL_BLOCKS)


@pytest.mark.points(12)
@pytest.mark.skill("query-optimisation")
def test_rows_of_a_million_rows(trial, award):
    """Rows processed by the report over a million rows"""
    _grant(award, "Rows", trial.work("large").rows, curve.LARGE_ROWS)


@pytest.mark.points(7)
@pytest.mark.skill("query-optimisation")
def test_rows_of_a_hundred_thousand_rows(trial, award):
    """Rows processed by the report over a hundred thousand rows"""
    _grant(award, "Rows", trial.work("small").rows, curve.SMALL_ROWS)


@pytest.mark.points(8)
@pytest.mark.skill("postgresql")
def test_growth(trial, award):
    """Ten times the history, hardly more work"""
    small, large = trial.work("small"), trial.work("large")
    growth = max(large.blocks / small.blocks, large.rows / small.rows)
    _grant(award, "Growth of blocks or rows from 100,000 to 1,000,000 rows", growth, curve.GROWTH)


@pytest.mark.points(6)
@pytest.mark.skill("indexing")
def test_every_index_is_used(trial, award):
    """Every new index is used by the report"""
    used = trial.work("small").indexes | trial.work("large").indexes
    made = set(trial.indexes("large"))
    assert made, "indexes.sql makes no index."
    unused = sorted(made - used)
    left = 1 - len(unused) / 3
    assert left > 0, f"No plan of the report uses these indexes: {', '.join(unused)[:200]}"
    award(left, of=1)


@pytest.mark.points(6)
@pytest.mark.skill("indexing")
def test_indexes_are_small(trial, award):
    """The new indexes are small beside the tables"""
    assert trial.work("large").indexes & set(trial.indexes("large")), (
        "The report uses no index of indexes.sql."
    )
    mib = sum(trial.indexes("large").values()) / 1024**2
    _grant(award, "MiB of new indexes", mib, curve.INDEX_MIB)

"""Is the answer right? On data that nobody sees, with days and regions that are easily got wrong."""

import pytest
import scenarios

pytestmark = [pytest.mark.skill("sql"), pytest.mark.timeout(60)]


@pytest.mark.points(2)
def test_an_ordinary_day(trial):
    """An ordinary day: columns, types and figures, customers of the same name kept apart"""
    trial.check_all(scenarios.ORDINARY)


@pytest.mark.points(5)
def test_skewed_data(trial):
    """A few customers send nearly everything: eight days and regions"""
    trial.check_all(scenarios.SKEWED)


@pytest.mark.points(3)
def test_ties(trial):
    """Customers that share the tenth rank are all listed"""
    trial.check_all(scenarios.TIES)


@pytest.mark.points(3)
def test_missing_values(trial):
    """No customer, no promise, no delivery, no charge, a charge without an amount"""
    trial.check_all(scenarios.MISSING_VALUES)


@pytest.mark.points(3)
def test_midnight_in_the_region(trial):
    """The day begins and ends at midnight in the region's time zone, to the second"""
    trial.check_all(scenarios.MIDNIGHT)


@pytest.mark.points(2)
def test_days_on_which_clocks_change(trial):
    """Days of 23 and of 25 hours"""
    trial.check_all(scenarios.CLOCK_CHANGES)


@pytest.mark.points(3)
def test_nothing_counts_twice(trial):
    """Two depots in the region, repeated scans and several charges do not multiply anything"""
    trial.check_all(scenarios.REPETITIONS)


@pytest.mark.points(1)
def test_nothing_to_report(trial):
    """A day without parcels and a region that does not exist give no rows"""
    trial.check_all(scenarios.NOTHING)


@pytest.mark.points(1)
def test_order(trial):
    """Rows are ordered by rank, then customer_id"""
    trial.check_order(*scenarios.SKEWED[3])


@pytest.mark.points(1)
def test_the_session_time_zone_does_not_matter(trial):
    """The report is the same whatever the session's time zone"""
    trial.check_all(scenarios.MIDNIGHT, time_zone="Asia/Tokyo")
    trial.check_all(scenarios.MIDNIGHT, time_zone="America/New_York")

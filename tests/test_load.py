"""What `make load` prints is what was measured."""

import pytest

from tests.load.figures import Figures, percentile


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (95, 95), (99, 99), (100, 100), (1, 1)])
def test_percentiles_are_values_that_were_measured(percent, value):
    assert percentile([float(one) for one in range(100, 0, -1)], percent) == value


def test_one_value_is_every_percentile():
    assert percentile([7.0], 50) == percentile([7.0], 99) == 7.0


def test_losses_errors_and_resets_are_told():
    figures = Figures(resets=2, acknowledged=10, lost=["/invitation/1: revision 4 of 5"])
    figures.seconds["save"] += [0.01, 0.02]
    figures.errors["save: 503"] += 3
    text = "\n".join(figures.lines())
    assert "save                2        10        20        20        20" in text
    assert "errors: 3\n  save: 503: 3\nconnections reset: 2" in text
    assert "acknowledged edits: 10, lost: 1\n  /invitation/1: revision 4 of 5" in text

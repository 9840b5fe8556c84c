"""A sample of `make determinism`, which takes too long to be run each time."""

import pytest

from tests.determinism.trials import busy_machine, catalogue, repeat, submissions

REPEATS = 3


@pytest.mark.docker
def test_the_same_submission_gets_the_same_result_on_a_busy_machine(pods, images):
    """A right and a wrong solution of each pack."""
    chosen = [submissions(pack)[place] for pack in catalogue() for place in (0, -1)]
    with busy_machine():
        tallies = list(repeat(chosen, repeats=REPEATS, pods=pods, images=images))
    assert len(tallies) == REPEATS * len(chosen)
    differences = [f"{tally.submission.name}: {line}" for tally in tallies for line in tally.differences()]
    assert not differences, "\n".join(dict.fromkeys(differences))

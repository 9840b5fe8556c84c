"""`make determinism`: every submission of the catalogue, many times, four at once, beside two busy processes.

Prints a table; exit status 1 if any two gradings of one submission differ, 2 if there was no time for all.
"""

import argparse
import sys
import time
from contextlib import closing

from sandbox.engine import Engine
from sandbox.images import Images
from sandbox.pod import Pods
from tests.determinism.trials import Tally, busy_machine, catalogue, repeat, submissions

REPEATS = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="make determinism", description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin nothing new after so many")
    parser.add_argument("--pack", action="append", help="only this one of the catalogue; may be repeated")
    options = parser.parse_args()
    packs = [pack for pack in catalogue() if not options.pack or pack.slug in options.pack]
    chosen = [submission for pack in packs for submission in submissions(pack)]
    wanted, began = options.repeats * len(chosen), time.monotonic()
    tallies: dict[str, Tally] = {}
    differing: set[str] = set()
    done = 0
    with Engine() as engine, busy_machine():
        results = repeat(chosen, repeats=options.repeats, pods=Pods(engine), images=Images(engine))
        with closing(results):
            for done, tally in enumerate(results, start=1):
                name = tally.submission.name
                if not tally.agrees and name not in differing:
                    differing.add(name)
                    _say(f"{name} differs")
                tallies[name] = tally
                if done % len(chosen) == 0:
                    _say(f"{done} of {wanted} gradings, {time.monotonic() - began:.0f} s")
                if time.monotonic() - began > options.seconds:
                    break
    _show(tallies)
    if differing:
        return 1
    _say(f"{done} gradings of {len(tallies)} submissions in {time.monotonic() - began:.0f} s; no two differ.")
    return 0 if done == wanted else 2


def _show(tallies: dict[str, Tally]) -> None:
    _say(f"{'submission':<60}{'gradings':>9}{'results':>9}  score")
    for name in sorted(tallies):
        tally = tallies[name]
        usual = tally.seen.most_common(1)[0][0]
        score = f"{usual.score:g} of {usual.max_score:g}, {usual.verdict}"
        _say(f"{name:<60}{tally.seen.total():>9}{len(tally.seen):>9}  {score}")
        if not tally.agrees:
            for line in tally.differences():
                _say(f"    {line}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

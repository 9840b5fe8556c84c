"""`make load`: so many candidates type, run and submit for a while, on an installation started for it.

On loopback only; bounded in time and number; stops by itself.
"""

import asyncio
import os
import random
import sys
import time
from argparse import ArgumentParser, Namespace

from tests.load.candidate import Candidate, Pace
from tests.load.figures import Figures
from tests.load.installation import Installation, running

MOST_CANDIDATES, MOST_SECONDS = 1000, 900
ARRIVAL_SECONDS = 20.0
ALONE, SAVES = 5, 80
"""Candidates who save so often each, one after the other, to tell what one save costs. Fewer than the site
allows of one in a minute.
"""


def main() -> int:
    options = _options()
    with running(grown_up=options.grown_up) as installation:
        links = installation.invite(options.candidates + ALONE, options.challenge)
        figures = asyncio.run(_crowd(installation, links, options))
    for line in figures.lines():
        print(line)  # noqa: T201 - a command's output.
    return 1 if figures.lost else 0


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--candidates", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120, help="how long they work")
    parser.add_argument("--save-every", type=float, default=4, help="mean seconds between one's saves")
    parser.add_argument("--run-every", type=float, default=120)
    parser.add_argument("--submit-every", type=float, default=600)
    parser.add_argument("--challenge", default="orders-api", help="one of the catalogue")
    parser.add_argument("--grown-up", action="store_true", help="PostgreSQL and Redis, in containers")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not (1 <= options.candidates <= MOST_CANDIDATES and 1 <= options.seconds <= MOST_SECONDS):
        parser.error(f"at most {MOST_CANDIDATES} candidates and {MOST_SECONDS} seconds")
    return options


async def _crowd(installation: Installation, links: list[str], options: Namespace) -> Figures:
    chance = random.Random(options.seed)  # noqa: S311 - it keeps no secret.
    pace = Pace(save=options.save_every, run=options.run_every, submit=options.submit_every)
    cost = await _cost(installation, links[:ALONE], pace)
    _say(f"one save costs {1000 * cost:.1f} ms of the web server's CPU")
    figures = Figures()
    candidates = [
        Candidate(installation.url, link, pace, figures, random.Random(chance.random()))  # noqa: S311
        for link in links[ALONE:]
    ]
    load = os.getloadavg()[0]
    _say(f"{len(candidates)} candidates for {options.seconds:g} s; load average before: {load:.1f}")
    began, before = time.monotonic(), installation.web_cpu_seconds()
    until = began + ARRIVAL_SECONDS + options.seconds
    async with asyncio.TaskGroup() as group:
        for one in candidates:
            group.create_task(_arrive(one, chance.uniform(0, ARRIVAL_SECONDS), until))
    share = (installation.web_cpu_seconds() - before) / (time.monotonic() - began)
    _say(
        f"they have stopped; the web server used {100 * share:.0f} % of one core. Reading back what was saved"
    )
    for one in candidates:
        await one.read_back()
    return figures


async def _arrive(candidate: Candidate, seconds: float, until: float) -> None:
    await asyncio.sleep(seconds)
    await candidate.sit(until)


async def _cost(installation: Installation, links: list[str], pace: Pace) -> float:
    """Seconds of CPU for a save, when nobody else asks for anything."""
    spent = 0.0
    for link in links:
        one = Candidate(installation.url, link, pace, Figures(), random.Random(0))  # noqa: S311
        await one.open()
        for _ in range(SAVES // 10):
            await one.save()
        before = installation.web_cpu_seconds()
        for _ in range(SAVES):
            await one.save()
        spent += installation.web_cpu_seconds() - before
        await one.read_back()
    return spent / (SAVES * len(links))


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())

"""Interleaved in one run: bare pytest, plain docker, Touchstone. Medians of latency and CPU, and their
ratios.

CPU is what the whole machine was busy in the meantime (user and system), so that engine, shims, creation and
removal count;
so nothing else should run. Read the ratios: the machine may be noisy, but all ways meet the same noise.
"""

import argparse
import os
import shutil
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import django

ROUNDS = 10
_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """Seconds, one entry per round."""

    latency: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, latency: float, cpu: float) -> None:
        self.latency.append(latency)
        self.cpu.append(cpu)


def busy_seconds() -> float:
    """CPU seconds that this machine has worked since it started, over all processes (proc(5), /proc/stat)."""
    user, nice, system, _idle, _wait, irq, soft_irq, *_ = (
        Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return sum(map(int, (user, nice, system, irq, soft_irq))) * _TICK_SECONDS


def table(costs: dict[str, Cost]) -> str:
    """Medians, with the ratio to the first way."""
    lines = [f"{'way':<34}{'latency':>12}{'x bare':>9}{'CPU':>12}{'x bare':>9}"]
    base = next(iter(costs.values()))
    latency_base, cpu_base = statistics.median(base.latency), statistics.median(base.cpu)
    for name, cost in costs.items():
        latency, cpu = statistics.median(cost.latency), statistics.median(cost.cpu)
        lines.append(
            f"{name:<34}{latency * 1000:>9.0f} ms{latency / latency_base:>9.2f}"
            f"{cpu * 1000:>9.0f} ms{cpu / cpu_base:>9.2f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds: int = parser.parse_args().rounds
    if shutil.which("docker") is None:
        parser.error("plain docker is measured by the docker command, and there is none on this machine")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    # These need Django's settings, so they cannot stand at the top of a program that sets them up.
    from grading import packs
    from sandbox.engine import Engine
    from sandbox.images import Images, shipped
    from sandbox.pod import Pods
    from tests.bench import ways

    with Engine() as engine:
        images = Images(engine)
        pack = packs.load(ways.HERE / "pack")
        all_ways = {
            "bare pytest in a subprocess": ways.bare,
            "plain docker run, two containers": ways.plain_docker(images.find_or_build(shipped("python"))),
            "Touchstone": ways.touchstone(pack, Pods(engine), images),
        }
        costs = {name: Cost() for name in all_ways}
        for round_number in range(rounds + 1):
            for name, way in all_ways.items():
                started, busy = time.perf_counter(), busy_seconds()
                way()
                latency, cpu = time.perf_counter() - started, busy_seconds() - busy
                if round_number:  # The first round warms caches and is not counted.
                    costs[name].add(latency, cpu)
            sys.stderr.write(f"\rround {round_number} of {rounds}")
        sys.stderr.write("\n")
    sys.stdout.write(
        f"Ten HTTP requests to a tiny service; medians of {rounds} interleaved rounds.\n\n{table(costs)}\n"
    )


if __name__ == "__main__":
    main()

"""Seconds of latency and of CPU, their medians, and their ratios to the first way."""

import os
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """Seconds, one entry per round."""

    latency: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def add(self, latency: float, cpu: float) -> None:
        self.latency.append(latency)
        self.cpu.append(cpu)

    @property
    def medians(self) -> tuple[float, float]:
        return statistics.median(self.latency), statistics.median(self.cpu)


def busy_seconds() -> float:
    """CPU seconds that this machine has worked since it started, over all processes (proc(5), /proc/stat)."""
    user, nice, system, _idle, _wait, irq, soft_irq, *_ = (
        Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return sum(map(int, (user, nice, system, irq, soft_irq))) * _TICK_SECONDS


def table(title: str, costs: Mapping[str, Cost]) -> str:
    """Medians, with the ratio to the first way."""
    lines = [f"{title:<58}{'latency':>10}{'x bare':>8}{'CPU':>11}{'x bare':>8}"]
    latency_base, cpu_base = next(iter(costs.values())).medians
    for name, cost in costs.items():
        latency, cpu = cost.medians
        lines.append(
            f"{name:<58}{latency * 1000:>7.0f} ms{latency / latency_base:>8.2f}"
            f"{cpu * 1000:>8.0f} ms{cpu / cpu_base:>8.2f}"
        )
    return "\n".join(lines)

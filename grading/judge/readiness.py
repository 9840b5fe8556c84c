"""Waits until the candidate's service answers, and finds out why if it does not."""

import time
from dataclasses import dataclass
from threading import Event

import httpx

from . import http2
from .http import HEADERS, LoopbackTransport
from .outcomes import Start
from .sockets import Listener, listeners

FIRST_PAUSE_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 0.1
"""Between two probes of a program that listens and does not answer as it should."""
LOOK_SECONDS = 0.01
"""The longest pause while nothing listens: to look costs little, and the program notices nothing of it."""
PROBE_ANYWAY_SECONDS = 0.5
"""How often a port is probed at which no listener is seen, lest we look wrongly."""
PROBE_SECONDS = 2.0


@dataclass(frozen=True)
class Readiness:
    """`others` are listeners of the candidate's program that the judge does not look for."""

    start: Start
    others: tuple[Listener, ...] = ()
    detail: str = ""


@dataclass(frozen=True)
class Probe:
    """Where the service must answer, and what listened before it was started."""

    port: int
    path: str
    start_seconds: float
    before: frozenset[Listener]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self, ended: Event) -> Readiness:
        """See `wait_until_ready`."""
        return wait_until_ready(self, ended)


def wait_until_ready(probe: Probe, ended: Event) -> Readiness:
    """Any answer in HTTP/1.1 or HTTP/2 counts. Gives up after `start_seconds`, or when the program has
    ended.
    """
    deadline = time.monotonic() + probe.start_seconds
    pause, start, detail = FIRST_PAUSE_SECONDS, Start.SILENT, ""
    probe_anyway = time.monotonic() + PROBE_ANYWAY_SECONDS
    while start is not Start.READY and time.monotonic() < deadline:
        if ended.wait(pause):
            return Readiness(Start.ENDED)
        if not _is_heard(probe) and time.monotonic() < min(probe_anyway, deadline - LOOK_SECONDS):
            pause = min(pause * 1.2, LOOK_SECONDS)
            continue
        probe_anyway = time.monotonic() + PROBE_ANYWAY_SECONDS
        pause = min(pause * 1.3, LONGEST_PAUSE_SECONDS)
        found, told = _probe(probe, min(PROBE_SECONDS, max(deadline - time.monotonic(), 0.01)))
        if start is not Start.NOT_HTTP or found is Start.READY:
            # The last probe has little time: that it is not answered says less than a wrong answer before.
            start, detail = found, told
    return Readiness(start, others(probe), detail)


def others(probe: Probe) -> tuple[Listener, ...]:
    """What was opened since the judge was ready, except where the service should be."""
    opened = listeners() - probe.before
    return tuple(sorted(item for item in opened if not (item.port == probe.port and item.reachable)))


def _is_heard(probe: Probe) -> bool:
    """Whether anything listens where the service should be."""
    return any(item.port == probe.port and item.reachable for item in listeners())


def _probe(probe: Probe, seconds: float) -> tuple[Start, str]:
    transport = LoopbackTransport()
    try:
        with httpx.Client(transport=transport, headers=HEADERS, trust_env=False, timeout=seconds) as client:
            client.get(probe.base_url + probe.path)
    except httpx.ConnectError:
        return Start.SILENT, ""
    except httpx.RemoteProtocolError as error:
        if http2.answers(probe.port, seconds):
            return Start.READY, ""
        return (Start.NOT_HTTP if "not valid HTTP" in str(error) else Start.UNANSWERED), str(error)
    except httpx.TransportError as error:
        return Start.UNANSWERED, str(error)
    return Start.READY, ""

"""Published holes below a pod, and whether this engine's versions have them.

A version number decides for upstream builds only. Distributions carry fixes back without changing it, so
for their builds an old number is a warning, not a refusal: whether the package is patched is between the
operator and the distribution. Sources: the projects' own advisories, named by their CVE.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.findings import Finding, Level

Version = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Advisory:
    """A hole that was published and fixed."""

    cve: str
    component: str
    """'runc', 'engine' or 'kernel'."""
    fixed: tuple[Version, ...]
    """The first version without it on each branch, oldest first; the last holds for all that follow."""
    since: Version = (0,)
    applies: bool = True
    """Whether a candidate's program in a pod could make use of it."""
    sentence: str


RACES_MENDED = ((1, 2, 8), (1, 3, 3), (1, 4, 0))
"""Versions of runc: three holes were told of, and mended, on the same day of November 2025."""

ADVISORIES = (
    Advisory(
        cve="CVE-2019-5736",
        component="runc",
        fixed=((1, 0, 0),),
        sentence="A container that runs as root could overwrite runc on the host.",
    ),
    Advisory(
        cve="CVE-2021-30465",
        component="runc",
        fixed=((1, 0, 0),),
        applies=False,
        sentence="Mounts could be exchanged by a container with the same volume; candidates mount none.",
    ),
    Advisory(
        cve="CVE-2024-21626",
        component="runc",
        fixed=((1, 1, 12),),
        sentence="A folder of the host stayed open in a new container, and could be its working directory.",
    ),
    Advisory(
        cve="CVE-2025-31133",
        component="runc",
        fixed=RACES_MENDED,
        sentence="Files of the host's /proc could be mounted in place of those that are hidden.",
    ),
    Advisory(
        cve="CVE-2025-52565",
        component="runc",
        fixed=RACES_MENDED,
        sentence="A race over /dev/console could open /proc for writing; pods have no terminal.",
        applies=False,
    ),
    Advisory(
        cve="CVE-2025-52881",
        component="runc",
        fixed=RACES_MENDED,
        sentence="runc could be led to write to another file of /proc than it meant.",
    ),
    Advisory(
        cve="CVE-2026-41579",
        component="runc",
        fixed=((1, 3, 6), (1, 4, 4), (1, 5, 0)),
        sentence="An image whose /dev is a link could have files of the host replaced; images are ours.",
        applies=False,
    ),
    Advisory(
        cve="CVE-2024-29018",
        component="engine",
        fixed=((23, 0, 11), (25, 0, 5), (26, 0, 0)),
        sentence="Internal networks leaked name look-ups; pods have no network.",
        applies=False,
    ),
    Advisory(
        cve="CVE-2024-41110",
        component="engine",
        fixed=((23, 0, 15), (26, 1, 5), (27, 1, 1)),
        sentence="Authorisation plug-ins could be passed by; no candidate can reach the engine's socket.",
        applies=False,
    ),
    Advisory(
        cve="CVE-2026-34040",
        component="engine",
        fixed=((29, 3, 1),),
        sentence="Authorisation plug-ins could be passed by; no candidate can reach the engine's socket.",
        applies=False,
    ),
    Advisory(
        cve="CVE-2026-41567",
        component="engine",
        fixed=((29, 5, 1),),
        sentence="Copying files into a container ran a program of that container on the host; we never copy.",
        applies=False,
    ),
    Advisory(
        cve="CVE-2022-0847",
        component="kernel",
        since=(5, 8),
        fixed=((5, 10, 102), (5, 15, 25), (5, 16, 11)),
        sentence="Any program could change files it may only read, those of images too (Dirty Pipe).",
    ),
    Advisory(
        cve="CVE-2022-0185",
        component="kernel",
        since=(5, 1),
        fixed=((5, 4, 173), (5, 10, 93), (5, 15, 16), (5, 16, 2)),
        sentence="fsconfig overflowed a buffer; the filter refuses it, and user namespaces.",
        applies=False,
    ),
    Advisory(
        cve="CVE-2022-0492",
        component="kernel",
        fixed=((5, 10, 97), (5, 15, 20), (5, 16, 6)),
        sentence="A container could mount control groups and run a program on the host; it cannot mount.",
        applies=False,
    ),
)
"""Holes of single system calls that the filter refuses (AF_ALG's CVE-2026-31431, RxRPC's CVE-2026-43284, and
all that need a user namespace) are not listed one by one: the self-check proves that they cannot be called.
"""

_DISTRIBUTION = re.compile(
    r"dfsg|[+~]ds|ubuntu|debian|deb\d|\.el\d|\.fc\d|\.amzn|suse|\.module|-\d+-(amd64|arm64)"
)
_KERNEL_OF_DISTRIBUTION = re.compile(
    r"-(generic|aws|azure|gcp|oracle|cloud|kvm|lowlatency|default|pve|arch|lts|amd64|arm64|raspi|rpi)|el\d|fc\d|amzn"
)
_NUMBERS = re.compile(r"\d+(?:\.\d+)+")


def examine(versions: Mapping[str, str]) -> Iterator[Finding]:
    """Judge each advisory by 'component' -> version, as the engine tells it. '' or none: not known."""
    for component in ("engine", "runc", "kernel"):
        text = versions.get(component, "")
        version = parse(text)
        if version is None:
            yield Finding(
                subject=component,
                level=Level.WARNING,
                sentence=f"The version of {component} cannot be read ({text or 'the engine does not tell'}).",
                remedy="Compare it with docs/security.md yourself.",
            )
            continue
        for advisory in ADVISORIES:
            if advisory.component == component:
                yield _judge(advisory, version, text)


def parse(text: str) -> Version | None:
    """The numbers of a version: '1.1.5+ds1' -> (1, 1, 5). A pre-release counts as the version before it."""
    found = _NUMBERS.search(text)
    if not found:
        return None
    version = tuple(int(part) for part in found.group().split("."))
    if re.match(r"[-~]?rc", text[found.end() :]):
        return (*version[:-1], version[-1] - 1, 9999)
    return version


def is_fixed(version: Version, advisory: Advisory) -> bool:
    """Whether that version is without the hole: not old enough, of a mended branch, or newer than all."""
    if version < advisory.since or version >= advisory.fixed[-1]:
        return True
    return any(version[:2] == first[:2] and version >= first for first in advisory.fixed)


def is_from_distribution(component: str, text: str) -> bool:
    """Whether fixes may have been carried back into a build that calls itself so."""
    pattern = _KERNEL_OF_DISTRIBUTION if component == "kernel" else _DISTRIBUTION
    return bool(pattern.search(text))


def _judge(advisory: Advisory, version: Version, text: str) -> Finding:
    what = f"{advisory.cve} in {advisory.component} {text}"
    if is_fixed(version, advisory):
        return Finding(subject=advisory.cve, level=Level.OK, sentence=f"{what}: fixed.")
    if not advisory.applies:
        sentence = f"{what}: does not concern a pod. {advisory.sentence}"
        return Finding(subject=advisory.cve, level=Level.OK, sentence=sentence)
    fixed = ", ".join(".".join(map(str, first)) for first in advisory.fixed)
    if is_from_distribution(advisory.component, text):
        return Finding(
            subject=advisory.cve,
            level=Level.WARNING,
            sentence=f"{what}: the number is below the fix ({fixed}); the distribution may have mended it.",
            remedy="Keep the distribution's packages up to date; its security tracker names the fixed one.",
        )
    return Finding(
        subject=advisory.cve,
        level=Level.REFUSED,
        sentence=f"{what}: {advisory.sentence} It is fixed in {fixed}.",
        remedy=f"Upgrade {advisory.component}.",
    )

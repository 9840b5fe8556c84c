"""What the process enters that `grading.unpacking.bounded` starts. Imports first, then the limits, then work.

Run as a file, by `python -I -S`: nothing of ours can be imported before `main` has put it on the path.
"""

import importlib
import resource
import sys

LIMITS = (
    resource.RLIMIT_AS,
    resource.RLIMIT_CPU,
    resource.RLIMIT_NOFILE,
    resource.RLIMIT_FSIZE,
    resource.RLIMIT_NPROC,
)


def main(root: str, module: str, values: str, *arguments: str) -> None:
    """`values`: the limits, in the order of `LIMITS`, joined by commas; -1 for none."""
    sys.path.append(root)
    work = importlib.import_module(module).main
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for limit, value in zip(LIMITS, map(int, values.split(",")), strict=True):
        _lower(limit, value)
    work(arguments)


def _lower(limit: int, value: int) -> None:
    """A limit that is already lower stays."""
    _, hard = resource.getrlimit(limit)
    if value != resource.RLIM_INFINITY and (hard == resource.RLIM_INFINITY or value < hard):
        resource.setrlimit(limit, (value, value))


if __name__ == "__main__":
    main(*sys.argv[1:])

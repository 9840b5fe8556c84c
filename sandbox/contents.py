"""What the images hold, told by the files that they are built from: `python -m sandbox.contents` writes
docs/images.md.
"""

import json
import re
import sys
import textwrap
from collections.abc import Mapping

from sandbox.images import RECIPES

INTERPRETERS: Mapping[str, str] = {
    "python-agent": "Python 3.13",
    "node-agent": "Node.js 20",
    "judge": "Python 3.13",
    "postgres": "PostgreSQL 17",
    "redis": "Redis 8.0",
    "rabbitmq": "RabbitMQ 4.0",
}
"""Of Debian 13, with its security updates at the time of the build. A test asks the images themselves."""
_WIDTH = 140
_PAGE = """# What the images hold

Written by `python -m sandbox.contents` from what the images are built from. All are Debian 13, without a
network, a compiler or a package manager; what is not named here has to be brought along: see
[Packages of your own](writing-a-pack.md#packages-of-your-own).

## Python submissions: Python 3.13

The standard library, and:

{python}

## JavaScript submissions: Node.js 20

Node's own modules, and, for `require` and `import` alike:

{node}

## The judge, where tests run: Python 3.13

{judge}

## Services

PostgreSQL 17 with the extensions of Debian's `postgresql-17`, Redis 8.0, RabbitMQ 4.0.
"""


def page() -> str:
    """docs/images.md."""
    return _PAGE.format(
        python=_table(_wheels("python")), node=_table(_modules()), judge=_table(_wheels("judge-packages"))
    )


def _wheels(image: str) -> dict[str, tuple[str, bool]]:
    """Package to version, and whether it was asked for (others come along)."""
    folder = RECIPES / image
    asked = {_plain(line) for line in (folder / "requirements.in").read_text().split()}
    found = re.findall(
        r"^([\w.-]+)(?:\[\w+\])?==([^\s;\\]+)", (folder / "requirements.txt").read_text(), re.M
    )
    return {name: (version, _plain(name) in asked) for name, version in found}


def _modules() -> dict[str, tuple[str, bool]]:
    folder = RECIPES / "node"
    asked = json.loads((folder / "package.json").read_text())["dependencies"]
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    top = {path.removeprefix("node_modules/"): values["version"] for path, values in packages.items() if path}
    return {name: (version, name in asked) for name, version in top.items() if "node_modules" not in name}


def _plain(requirement: str) -> str:
    return re.split(r"[\[<>=!~;]", requirement)[0].lower()


def _table(packages: Mapping[str, tuple[str, bool]]) -> str:
    asked = [(name, version) for name, (version, is_asked) in sorted(packages.items()) if is_asked]
    others = [f"{name} {version}" for name, (version, is_asked) in sorted(packages.items()) if not is_asked]
    lines = ["| package | version |", "|---|---|", *(f"| `{name}` | {version} |" for name, version in asked)]
    rest = f"and what these need: {', '.join(others)}."
    return "\n".join([*lines, "", *textwrap.wrap(rest, _WIDTH, break_on_hyphens=False)])


if __name__ == "__main__":
    sys.stdout.write(page())

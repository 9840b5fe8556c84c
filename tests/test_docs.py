"""What the documentation says of the code is checked against the code."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = {"DOCKER_HOST", "TOUCHSTONE_DEBIAN_MIRROR"}
"""Read by the docker SDK and by the sandbox, not by our settings."""


IN_THE_IMAGE = {"TOUCHSTONE_DATA_DIR", "TOUCHSTONE_DEBUG", "TOUCHSTONE_WEB_BIND"}
"""What an installation with compose does not choose."""


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    table = (ROOT / "docs/deploying.md").read_text().split("## Settings")[1].split("\n## ")[0]
    documented = set(re.findall(r"`((?:TOUCHSTONE|DATABASE|DOCKER)_[A-Z_]+)`", table))
    assert documented == settings_read() | ELSEWHERE


def test_compose_passes_every_setting() -> None:
    passed = re.findall(r"^ +((?:TOUCHSTONE|DATABASE)_[A-Z_]+): ", (ROOT / "compose.yaml").read_text(), re.M)
    assert set(passed) == settings_read() - IN_THE_IMAGE | {"TOUCHSTONE_DEBIAN_MIRROR"}


def settings_read() -> set[str]:
    code = "".join((ROOT / "config" / name).read_text() for name in ("settings.py", "web_server.py"))
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', code))


def test_no_link_between_the_documents_is_broken() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)

"""What the documentation says of the code is checked against the code."""

import re
from pathlib import Path

from grading import archives, description, files, layout, manifest, paths
from sandbox import contents

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


def test_the_limits_of_a_pack_are_those_of_the_code() -> None:
    text = (ROOT / "docs/writing-a-pack.md").read_text()
    table = text.split("### Limits of a pack")[1].split("\n\n")[1]
    said = [re.findall(r"\d+", line.rsplit("|", 2)[1]) for line in table.splitlines()[2:]]
    kib, mib = 1024, archives.MIB
    assert [[int(number) for number in numbers] for numbers in said] == [
        [archives.MAX_FILE_BYTES // mib],
        [archives.MAX_TOTAL_BYTES // mib],
        [archives.MAX_ENTRIES],
        [files.MAX_FILE_BYTES // kib],
        [files.MAX_TOTAL_BYTES // kib, files.MAX_FILES],
        [layout.MAX_STATEMENT_BYTES],
        [paths.MAX_LENGTH_BYTES, paths.MAX_DEPTH],
        [description.MAX_TITLE, manifest.MAX_TITLE],
        [manifest.MAX_ID],
        [archives.MAX_ARCHIVE_BYTES // mib],
    ]


def test_what_the_images_hold_is_what_they_are_built_from() -> None:
    written = (ROOT / "docs/images.md").read_text()
    assert written == contents.page(), "write it anew: python -m sandbox.contents > docs/images.md"
    assert "| `flask` | 3." in written

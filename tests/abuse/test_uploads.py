"""Archives and names that nobody honest sends (G41 to G47): through the admin page, `pack check`, the API and
the editor.
"""

import io
import json
import re
import resource
import secrets
import socket
import tarfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from assessments import challenges, invitations
from assessments.models import ChallengeVersion, User
from grading import archives, packs, paths
from grading.archives import MIB, read_entries
from grading.errors import ArchiveError
from grading.report import Verdict
from grading.unpacking.bounded import Bounds
from tests.abuse import targets
from tests.abuse.harness import Case
from tests.abuse.hostile_archives import NAMES, entry, tar, uploads, zipped
from tests.abuse.invariants import as_the_table_says
from tests.abuse.programs import SERVICE
from tests.assessments import records
from tests.grading import packfolder

pytestmark = pytest.mark.django_db
ADD = "admin:assessments_challengeversion_add"
FLAT_BYTES = 256 * MIB


@pytest.fixture
def admin(db):
    client = Client()
    client.force_login(records.person("ada", User.Role.ADMIN))
    return client


def upload(client, data):
    return client.post(reverse(ADD), {"archive": SimpleUploadedFile("evil.tar", data), "slug": "evil"})


def checked(path):
    """Exit status and output of `pack check`."""
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output), pytest.raises(SystemExit) as caught:
        call_command("pack", "check", str(path), stdout=output, stderr=output)
    return caught.value.code, output.getvalue()


@pytest.mark.parametrize("case", uploads(), ids=str)
def test_hostile_archive_is_refused_on_every_way(case, admin, tmp_path):
    data, evil = case.data(), tmp_path / "evil.tar"
    evil.write_bytes(data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    response = upload(admin, data)
    status, printed = checked(evil)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
    assert response.status_code == 400
    assert escape(case.says) in response.content.decode()
    assert status == 1
    assert case.says in printed
    assert not ChallengeVersion.objects.exists()
    assert [path.name for path in tmp_path.rglob("*")] == ["evil.tar"]
    assert not Path("/evil").exists()
    assert grown < FLAT_BYTES


def test_page_still_works_after_them(admin):
    upload(admin, b"\x1f\x8b" + secrets.token_bytes(2000))
    upload(admin, records.archive(packfolder.FILES, "shout"))
    assert ChallengeVersion.objects.get().challenge.slug == "evil"


def test_owners_modes_and_attributes_are_left_behind(admin):
    """G43: setuid, setgid, sticky, strange owners, extended attributes and access lists."""
    strange: dict[str, Any] = {
        "mode": 0o6777,
        "uid": 0,
        "gid": 0,
        "uname": "root",
        "mtime": 0,
        "pax_headers": {"SCHILY.xattr.security.capability": "cap", "SCHILY.acl.access": "user::rwx"},
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in packfolder.FILES.items():
            archive.addfile(entry(f"evil/{path}", size=len(content), **strange), io.BytesIO(content))
    upload(admin, buffer.getvalue())
    stored = ChallengeVersion.objects.get().pack
    assert packs.to_tar(stored.challenge()) == packs._tar("evil", packfolder.FILES)


@pytest.mark.parametrize(
    "data", [tar(("../evil", b"x")), tar(entry("way", tarfile.SYMTYPE, ".."))[:512] + tar(("way/evil", b"x"))]
)
def test_these_archives_would_harm_who_extracts_them(data, tmp_path):
    """The control: what we refuse does lead out of the folder."""
    (tmp_path / "inside").mkdir()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(tmp_path / "inside", filter="fully_trusted")  # noqa: S202 - on purpose.
    assert (tmp_path / "evil").exists()
    with pytest.raises(ArchiveError):
        read_entries(data)


def test_each_rule_is_what_refuses(monkeypatch):
    """The control: without a rule, its archive passes."""
    monkeypatch.setattr(paths, "clean", lambda path, **_: path)
    assert read_entries(tar(("../evil", b"x"))) == {"../evil": b"x"}
    monkeypatch.setattr(archives, "MAX_RATIO", 10**6)
    assert len(read_entries(zipped(("zeros", bytes(4 * MIB))))["zeros"]) == 4 * MIB
    monkeypatch.setattr(archives, "MAX_ENTRIES", 10**6)
    assert len(read_entries(tar(*((str(n), b"") for n in range(2001))))) == 2001
    monkeypatch.setattr(paths, "collision", lambda _: None)
    assert len(read_entries(tar(("A", b""), ("a", b"")))) == 2


# The process that reads: what it may do if an archive takes it over.

FREE = Bounds(memory_bytes=-1, cpu_seconds=-1, open_files=-1, written_bytes=-1, processes=-1)
DEEDS = {
    "eat": Bounds(),
    "burn": Bounds(cpu_seconds=1),
    "sleep 0.6": Bounds(seconds=0.3),
    "read /etc/passwd": Bounds(),
    "write @/mark": Bounds(open_files=-1),
    "run /bin/true": Bounds(),
    "connect @port": Bounds(),
}
TROUBLE = {
    "exit": "cannot be read within",
    "abort": "cannot be read within",
    "segfault": "cannot be read within",
    "raise": "cannot be read within",
    "giant": "cannot be read within",
    "nonsense": "cannot be read within",
    "flood": "there twice",
    "folders": "more than 2000 entries",
    "bad-name": "../evil: the path leads out of the folder",
    "twice": "done: the entry is there twice",
    "refuse": r"<b>\x1b[2J\n: <script>\x1b]0;x\x07yyy",
    "leave-a-child": "cannot be read within",
}


@pytest.fixture
def taken_over(monkeypatch):
    """The reader is the attacker's; the archive's bytes tell it what to do."""
    monkeypatch.setattr(archives, "TAR", "tests.abuse.parsers")

    def read(deed, bounds):
        monkeypatch.setattr(archives, "BOUNDS", bounds)
        return read_entries(deed.encode())

    return read


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("deed", DEEDS)
def test_reader_that_is_taken_over_can_do_nothing(taken_over, deed, tmp_path, port):
    told = deed.replace("@port", str(port)).replace("@", str(tmp_path))
    with pytest.raises(ArchiveError, match="cannot be read within the time and memory"):
        taken_over(told, DEEDS[deed])
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 0
    assert taken_over(told, FREE) == {"done": b"x"}, "the control: without its bounds it can"


@pytest.mark.parametrize("deed", TROUBLE)
def test_reader_that_fails_or_lies_refuses_the_archive(taken_over, deed):
    with pytest.raises(ArchiveError) as caught:
        taken_over(deed, Bounds(seconds=5.0 if deed != "leave-a-child" else 0.5))
    assert TROUBLE[deed] in caught.value.message
    assert caught.value.message.isprintable()


def test_reader_that_behaves_is_believed(taken_over):
    assert taken_over("nothing", Bounds()) == {"done": b"x"}


# Names of a candidate's files.


@pytest.fixture(scope="module")
def pack():
    return targets.read("service")


@pytest.fixture
def sitting(pack):
    version = challenges.store(pack, by=None)
    records.publish(version)
    return records.attempt(records.invitation(records.assessment(records.person("ingrid"), version)))


def through_the_api(sitting, name):
    header = f"Invitation {sitting.invitation.pk}.{invitations.secret(sitting.invitation)}"
    body = json.dumps({"language": "python", "files": {name: "x = 1\n"}})
    address = reverse("api:own-submissions", args=[1])
    return Client().post(address, body, content_type="application/json", headers={"Authorization": header})


def through_the_editor(sitting, name):
    browser = Client()
    browser.post(records.door(sitting.invitation))
    body = {"language": "python", "files": {name: "x = 1\n"}, "revision": records.work(sitting).revision}
    return browser.post(
        records.address(browser, "save", 1), json.dumps(body), content_type="application/json"
    )


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_name_is_judged_alike_on_every_way(name, sitting, tmp_path):
    """G46"""
    found = {
        "tar": is_accepted(lambda: as_pack(tar((name, b"x")))),
        "zip": is_accepted(lambda: as_pack(zipped((name, b"x")))) if "\udcff" not in name else False,
        "editor": through_the_editor(sitting, name).status_code == 200,
        "api": through_the_api(sitting, name).status_code == 201,
    }
    assert found == dict.fromkeys(found, NAMES[name])


def as_pack(data):
    """Read as an archive, where a top folder may stand around all, and then as the files below it."""
    for path in read_entries(data):
        paths.clean(path)


def is_accepted(read):
    try:
        read()
    except ArchiveError as error:
        return not error.message.isprintable()
    except ValueError as error:
        return not str(error).isprintable()
    return True


WEIRD = {name: "# a file with a name\n" for name, accepted in NAMES.items() if accepted and name != "main.py"}
STRANGELY_NAMED = Case(
    id="G46",
    title="hands in files with strange names",
    program={**WEIRD, "server.py": SERVICE["python"]},
    verdict=Verdict.GRADED,
    passes=None,
    mitigation="Names are escaped wherever they are shown, and are only ever data in a tar.",
)


@pytest.mark.docker
def test_strange_names_reach_the_pod_and_no_page(attack):
    trial = attack(STRANGELY_NAMED)
    as_the_table_says(trial)
    pages = [text for text in trial.surface.values() if "Content-Type: text/html" in text]
    assert any("&lt;img src=x" in page or "\\u003Cimg src=x" in page for page in pages), (
        "no page shows the name"
    )
    markup = re.compile(r'<img src=x|(?<!\\)"onmouseover=alert')
    assert [found[0] for page in pages if (found := markup.search(page))] == []

"""What docs/security.md calls covered is attacked, by the file that it names."""

import re
from itertools import chain
from pathlib import Path

from grading.challenge import Suite
from tests.abuse import (
    cases_connections,
    cases_escape,
    cases_integrity,
    cases_resources,
    cases_services,
    cases_spying,
    cases_time,
    cases_writing,
    targets,
    test_lost_worker,
    test_uploads,
)
from tests.abuse.hostile_archives import uploads

TABLES = (
    cases_connections,
    cases_escape,
    cases_integrity,
    cases_resources,
    cases_services,
    cases_spying,
    cases_time,
    cases_writing,
)
DOCS = Path(__file__).parents[2] / "docs" / "security.md"
ID = r"[GRE]\d\d"


def ids_of_cases(cases):
    """A range says nothing: of a case that tries many things, what the tests of its pack look at does."""
    yield from chain.from_iterable(case.id.split() for case in cases)
    for name in {case.pack for case in cases}:
        for test in targets.read(name).tests(Suite.HIDDEN):
            yield test.id.rpartition("::test_")[2][:3].upper()


def attacked():
    """File -> the catalogue's ids."""
    found = {f"{table.__name__.rpartition('.')[2]}.py": set(ids_of_cases(table.CASES)) for table in TABLES}
    found["test_uploads.py"] = {upload.id for upload in uploads()} | {test_uploads.STRANGELY_NAMED.id}
    found["test_lost_worker.py"] = {test_lost_worker.__doc__[:3]}
    return {file: {id for id in ids if re.fullmatch(ID, id)} for file, ids in found.items()}


def promised():
    """Ids and files of each row of the table."""
    table = DOCS.read_text().partition("| Covered | By |\n")[2].partition("\n\n")[0]
    for row in table.splitlines()[1:]:
        ranges = re.findall(rf"({ID})(?: to ({ID}))?", row)
        ids = chain.from_iterable(expanded(first, last or first) for first, last in ranges)
        yield set(ids), re.findall(r"`(\w+\.py)`", row)


def expanded(first, last):
    return [f"{first[0]}{number:02}" for number in range(int(first[1:]), int(last[1:]) + 1)]


def test_what_is_called_covered_is_attacked_where_it_is_said_and_no_attack_is_left_out():
    attacks, rows = attacked(), list(promised())
    assert len(rows) == len(attacks)
    for ids, files in rows:
        assert ids == set().union(*(attacks[file] for file in files)), files

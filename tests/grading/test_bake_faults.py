"""An author's SQL that PostgreSQL refuses is told by file and line, and not as a failure of the platform."""

from dataclasses import replace

import pytest

from grading.errors import FaultyPackError
from grading.images import pod_images
from sandbox.errors import ImageError
from tests.grading import tiny

TOLD = """Image postgres-data could not be built. The end of the build's output:
Step 7/9 : RUN /usr/local/bin/bake
 ---> Running in 0a1b
BAKE ERROR: schema.sql: psql:/data/schema.sql:3: ERROR:  relation "itmes" does not exist
LINE 1: INSERT INTO itmes
                    ^
The command '/bin/sh -c /usr/local/bin/bake' returned a non-zero code: 1"""


class Refusing:
    """Builds nothing."""

    def __init__(self, text):
        self.text = text

    def find_or_build(self, _recipe):
        raise ImageError(self.text)


def test_sql_that_is_refused_is_its_authors_fault():
    with pytest.raises(FaultyPackError) as caught:
        pod_images(tiny.pack("tiny-sql"), "sql", Refusing(TOLD))
    [fault] = caught.value.faults
    assert (fault.path, fault.line) == ("services/postgres/schema.sql", 3)
    assert fault.message == 'ERROR:  relation "itmes" does not exist LINE 1: INSERT INTO itmes ^'


def test_an_engine_that_cannot_build_is_no_fault_of_an_authors():
    with pytest.raises(ImageError):
        pod_images(tiny.pack("tiny-sql"), "sql", Refusing("no space left on device"))


@pytest.mark.docker
def test_a_real_bake_tells_the_line(images):
    pack = tiny.pack("tiny-sql")
    schema = pack.files["services/postgres/schema.sql"]
    broken = schema + b"\nSELECT 1 / 0;\n"
    files = {**pack.files, "services/postgres/schema.sql": broken}
    with pytest.raises(FaultyPackError) as caught:
        pod_images(replace(pack, files=files), "sql", images)
    [fault] = caught.value.faults
    assert (fault.path, fault.line) == ("services/postgres/schema.sql", broken.count(b"\n"))
    assert fault.message.startswith("ERROR:  division by zero")

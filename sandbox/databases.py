"""The data of a pack's databases, baked once into an image: a run copies files instead of loading rows.

The SQL runs while the image is built, as an unprivileged user, without a network and with bounded memory:
it is the author's code, and it is given no more than it needs.
"""

import re
from collections.abc import Mapping, Sequence

from sandbox.errors import ImageError
from sandbox.images import Recipe, shipped
from sandbox.spec import MIB

BAKE_MEMORY_BYTES = 2048 * MIB
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_DOCKERFILE = b"""# A PostgreSQL cluster with the databases of one pack.
ARG PARENT
FROM ${PARENT} AS build
ARG STAGE
LABEL touchstone.stage=${STAGE}
COPY data /data
RUN mkdir /seed && chown postgres /seed
USER postgres
RUN /usr/local/bin/bake

FROM ${PARENT}
COPY --from=build /seed /seed
"""


def postgres_data(databases: Sequence[str], files: Mapping[str, bytes]) -> Recipe:
    """Return the recipe of a PostgreSQL image with these databases, loaded from `files`.

    `files` holds 'schema.sql', run in every database, and '<database>.sql', run after it in that one; both
    optional, and either compressed ('main.sql.gz', at most 1 GiB of SQL). Raises ImageError for a name that
    is no plain identifier. A faulty file shows when the image is built: the ImageError then names the file
    and says what PostgreSQL said.
    """
    for name in databases:
        if not _NAME.fullmatch(name) or name in ("postgres", "template0", "template1", "schema"):
            raise ImageError(
                f"{name!r} cannot be the name of a database: use lower-case letters, digits and _."
            )
    context = {
        "Dockerfile": _DOCKERFILE,
        "data/databases": "".join(f"{name}\n" for name in databases).encode(),
        **{f"data/{path}": content for path, content in files.items()},
    }
    return Recipe("postgres-data", context, shipped("postgres"), memory_bytes=BAKE_MEMORY_BYTES)

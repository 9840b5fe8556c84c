"""`python -m tests.postgres ARGUMENTS`: pytest with these arguments, on a PostgreSQL of its own."""

import os
import subprocess
import sys

from tests.servers import postgres

if __name__ == "__main__":
    with postgres() as url:
        command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
        sys.exit(subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode)

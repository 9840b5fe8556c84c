"""`python -m tests.bench`: a database, a broker and a Docker engine of this machine, and nothing else."""

import os
import tempfile

import django

with tempfile.TemporaryDirectory(prefix="touchstone-bench-") as folder:
    os.environ["TOUCHSTONE_DATA_DIR"] = folder
    os.environ["TOUCHSTONE_LOG_LEVEL"] = "ERROR"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tests.bench.measure import main

    main()

"""Stands in for the judge where there is none: starts the program beside the tests, or waits for one
elsewhere.
"""

import os
import subprocess
import sys
import time

import httpx
import pytest


@pytest.fixture(scope="session")
def service():
    port = os.environ["PORT"]
    program = None
    if "PROGRAM" in os.environ:
        program = subprocess.Popen([sys.executable, "-u", os.environ["PROGRAM"]])
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        while True:
            try:
                client.get("/count")
                break
            except httpx.ConnectError:
                time.sleep(0.005)
        yield client
    if program is not None:
        program.kill()
        program.wait()

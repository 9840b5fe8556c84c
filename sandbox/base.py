"""The root of every image.

Debian, from a registry if one answers quickly, else made from Debian's packages.
"""

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from sandbox import build_inputs
from sandbox.engine import Engine
from sandbox.errors import ImageError, SandboxError

REGISTRY_SECONDS = 20
"""A registry that is silent for so long is taken for absent."""

BOOTSTRAP_SECONDS = 900.0
_REPOSITORY = "debian"
_TAG = f"{build_inputs.SUITE}-slim"
_BOOTSTRAPPED = ("touchstone/debian", build_inputs.SUITE)


def available(engine: Engine) -> str | None:
    """Return the name of the Debian image that the engine has already, None if there is none."""
    names = (":".join(_BOOTSTRAPPED), f"{_REPOSITORY}:{_TAG}")
    return next((name for name in names if engine.image_id(name)), None)


def debian(engine: Engine) -> str:
    """Return the name of a local Debian image, fetching or making it first. Raises ImageError."""
    if name := available(engine):
        return name
    with contextlib.suppress(SandboxError):
        engine.pull(_REPOSITORY, _TAG, timeout_seconds=REGISTRY_SECONDS)
        return f"{_REPOSITORY}:{_TAG}"
    _bootstrap(engine)
    return ":".join(_BOOTSTRAPPED)


def _bootstrap(engine: Engine) -> None:
    """Make a minimal system out of packages and import it."""
    if shutil.which("mmdebstrap") is None:
        raise ImageError(
            f"No registry gave {_REPOSITORY}:{_TAG}, and mmdebstrap, which could make it from packages, is"
            " not installed. Install it (apt-get install mmdebstrap), or load that image into it."
        )
    with tempfile.TemporaryDirectory(prefix="touchstone-") as folder:
        archive = Path(folder) / "root.tar"
        configuration, certificates = Path(folder) / "apt.conf", Path(folder) / "ca.crt"
        inputs = build_inputs.files()
        configuration.write_bytes(
            inputs["inputs/apt.conf"].replace(b"/inputs/ca.crt", str(certificates).encode())
        )
        certificates.write_bytes(inputs["inputs/ca.crt"])
        _run_mmdebstrap(archive, configuration, build_inputs.sources_list())
        repository, tag = _BOOTSTRAPPED
        engine.import_image(str(archive), repository=repository, tag=tag)


def _run_mmdebstrap(archive: Path, configuration: Path, sources: str) -> None:
    options = [
        "--variant=minbase",
        f"--aptopt={configuration}",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
    ]
    # '-' reads sources from standard input; without it, they are mmdebstrap's own.
    command = ["mmdebstrap", *options, build_inputs.SUITE, str(archive), *(["-"] if sources else [])]
    try:
        done = subprocess.run(
            command, input=sources, capture_output=True, text=True, timeout=BOOTSTRAP_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ImageError(f"mmdebstrap took longer than {BOOTSTRAP_SECONDS:.0f} seconds.") from error
    if done.returncode != 0:
        raise ImageError(f"mmdebstrap could not make the base image:\n{done.stderr[-4000:]}")

"""Install the packages of package-lock.json, as npm would without running any script: fetch, check, unpack.

Runs in the first stage of the image's build. npm itself would bring several hundred Debian packages along.
The registry and its token come from the host's npmrc; a package whose SHA-512 is not the one in the lock
file ends the build.
"""

import base64
import concurrent.futures
import contextlib
import hashlib
import io
import json
import pathlib
import re
import ssl
import sys
import tarfile
import urllib.request
from typing import Any

TRIES = 4


def settings(npmrc: pathlib.Path) -> tuple[str, dict[str, str]]:
    """Return the registry's address and the headers it wants."""
    text = npmrc.read_text()
    found = re.findall(r"^registry *= *(\S+)", text, re.MULTILINE)
    if not found:
        raise SystemExit("Which npm registry? Install npm on the worker's machine, or name it in /etc/npmrc.")
    registry = found[-1].rstrip("/") + "/"
    token = re.search(rf"^{re.escape(registry.partition(':')[2])}:_authToken *= *(\S+)", text, re.MULTILINE)
    return registry, {"Authorization": f"Bearer {token[1]}"} if token else {}


def fetch(address: str, headers: dict[str, str], context: ssl.SSLContext) -> bytes:
    """Return the body, after several tries."""
    for attempt in range(TRIES):
        try:
            request = urllib.request.Request(address, headers=headers)  # noqa: S310 - the host's own registry.
            with urllib.request.urlopen(request, timeout=60, context=context) as response:  # noqa: S310
                body: bytes = response.read()
                return body
        except OSError as error:
            if attempt == TRIES - 1:
                raise SystemExit(f"{address}: {error}") from error
    raise AssertionError


def unpack(data: bytes, folder: pathlib.Path) -> None:
    """Unpack a package; its files lie under one folder whose name does not matter."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        for entry in tar:
            _, _, path = entry.name.partition("/")
            if entry.isfile() and path and ".." not in path.split("/"):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.closing(tar.extractfile(entry) or io.BytesIO()) as file:
                    target.write_bytes(file.read())
                target.chmod(0o644)


def install(lock: pathlib.Path, npmrc: pathlib.Path, certificates: pathlib.Path, root: pathlib.Path) -> None:
    """Install what the lock file names below `root`."""
    registry, headers = settings(npmrc)
    context = ssl.create_default_context(cafile=certificates if certificates.stat().st_size else None)

    def one(path: str, package: dict[str, Any]) -> None:
        name = path.rpartition("node_modules/")[2]
        address = f"{registry}{name}/-/{name.rpartition('/')[2]}-{package['version']}.tgz"
        data = fetch(address, headers, context)
        algorithm, _, wanted = package["integrity"].partition("-")
        if base64.b64encode(hashlib.new(algorithm, data).digest()).decode() != wanted:
            raise SystemExit(f"{address}: not the package that package-lock.json names")
        unpack(data, root / path)

    packages = {path: package for path, package in json.loads(lock.read_text())["packages"].items() if path}
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        list(threads.map(one, packages.keys(), packages.values()))


install(*map(pathlib.Path, sys.argv[1:]))

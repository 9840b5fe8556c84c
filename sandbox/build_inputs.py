"""What a build must know of its host to reach package indexes: mirror, proxies, certificates, index settings.

These files are added to a build's context under `inputs/`, take no part in a recipe's digest, are read by
the first stage of a Dockerfile and never reach the image. On a host with a plain connection they are nearly
empty.
"""

import os
import subprocess
import sys
from pathlib import Path

MIRROR_VARIABLE = "TOUCHSTONE_DEBIAN_MIRROR"
"""Environment variable: address of a Debian mirror, 'http://mirror.example/debian'. Unset: the one that
mmdebstrap, or the registry's image, names.
"""

SUITE = "trixie"

_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_APT_KEYS = ("Acquire::http", "Acquire::https", "Acquire::Retries", "Acquire::Check-", "Acquire::ForceIPv")
_PIP_KEYS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "default-timeout")
_NPM_FILES = (Path("/etc/npmrc"), Path.home() / ".npmrc")
_NPM_LOCAL = ("cafile", "prefix", "cache", "nodedir", "userconfig", "globalconfig")
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy")


def files() -> dict[str, bytes]:
    """Return path in the build's context -> content."""
    texts = {
        "inputs/sources.list": sources_list(),
        "inputs/apt.conf": _apt_configuration(),
        "inputs/auth.conf": _text(Path("/etc/apt/auth.conf")),
        "inputs/pip.conf": _pip_configuration(),
        "inputs/npmrc": _npm_configuration(),
        "inputs/ca.crt": _certificates(),
    }
    return {path: text.encode() for path, text in texts.items()}


def proxies() -> dict[str, str]:
    """Return the host's proxy settings as build arguments; the builder keeps these out of the history."""
    names = [name for proxy in _PROXIES for name in (proxy, proxy.upper())]
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def sources_list() -> str:
    """Return apt's sources of the mirror in the environment; '' if there is none: the image's own stay."""
    mirror = os.environ.get(MIRROR_VARIABLE, "").rstrip("/")
    if not mirror:
        return ""
    security = f"{mirror.removesuffix('/debian')}/debian-security"
    places = (f"{mirror} {SUITE}", f"{mirror} {SUITE}-updates", f"{security} {SUITE}-security")
    return "".join(f"deb {place} main\n" for place in places)


def _apt_configuration() -> str:
    """The host's proxy and transport settings; nothing that runs a command."""
    lines = [line for line in _output("apt-config", "dump").splitlines() if line.startswith(_APT_KEYS)]
    lines.append('Acquire::https::CaInfo "/inputs/ca.crt";')
    return "\n".join(lines) + "\n"


def _pip_configuration() -> str:
    """Index settings from files and environment.

    Paths on this machine mean nothing inside a build and are left out.
    """
    found: dict[str, str] = {}
    for line in _output(sys.executable, "-m", "pip", "config", "list").splitlines():
        name, _, value = line.partition("=")
        key, addresses = name.rpartition(".")[2], value.strip("'\"").replace("\\n", " ").split()
        remote = [address for address in addresses if not address.startswith(("file:", "/"))]
        if key in _PIP_KEYS and remote:
            found[key.removeprefix("default-")] = " ".join(remote)
    return "[global]\n" + "".join(f"{key} = {value}\n" for key, value in found.items())


def _npm_configuration() -> str:
    """The host's npmrc files, and at their end the registry that its npm uses, if it has one."""
    lines = [line for path in _NPM_FILES for line in _text(path).splitlines()]
    if registry := _output("npm", "config", "get", "registry").strip():
        lines.append(f"registry={registry}")
    return "".join(f"{line}\n" for line in lines if not line.strip().startswith(_NPM_LOCAL))


def _certificates() -> str:
    named = [os.environ.get(name, "") for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")]
    for name in [*named, _CERTIFICATES]:
        if name and (text := _text(Path(name))):
            return text
    return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""

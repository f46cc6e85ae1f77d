"""QuickJS-NG's published source: fetched once, checked against `requirements/engine.lock` and unpacked."""

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LOCK = Path(__file__).resolve().parents[2] / "requirements" / "engine.lock"
FOLDER = "upstream-quickjs"
"""The folder of the sdist that holds the engine; the Python wrapper around it is not used."""


class SourceUnavailable(Exception):
    """The source could not be fetched, or is not what the lock file says."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """The package, version and SHA-256 (hex) of the sdist that the lock file names."""

    name: str
    version: str
    sha256: str


def pinned(lock: Path = LOCK) -> Pinned:
    """What the lock file pins. Raises `SourceUnavailable` unless it names one version with one hash."""
    found = re.findall(r"^([\w-]+)==([\w.]+)\s*\\\n\s*--hash=sha256:([0-9a-f]{64})\s*$", lock.read_text(), re.MULTILINE)
    if len(found) != 1:
        message = f"{lock} must pin exactly one source with one hash"
        raise SourceUnavailable(message)
    return Pinned(*found[0])


def fetch(folder: Path) -> Path:
    """The sdist's path in `folder`, downloaded with pip if it is not there. Its hash is checked either way."""
    pin = pinned()
    kept = folder / f"{pin.name.replace('-', '_')}-{pin.version}.tar.gz"
    if not (kept.exists() and sha256(kept) == pin.sha256):
        print(f"engine: fetching the source of {pin.name} {pin.version}", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as download:
            download_sdist(Path(download)).replace(kept)
    if sha256(kept) != pin.sha256:
        message = f"{kept} is not the source that {LOCK.name} pins"
        raise SourceUnavailable(message)
    return kept


def extract(sdist: Path, folder: Path) -> None:
    """Writes the C sources and headers of the engine into `folder`, flat as they are upstream."""
    folder.mkdir(parents=True)
    with tarfile.open(sdist) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            # Only plain names of one folder are written: whatever else an archive may hold cannot leave `folder`.
            if member.isfile() and path.parts[1:-1] == (FOLDER,) and path.suffix in {".c", ".h"}:
                content = archive.extractfile(member)
                if content is not None:
                    (folder / path.name).write_bytes(content.read())


def download_sdist(folder: Path) -> Path:
    """Downloads the sdist into the empty `folder` through the user's own pip settings; pip checks the hash."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "--no-build-isolation"]
    finished = subprocess.run(
        [*command, "--require-hashes", "-r", str(LOCK), "-d", str(folder)], capture_output=True, text=True, check=False
    )
    files = list(folder.iterdir())
    if finished.returncode != 0 or len(files) != 1:
        message = f"pip could not download what {LOCK.name} names:\n{finished.stderr.strip()}"
        raise SourceUnavailable(message)
    return files[0]


def sha256(path: Path) -> str:
    """The file's SHA-256 in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()

"""A registry of npm packages on loopback: what a test makes, and real packages of the checkout's node_modules."""

import base64
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[4]
ESBUILD = next((ROOT / "node_modules" / "@esbuild").glob("*/bin/esbuild"), Path("/nonexistent"))
"""The checkout's own: it is of the pinned version, and tests reach no registry to fetch another."""


class Registry:
    """What is published, and what was asked for. `url` is its address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []
        self._packages: dict[str, dict[str, Any]] = {}
        self._tarballs: dict[str, bytes] = {}

    def publish(
        self, name: str, version: str, files: Mapping[str, str | bytes], *, at: str = "", **manifest: Any
    ) -> bytes:
        """Publish a version, which is the latest from now on; gives its archive. `at`: where the archive is instead."""
        package = {"name": name, "version": version, **manifest}
        archive = _archive({"package.json": json.dumps(package), **files})
        path = f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        self._tarballs[path] = archive
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
        document = self._packages.setdefault(name, {"name": name, "versions": {}})
        document["dist-tags"] = {"latest": version}
        dist = {
            "tarball": at or f"{self.url}{path}",
            "integrity": integrity,
            "shasum": hashlib.sha1(archive).hexdigest(),
        }
        scripts = {"hasInstallScript": True} if manifest.get("scripts") or "binding.gyp" in files else {}
        document["versions"][version] = {**package, **scripts, "dist": dist}
        return archive

    def document(self, name: str) -> dict[str, Any]:
        """What the registry says of a package."""
        return self._packages[name]

    def publish_real(self, name: str) -> str:
        """Publish a package of the checkout's node_modules with what it needs; gives its version."""
        folder = ROOT / "node_modules" / name
        manifest = json.loads((folder / "package.json").read_text())
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and "node_modules" not in path.relative_to(folder).parts and path.name != "package.json"
        }
        for key in ("devDependencies", "scripts", "files"):
            manifest.pop(key, None)
        version: str = manifest.pop("version")
        self.publish(manifest.pop("name"), version, files, **manifest)
        for needed in manifest.get("dependencies", {}):
            self.publish_real(needed)
        return version

    def tamper(self, name: str, version: str) -> None:
        """Give another archive than the one whose hash is published."""
        path = f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        self._tarballs[path] = _archive({"package.json": json.dumps({"name": name, "version": version}), "x": "y"})

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return status and body for a path."""
        path = unquote(path.partition("?")[0])
        self.asked.append(path)
        if path in self._tarballs:
            return 200, self._tarballs[path]
        document = self._packages.get(path.lstrip("/"))
        return (404, b'{"error": "not found"}') if document is None else (200, json.dumps(document).encode())


@contextmanager
def registry() -> Iterator[Registry]:
    """Serve an empty one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = served.answer(self.path)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's interface
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        served = Registry(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


def _archive(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name if name.startswith("../") else f"package/{name}")
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()

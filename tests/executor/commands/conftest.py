"""A small HTTP server in the API's place: it answers what a test says, and keeps what it was asked."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

KEY = "interlock_a-key-that-nobody-may-see"


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any


@dataclass
class Api:
    """What is answered to (method, path), one answer after the other, the last one again; and what was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    answers: dict[tuple[str, str], list[tuple[int, bytes, dict[str, str]]]] = field(default_factory=dict)

    def answer(
        self, method: str, path: str, body: Any = None, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = "application/json" if status < 400 else "application/problem+json"
        answer = (status, content, {"Content-Type": kind, **(headers or {})})
        self.answers.setdefault((method, path), []).append(answer)

    def refuse(self, method: str, path: str, status: int, code: str, **members: Any) -> None:
        self.answer(
            method, path, {"title": "x", "status": status, "detail": f"it is {code}", "code": code, **members}, status
        )


def served(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            octets = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            api.asked.append(Asked(self.command, self.path, headers, json.loads(octets) if octets else None))
            known = api.answers.get((self.command, self.path.partition("?")[0]))
            missing = (500, b"the test has no answer to this", dict[str, str]())
            status, content, extra = missing if known is None else known.pop(0) if len(known) > 1 else known[0]
            self.send_response(status)
            for name, value in {**extra, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    return Handler


@pytest.fixture
def server() -> Iterator[Api]:
    """A server that no setting names yet."""
    api = Api("")
    with ThreadingHTTPServer(("127.0.0.1", 0), served(api)) as running:
        api.url = f"http://127.0.0.1:{running.server_address[1]}"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield api
        finally:
            running.shutdown()
            thread.join()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("INTERLOCK_DATA", str(folder))
    return folder


@pytest.fixture
def api(server: Api, data: Path, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The server as that of the settings, with a key; the tenant is acme."""
    monkeypatch.setenv("INTERLOCK_URL", server.url)
    monkeypatch.setenv("INTERLOCK_API_KEY", KEY)
    monkeypatch.setenv("INTERLOCK_TENANT", "acme")
    return server

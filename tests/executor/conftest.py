"""The command as a user calls it, in this process for speed; `test_process.py` starts it as a process of its own."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from interlock.executor.main import main
from interlock.worker import simulated_event, triggers


@dataclass(frozen=True)
class Finished:
    """How a call ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Interlock = Callable[..., Finished]
Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def interlock(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Interlock:
    """Calls the command with arguments, and `stdin` for its standard input."""

    def call(*arguments: object, stdin: bytes = b"") -> Finished:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Finished(left.value.code, captured.out, captured.err)

    return call


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file and gives its path."""

    def write_file(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture
def event() -> dict[str, Any]:
    """A complete event of post-login."""
    return simulated_event(triggers.get("post-login"))


@pytest.fixture
def run(interlock: Interlock, write: Write, event: dict[str, Any]) -> Interlock:
    """Runs the body of a post-login handler, with further options of `interlock run`."""

    def run_body(body: str, *options: object, changed: dict[str, Any] | None = None) -> Finished:
        action = write("action.js", f"exports.onExecutePostLogin = async (event, api) => {{\n{body}\n}};\n")
        path = write("event.json", json.dumps({**event, **(changed or {})}))
        return interlock("run", action, "--trigger", "post-login", "--event", path, *options)

    return run_body

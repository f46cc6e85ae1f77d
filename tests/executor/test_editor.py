"""What an editor shows in the actions of a project: asked of TypeScript's own language server, as editors ask it.

https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any

from interlock.worker import triggers

Call = Callable[..., Any]

TSC = Path(__file__).parents[2] / "node_modules" / ".bin" / "tsc"
POST_LOGIN = triggers.BUILT_IN.get("post-login")


@dataclass
class Editor:
    """One that has files open, and asks."""

    reads: IO[bytes]
    writes: IO[bytes]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _versions: Iterator[int] = field(default_factory=lambda: count(1))

    def completes(self, file: Path, line: str) -> set[str]:
        """Return what is offered behind a line of the first handler in a file."""
        found = self._ask("textDocument/completion", **self._behind(file, line))
        return {item["label"].removesuffix("?") for item in found["items"]}

    def shows(self, file: Path, line: str) -> str:
        """Return what is shown when the pointer is at the end of a line."""
        text: str = self._ask("textDocument/hover", **self._behind(file, line))["contents"]["value"]
        return text

    def begin(self, folder: Path) -> None:
        capabilities = {
            "textDocument": {"completion": {"contextSupport": False}, "hover": {"contentFormat": ["markdown"]}}
        }
        folders = [{"uri": folder.as_uri(), "name": "projects"}]
        self._ask(
            "initialize", processId=None, rootUri=folder.as_uri(), workspaceFolders=folders, capabilities=capabilities
        )
        self._send("initialized", {})

    def end(self) -> None:
        self._ask("shutdown")
        self._send("exit")

    def _behind(self, file: Path, line: str) -> dict[str, Any]:
        """Open a file with this line in its handler, and return the place."""
        head, rest = file.read_text().split("=> {\n", 1)
        text = f"{head}=> {{\n{line}\n{rest}"
        language = "typescript" if file.suffix == ".ts" else "javascript"
        version = next(self._versions)
        document = {"uri": file.as_uri(), "languageId": language, "version": version, "text": text}
        self._send("textDocument/didOpen", {"textDocument": document})
        place = {"line": f"{head}=> {{\n".count("\n"), "character": len(line)}
        return {"textDocument": {"uri": file.as_uri()}, "position": place}

    def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._send(method, params or None, id=number)
        while True:
            said = self._read()
            if "method" in said and "id" in said:
                self._write({"id": said["id"], "result": None})
            elif said.get("id") == number and "method" not in said:
                assert "error" not in said, said
                return said["result"]

    def _send(self, method: str, params: Any = None, **more: Any) -> None:
        self._write({"method": method, **more, **({} if params is None else {"params": params})})

    def _write(self, message: dict[str, Any]) -> None:
        octets = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.writes.write(b"Content-Length: %d\r\n\r\n%b" % (len(octets), octets))
        self.writes.flush()

    def _read(self) -> Any:
        length = 0
        while line := self.reads.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the language server has ended"
        return json.loads(self.reads.read(length))


@contextmanager
def editor(folder: Path) -> Iterator[Editor]:
    with subprocess.Popen(
        [TSC, "--lsp", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdin
        assert server.stdout
        opened = Editor(server.stdout, server.stdin)
        try:
            opened.begin(folder)
            yield opened
            opened.end()
        except BaseException:
            server.kill()
            raise


def test_an_editor_completes_event_and_api_and_shows_what_they_do(interlock: Call, tmp_path: Path) -> None:
    for name, option in (("typescript", ["--typescript"]), ("javascript", [])):
        assert interlock("init", tmp_path / name, *option).status == 0
    files = [
        tmp_path / "typescript/actions/on-post-login/action.ts",
        tmp_path / "javascript/actions/on-post-login/action.js",
    ]
    namespaces = {method.split(".")[1] for method in POST_LOGIN.methods}
    with editor(tmp_path) as opened:
        for file in files:
            assert opened.completes(file, "  event.") == {one.name for one in POST_LOGIN.event}
            assert {"user_id", "email", "app_metadata"} <= opened.completes(file, "  event.user.")
            assert opened.completes(file, "  api.") == namespaces
            assert opened.completes(file, "  api.access.") == {"deny"}
            assert {"otp", "recovery-code"} <= {
                label.strip("'") for label in opened.completes(file, "  api.authentication.challengeWith({ type: '")
            }
            shown = opened.shows(file, "  api.samlResponse.setAttribute")
            assert "setAttribute(attribute: string, value: SamlAttribute): PostLoginAPI" in shown
            assert POST_LOGIN.methods["api.samlResponse.setAttribute"].summary in shown
            assert "not empty, at most 1,024 bytes" in shown

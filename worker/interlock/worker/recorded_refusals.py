"""What the policy refused a recorded run, for edited code that goes to the same place in another way.

The answer of a server to a request that was never made is known to nobody. Whether the request could be made at all is:
the policy decided about the place, whatever was to be sent there.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from interlock.sandbox import Operation
from interlock.worker.egress.failures import EGRESS_DENIED

_PORTS = {"http": 80, "https": 443}


class RecordedRefusals:
    """The refusals of one recorded run, in the words of the policy. `met` are those that the replay came to."""

    def __init__(self, refusals: Sequence[str]) -> None:
        """Take them as they were recorded."""
        self._refusals = refusals
        self.met: list[str] = []

    def __call__(self, operation: Operation) -> tuple[str, str] | None:
        """Return how an operation fails that goes where the recorded run could not: reason and message."""
        place = _place(operation)
        for refusal in self._refusals if place else ():
            # A message begins with what was asked for (`egress.decisions`).
            if refusal.startswith(f"{place} "):
                if refusal not in self.met:
                    self.met.append(refusal)
                return EGRESS_DENIED, refusal
        return None


def _place(operation: Operation) -> str:
    host, port = operation.args.get("host"), operation.args.get("port")
    if operation.kind == "fetch.start":
        url = operation.args.get("url")
        try:
            parts = urlsplit(url if isinstance(url, str) else "")
            host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
        except ValueError:
            return ""
    if not isinstance(host, str):
        return ""
    shown = f"[{host}]" if ":" in host else host
    return shown if operation.kind.startswith("dns.") else f"{shown}:{port}"

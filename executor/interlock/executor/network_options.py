"""`--allow`, `--resolve` and `--ca`: what the actions of one `interlock run` may reach, and how.

--allow HOST:PORT                    opens a private address for this run, as an operator's `private` rule does
--resolve HOST:PORT:ADDRESS[:PORT]   sends a name to a stand-in, as in curl, and allows that
--ca FILE                            trusts a CA beside the system's roots
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from interlock.executor import files
from interlock.executor.errors import Misused
from interlock.worker.egress import Policy, pinning, rules
from interlock.worker.egress.connecting import StandIns
from interlock.worker.errors import PolicyRejected

_ALLOW_HINT: Final = "Write --allow HOST:PORT, such as localhost:5432 or [::1]:8080."
_RESOLVE_HINT: Final = "Write --resolve HOST:PORT:ADDRESS[:PORT], such as api.example.com:443:127.0.0.1:8443."


@dataclass(frozen=True, slots=True)
class Reach:
    """What a run may reach: `stand_ins` are names that lead elsewhere, `roots` PEM texts of CAs to trust as well."""

    policy: Policy = field(default_factory=Policy)
    stand_ins: StandIns = field(default_factory=dict)
    roots: tuple[str, ...] = ()


def parse(allow: Sequence[str], resolve: Sequence[str], certificates: Sequence[Path]) -> Reach:
    """Read the options. Raises Misused (allow_syntax, resolve_syntax), and what reading a file raises."""
    opened = [_allowed(text) for text in allow]
    stand_ins = {}
    for text in resolve:
        try:
            (host, port), stand = pinning.parse_pin(text)
        except PolicyRejected:
            raise Misused("resolve_syntax", f"--resolve {text!a} is none.", _RESOLVE_HINT) from None
        stand_ins[host, port] = stand
        opened.append(str(rules.of_host(host, port)))
    return Reach(_policy(opened), stand_ins, tuple(map(_certificates, certificates)))


def _allowed(text: str) -> str:
    try:
        rule = rules.parse(text)
    except PolicyRejected as rejected:
        raise Misused("allow_syntax", f"--allow: {rejected.message}.", _ALLOW_HINT) from None
    if rule.port is None:
        raise Misused("allow_syntax", f"--allow {text!a} names no port.", _ALLOW_HINT)
    return text


def _certificates(path: Path) -> str:
    text = files.read_text(path)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise Misused(
            "ca_unusable", f"{path} has no certificates.", "Give a PEM file with the CA's certificate."
        ) from None
    return text


def _policy(private: Sequence[str]) -> Policy:
    try:
        return Policy.parse({"private": list(private)})
    except PolicyRejected as rejected:
        raise Misused("allow_syntax", f"--allow: {rejected.message}.", _ALLOW_HINT) from None

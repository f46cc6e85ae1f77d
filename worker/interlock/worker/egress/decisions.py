"""What was decided about one connection, and its words: what was refused, why, and what would allow it.

What an action's author reads names what was asked for, and not the address that a name led to: that is the operator's
to know, whose log has it.
"""

from dataclasses import dataclass

from interlock.worker.egress import names, rules
from interlock.worker.egress.addresses import Address, Class, Kind
from interlock.worker.egress.rules import Rule
from interlock.worker.errors import HostRejected


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a connection may be made.

    `rule` is what said so: a rule, or the default that applied. `hint` says how to allow what was refused, and who may.
    `reason` is a stable word for logs and tests. `message` is for the author of the action: it names what was asked and
    not the address that a name led to, which is the operator's to know.
    """

    allowed: bool
    rule: str
    hint: str = ""
    reason: str = "allowed"
    message: str = ""

    def fields(self, host: str, port: int, address: Address | None) -> dict[str, str | int]:
        """Return what the operator's log says of a refusal: no path, query, header or body, ever."""
        shown = "" if address is None else str(address)
        return {
            # What is no host may be anything: a line of its own, or a whole page.
            "host": ascii(host[:80]) if self.reason == "malformed" else host,
            "port": port,
            "address": shown,
            "reason": self.reason,
            "rule": self.rule,
            "hint": self.hint,
        }


def malformed(host: str, port: int) -> Decision | None:
    """Refuse a host in another spelling than the one that rules are compared with, and a port that is none."""
    try:
        if names.normalise(host) == host:
            problem = "" if 1 <= port <= rules.MOST_PORT else "the port is none from 1 to 65535"
        else:
            problem = "the host is not in its one spelling"
    except HostRejected as error:
        problem = error.message
    if not problem:
        return None
    return Decision(allowed=False, rule="malformed", hint=problem, reason="malformed", message=problem)


def denied(host: str, port: int | None, rule: Rule) -> Decision:
    """A rule of `deny` matches."""
    hint = f'remove "{rule}" from `deny` of the egress policy: a tenant may remove its own rules, the operator any'
    return _refusal("denied", f"deny: {rule}", f"{_asked(host, port)} is denied", hint)


def denied_everywhere(host: str, port: int | None, rule: Rule) -> Decision:
    """The operator denies it to all tenants."""
    hint = "the operator denies it to all tenants, and no policy opens it"
    return _refusal("denied", f"operator: {rule}", f"{_asked(host, port)} is denied", hint)


def never(host: str, port: int | None, known: Class) -> Decision:
    """The address is nobody's own."""
    hint = "no rule opens such addresses"
    if known.hidden:
        hint += ": use the IPv4 address itself, which is decided on like any other"
    return _refusal("never", f"never: {known}", f"{_asked(host, port)} leads to no address of a host: {known}", hint)


def closed(host: str, port: int | None, address: Address, known: Class) -> Decision:
    """The address is not public, and no rule of `private` opens it; without a port, no port of it."""
    if known.kind is Kind.METADATA:
        rule = _proposed(str(address), port)
        hint = (
            f'only the operator can allow it, and only by this exact address: add "{rule}" to `private` of the egress '
            "policy, if actions may have the machine's own credentials"
        )
        return _refusal("metadata", f"default: {known}", f"{_asked(host, port)} is a cloud's metadata service", hint)
    rule = _proposed(host, port)
    hint = (
        f"only the operator can allow it: add \"{rule}\" to `private` of the tenant's and the trigger's egress policy; "
        f"`interlock run` takes --allow {rule}"
    )
    message = f"{_asked(host, port)} leads to an address that is not public: {known}"
    return _refusal(known.kind.value, f"default: {known}", message, hint)


def not_listed(host: str, port: int | None, action: str = "") -> Decision:
    """No rule of `allow` matches: the policy's, or the action's own."""
    rule = rules.of_host(host, port or 443)
    of_action = f" of the action {action}" if action else ""
    granted = "" if action else ", as far as the operator granted that to the tenant"
    hint = f'add "{rule}" to `allow`{of_action} in the trigger\'s egress policy{granted}'
    message = f"{_asked(host, port)} is not in the list of what is allowed"
    return _refusal("not_listed", f"default: not in allow{of_action}", message, hint)


def _proposed(host: str, port: int | None) -> str:
    rule = rules.of_host(host, port)
    return f"{rule}:PORT" if port is None else str(rule)


def _asked(host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"


def _refusal(reason: str, rule: str, message: str, hint: str) -> Decision:
    return Decision(allowed=False, rule=rule, hint=hint, reason=reason, message=f"{message}; {hint}")

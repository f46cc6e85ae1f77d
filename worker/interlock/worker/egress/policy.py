"""An egress policy, and what it decides about one connection. Pure: nothing is resolved and nothing connected here.

    {"allow": [Rule], "deny": [Rule], "public": true,        by whoever may set policies
     "private": [Rule], "insecure_tls": false}               by the operator alone

The order of a decision, of which the first that applies wins:

    1. `deny`     refuses, by name or by address
    2. never      what is no host's own address (multicast, unspecified) or another address in disguise: always refused
    3. metadata   a cloud's metadata service: only a `private` rule that names exactly this address opens it
    4. private    any other address that is not public: only a `private` rule opens it, by name or by network
    5. public     with an `allow` list, a rule of it has to match; without one, `public` decides

It is asked at connect time about the resolved address, for every hop of a redirect again, and the connection goes to
that address and no other: so it does not matter what a name says next time (DNS rebinding).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from interlock.worker.egress import names, rules
from interlock.worker.egress.addresses import Address, Class, Kind, classify, never_opens
from interlock.worker.egress.rules import Rule
from interlock.worker.errors import HostRejected, PolicyRejected

MOST_RULES: Final = 200
"""In one list."""

_LISTS: Final = ("allow", "deny", "private")
_FLAGS: Final = ("public", "insecure_tls")


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
            "host": host,
            "port": port,
            "address": shown,
            "reason": self.reason,
            "rule": self.rule,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be connected to. The default: every public address and nothing else, TLS always verified."""

    allow: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()
    private: tuple[Rule, ...] = ()
    public: bool = True
    insecure_tls: bool = False

    @classmethod
    def parse(cls, document: Any) -> "Policy":
        """Read a policy's JSON. Raises PolicyRejected (egress_invalid), which says what is wrong and what is right."""
        if not isinstance(document, Mapping):
            raise PolicyRejected("an egress policy is an object with allow, deny, private, public and insecure_tls")
        unknown = [key for key in document if key not in (*_LISTS, *_FLAGS)]
        if unknown:
            raise PolicyRejected(f"there are {', '.join((*_LISTS, *_FLAGS))}, and nothing else, in an egress policy")
        for flag in _FLAGS:
            if not isinstance(document.get(flag, False), bool):
                raise PolicyRejected(f"{flag} is true or false")
        lists = {name: _rules(name, document.get(name, [])) for name in _LISTS}
        for rule in lists["private"]:
            _check_private(rule)
        return cls(**lists, public=document.get("public", True), insecure_tls=document.get("insecure_tls", False))

    def document(self) -> dict[str, Any]:
        """Return the policy as JSON, in its one spelling, without what has its default."""
        lists = {name: [str(rule) for rule in getattr(self, name)] for name in _LISTS}
        flags = {name: getattr(self, name) for name in _FLAGS if getattr(self, name) != getattr(_DEFAULT, name)}
        return {**{name: given for name, given in lists.items() if given}, **flags}

    @property
    def open(self) -> bool:
        """Whether every public address may be connected to that `deny` does not name."""
        return self.public and not self.allow

    def decide(self, host: str, port: int, address: Address) -> Decision:
        """Decide about a connection to a port of an address, to which the host that was asked for led.

        `host` is as `names.normalise` returned it, which is checked: a spelling that no rule knows is refused.
        """
        malformed = _malformed(host, port)
        if malformed:
            return malformed
        known = classify(address)
        for rule in self.deny:
            if rule.matches(host, port, address, known.hidden):
                return _denied(host, port, rule)
        if known.kind is Kind.PUBLIC:
            return self._public(host, port, address, known)
        return self._not_public(host, port, address, known)

    def decide_lookup(self, host: str) -> Decision:
        """Decide whether a name may be looked up for an action: only if there is a port it might connect to.

        A name server of somebody else sees every name that is asked for, so a lookup alone can carry data out.
        """
        malformed = _malformed(host, 1)
        if malformed:
            return malformed
        for rule in self.deny:
            if rule.port is None and rule.matches_name(host):
                return _denied(host, None, rule)
        for rule in (*self.private, *self.allow):
            if rule.matches_name(host) or (rule.network is not None and names.literal(host) is None):
                return Decision(allowed=True, rule=str(rule))
        if self.open:
            return Decision(allowed=True, rule="default: public")
        return _not_listed(host, None)

    def shows(self, host: str, address: Address) -> bool:
        """Whether an action may be told that a name leads to this address: if some port of it could be connected to."""
        known = classify(address)
        if known.kind is Kind.PUBLIC:
            return True
        return known.kind is not Kind.NEVER and any(self._opens(rule, host, address, known) for rule in self.private)

    def _public(self, host: str, port: int, address: Address, known: Class) -> Decision:
        for rule in self.allow:
            if rule.matches(host, port, address, known.hidden):
                return Decision(allowed=True, rule=f"allow: {rule}")
        if self.open:
            return Decision(allowed=True, rule="default: public")
        return _not_listed(host, port)

    def _not_public(self, host: str, port: int, address: Address, known: Class) -> Decision:
        if known.kind is Kind.NEVER:
            return _never(host, port, known)
        for rule in self.private:
            if rule.matches_port(port) and self._opens(rule, host, address, known):
                return Decision(allowed=True, rule=f"private: {rule}")
        return _closed(host, port, address, known)

    @staticmethod
    def _opens(rule: Rule, host: str, address: Address, known: Class) -> bool:
        if known.kind is Kind.METADATA:
            return rule.exact == address
        return rule.matches_name(host) or rule.holds(address)


_DEFAULT: Final = Policy()


def _rules(name: str, given: Any) -> tuple[Rule, ...]:
    if not isinstance(given, list | tuple):
        raise PolicyRejected(f'{name} is a list of rules such as "api.example.com:443"')
    if len(given) > MOST_RULES:
        raise PolicyRejected(f"{name} has at most {MOST_RULES} rules")
    return tuple(dict.fromkeys(rules.parse(text) for text in given))


def _check_private(rule: Rule) -> None:
    """Refuse what would say more than its writer meant, or nothing at all."""
    if rule.everything:
        raise PolicyRejected(
            f"private has no {str(rule)!r}: name hosts or networks, such as db.internal:5432 or 10.0.0.0/8"
        )
    block = None if rule.network is None else never_opens(rule.network)
    if block is not None:
        raise PolicyRejected(f"private cannot open {rule}: {block.name} ({block.source}) is always refused")


def _malformed(host: str, port: int) -> Decision | None:
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


def _denied(host: str, port: int | None, rule: Rule) -> Decision:
    hint = f'remove "{rule}" from `deny` of the egress policy: a tenant may remove its own rules, the operator any'
    return _refusal("denied", f"deny: {rule}", f"{_asked(host, port)} is denied", hint)


def _never(host: str, port: int, known: Class) -> Decision:
    hint = "no rule opens such addresses"
    if known.hidden:
        hint += ": use the IPv4 address itself, which is decided on like any other"
    return _refusal("never", f"never: {known}", f"{_asked(host, port)} leads to no address of a host: {known}", hint)


def _closed(host: str, port: int, address: Address, known: Class) -> Decision:
    if known.kind is Kind.METADATA:
        rule = rules.of_host(str(address), port)
        hint = (
            f'only the operator can allow it, and only by this exact address: add "{rule}" to `private` of the egress '
            "policy, if actions may have the machine's own credentials"
        )
        return _refusal("metadata", f"default: {known}", f"{_asked(host, port)} is a cloud's metadata service", hint)
    rule = rules.of_host(host, port)
    hint = (
        f"only the operator can allow it: add \"{rule}\" to `private` of the tenant's and the trigger's egress policy; "
        f"`interlock run` takes --allow {rule}"
    )
    message = f"{_asked(host, port)} leads to an address that is not public: {known}"
    return _refusal(known.kind.value, f"default: {known}", message, hint)


def _not_listed(host: str, port: int | None) -> Decision:
    rule = rules.of_host(host, port or 443)
    hint = f'add "{rule}" to `allow` of the trigger\'s egress policy, as far as the operator granted that to the tenant'
    return _refusal(
        "not_listed", "default: not in allow", f"{_asked(host, port)} is not in the list of what is allowed", hint
    )


def _asked(host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"


def _refusal(reason: str, rule: str, message: str, hint: str) -> Decision:
    return Decision(allowed=False, rule=rule, hint=hint, reason=reason, message=f"{message}; {hint}")

"""An egress policy, and what it decides about one connection. Pure: nothing is resolved and nothing connected here.

    {"allow": [Rule], "deny": [Rule], "public": true,        by whoever may set policies
     "actions": {ID: {"allow": [Rule], "deny": [Rule]}},
     "private": [Rule], "insecure_tls": false}               by the operator alone

The order of a decision, of which the first that applies wins:

    0. everywhere  what the operator denies to all tenants, whatever a policy says
    1. `deny`     refuses, by name or by address
    2. never      what is no host's own address (multicast, unspecified) or another address in disguise: always refused
    3. metadata   a cloud's metadata service: only a `private` rule that names exactly this address opens it
    4. private    any other address that is not public: only a `private` rule opens it, by name or by network
    5. public     with an `allow` list, a rule of it has to match; without one, `public` decides

What `actions` says of an action only narrows this: its `deny` is added, and its `allow` has to match besides, for
private addresses too.

It is asked at connect time about the resolved address, for every hop of a redirect again, and the connection goes to
that address and no other: so it does not matter what a name says next time (DNS rebinding).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from interlock.worker.egress import decisions, rules
from interlock.worker.egress.addresses import Address, Class, Kind, classify, never_opens
from interlock.worker.egress.decisions import Decision
from interlock.worker.egress.rules import Rule
from interlock.worker.errors import PolicyRejected

__all__ = ["Decision", "Narrowing", "Policy"]

MOST_RULES: Final = 200
"""In one list."""
MOST_IN_ALL: Final = 1_000
"""In all lists of a policy: it is read for each release, and its rules are tried one after another."""
MOST_ACTIONS: Final = 50
LONGEST_NAME: Final = 255
"""Of an action, as the store has it."""

_LISTS: Final = ("allow", "deny", "private")
_FLAGS: Final = ("public", "insecure_tls")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What one action may not reach of what the policy allows. `allow`, unless it is empty, names all that is left."""

    action: str
    allow: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be connected to. The default: every public address and nothing else, TLS always verified."""

    allow: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()
    private: tuple[Rule, ...] = ()
    public: bool = True
    insecure_tls: bool = False
    actions: tuple[Narrowing, ...] = ()
    narrowing: Narrowing | None = None
    """That of the action for which it decides."""
    everywhere: tuple[Rule, ...] = ()
    """What the operator denies to all tenants. No document has it, and none takes it away."""

    @classmethod
    def parse(cls, document: Any) -> "Policy":
        """Read a policy's JSON. Raises PolicyRejected (egress_invalid), which says what is wrong and what is right."""
        _check_keys("an egress policy", document, (*_LISTS, *_FLAGS, "actions"))
        _check_number(document)
        for flag in _FLAGS:
            if not isinstance(document.get(flag, False), bool):
                raise PolicyRejected(f"{flag} is true or false")
        allow, deny, private = (_rules(name, document.get(name, [])) for name in _LISTS)
        for rule in private:
            _check_private(rule)
        actions = _narrowings(document.get("actions", {}))
        return cls(allow, deny, private, document.get("public", True), document.get("insecure_tls", False), actions)

    def document(self) -> dict[str, Any]:
        """Return the policy as JSON, in its one spelling, without what has its default."""
        flags = {name: getattr(self, name) for name in _FLAGS if getattr(self, name) != getattr(_DEFAULT, name)}
        actions = {each.action: _written(allow=each.allow, deny=each.deny) for each in self.actions}
        lists = _written(allow=self.allow, deny=self.deny, private=self.private)
        return {**lists, **flags, **({"actions": actions} if actions else {})}

    def for_action(self, action: str, name: str = "") -> "Policy":
        """Return the policy as it is for the action of this id, which a renamed one keeps; refusals call it `name`."""
        for each in self.actions:
            if each.action == action:
                called = replace(each, action=name or action)
                return replace(self, deny=(*self.deny, *each.deny), narrowing=called)
        return self

    def beneath(self, everywhere: tuple[Rule, ...]) -> "Policy":
        """Return the policy where the operator denies this to all tenants."""
        return replace(self, everywhere=everywhere) if everywhere else self

    @property
    def open(self) -> bool:
        """Whether every public address may be connected to that `deny` does not name."""
        return self.public and not self.allow

    def decide(self, host: str, port: int, address: Address, *, own: bool = False) -> Decision:
        """Decide about a connection to a port of an address, to which the host that was asked for led.

        `host` is as `names.normalise` returned it, which is checked: a spelling that no rule knows is refused. `own`:
        it is an address of this machine (`own.is_own`), and so not public, whatever the registries say.
        """
        malformed = decisions.malformed(host, port)
        if malformed:
            return malformed
        known = classify(address)
        denied = self._denied(host, port, lambda rule: rule.matches(host, port, address, known.hidden))
        if denied:
            return denied
        if own and known.kind is Kind.PUBLIC:
            known = Class(Kind.SPECIAL, "an address of this machine")
        decide = self._public if known.kind is Kind.PUBLIC else self._not_public
        decision = decide(host, port, address, known)
        narrowing = self.narrowing
        if decision.allowed and narrowing and narrowing.allow:
            hidden = known.hidden if known.kind is Kind.PUBLIC else ()
            if not any(rule.matches(host, port, address, hidden) for rule in narrowing.allow):
                return decisions.not_listed(host, port, narrowing.action)
        return decision

    def decide_lookup(self, host: str) -> Decision:
        """Decide whether a name may be looked up for an action: only if there is a port it might connect to.

        A name server of somebody else sees every name that is asked for, so a lookup alone can carry data out.
        """
        refused = decisions.malformed(host, 1) or self._denied(
            host, None, lambda rule: rule.port is None and rule.matches_name(host)
        )
        if refused:
            return refused
        narrowing = self.narrowing
        if narrowing and narrowing.allow and not _may_lead(narrowing.allow, host):
            return decisions.not_listed(host, None, narrowing.action)
        if self.open or _may_lead((*self.private, *self.allow), host):
            return Decision(allowed=True, rule="lookup")
        return decisions.not_listed(host, None)

    def decide_shown(self, host: str, address: Address) -> Decision:
        """Decide whether an action may be told that a name leads to this address: if it could connect to a port of it.

        What is public, anybody's name server says.
        """
        known = classify(address)
        if known.kind is Kind.PUBLIC:
            return Decision(allowed=True, rule="default: public")
        denied = self._denied(host, None, lambda rule: rule.means(host, address, known.hidden))
        if denied:
            return denied
        if known.kind is Kind.NEVER:
            return decisions.never(host, None, known)
        opened = next((rule for rule in self.private if self._opens(rule, host, address, known)), None)
        if opened is None:
            return decisions.closed(host, None, address, known)
        narrowing = self.narrowing
        if narrowing and narrowing.allow and not _may_lead(narrowing.allow, host, address):
            return decisions.not_listed(host, None, narrowing.action)
        return Decision(allowed=True, rule=f"private: {opened}")

    def _denied(self, host: str, port: int | None, matches: Callable[[Rule], bool]) -> Decision | None:
        for rule in self.everywhere:
            if matches(rule):
                return decisions.denied_everywhere(host, port, rule)
        for rule in self.deny:
            if matches(rule):
                return decisions.denied(host, port, rule)
        return None

    def _public(self, host: str, port: int, address: Address, known: Class) -> Decision:
        for rule in self.allow:
            if rule.matches(host, port, address, known.hidden):
                return Decision(allowed=True, rule=f"allow: {rule}")
        if self.open:
            return Decision(allowed=True, rule="default: public")
        return decisions.not_listed(host, port)

    def _not_public(self, host: str, port: int, address: Address, known: Class) -> Decision:
        if known.kind is Kind.NEVER:
            return decisions.never(host, port, known)
        for rule in self.private:
            if rule.matches_port(port) and self._opens(rule, host, address, known):
                return Decision(allowed=True, rule=f"private: {rule}")
        return decisions.closed(host, port, address, known)

    @staticmethod
    def _opens(rule: Rule, host: str, address: Address, known: Class) -> bool:
        if known.kind is Kind.METADATA:
            return rule.exact == address
        return rule.matches_name(host) or rule.holds(address)


_DEFAULT: Final = Policy()


def _may_lead(listed: tuple[Rule, ...], host: str, address: Address | None = None) -> bool:
    """Whether a name may be meant by one of the rules: it may lead into a network that one of them has, or does."""
    return any(
        rule.matches_name(host) or (rule.holds(address) if address is not None else rule.network is not None)
        for rule in listed
    )


def _written(**lists: tuple[Rule, ...]) -> dict[str, Any]:
    return {name: [str(rule) for rule in given] for name, given in lists.items() if given}


def _check_keys(what: str, document: Any, keys: tuple[str, ...]) -> None:
    if not isinstance(document, Mapping) or not set(document) <= set(keys):
        raise PolicyRejected(f"{what} is an object with {', '.join(keys)}, and nothing else")


def _check_number(document: Mapping[str, Any]) -> None:
    """Count before anything is read: a rule takes longer to read than to send."""
    actions = document.get("actions")
    narrowings = actions.values() if isinstance(actions, Mapping) else ()
    lists = [each for part in (document, *narrowings) if isinstance(part, Mapping) for each in part.values()]
    if sum(len(each) for each in lists if isinstance(each, list | tuple)) > MOST_IN_ALL:
        raise PolicyRejected(f"an egress policy has at most {MOST_IN_ALL:,} rules in all")


def _narrowings(given: Any) -> tuple[Narrowing, ...]:
    if not isinstance(given, Mapping) or len(given) > MOST_ACTIONS:
        raise PolicyRejected(f"actions is an object with the names of at most {MOST_ACTIONS} actions")
    found = []
    for name, narrowing in given.items():
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
            raise PolicyRejected("actions has the names of actions, and what they may not reach")
        _check_keys("what an action may reach", narrowing, ("allow", "deny"))
        found.append(Narrowing(name, **{each: _rules(each, narrowing.get(each, [])) for each in ("allow", "deny")}))
    return tuple(found)


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

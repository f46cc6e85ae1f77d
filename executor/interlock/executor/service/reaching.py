"""Whether an action could connect to a host, by which rule, and what would change that.

What is decided is what a worker would decide, on the release in force and the name as this machine looks it up. The
address that it leads to is the operator's to know, as in a refusal, and so are the rules that hold for all tenants.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from interlock.executor.errors import Invalid
from interlock.executor.service import egress_policies, known, resolving
from interlock.executor.service.actors import Actor
from interlock.executor.store import Database, releases, tenants
from interlock.sandbox import OperationFailed
from interlock.worker.egress import Policy, names, own, rules
from interlock.worker.egress.addresses import Address
from interlock.worker.egress.decisions import Decision
from interlock.worker.egress.resolving import Resolver
from interlock.worker.egress.rules import Rule
from interlock.worker.errors import HostRejected
from interlock.worker.triggers import BUILT_IN, Catalogue

_OPENED: Final = {"not_listed": "allow", "private": "private", "special": "private", "metadata": "private"}
"""The list that a rule has to be added to, by the reason of a refusal."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would allow it: a rule that is added to a list of the policy, or removed from `deny`.

    `action`: it is the list of that action. `granted`: a key of the tenant may do it; otherwise the operator alone.
    """

    list: str
    rule: str
    granted: bool
    action: str = ""


@dataclass(frozen=True, slots=True)
class Reaching:
    """What would come of a connection. `address` is the one that was decided on, for the operator."""

    host: str
    port: int
    allowed: bool
    reason: str
    rule: str
    message: str = ""
    hint: str = ""
    address: str | None = None
    remedy: Remedy | None = None


class Explaining:
    """Explains the policies in force."""

    def __init__(
        self, database: Database, resolver: Resolver, deny: Sequence[Rule] = (), catalogue: Catalogue = BUILT_IN
    ) -> None:
        """Look names up by `resolver`; `deny` is what the operator denies to all tenants."""
        self._database = database
        self._resolver = resolver
        self._catalogue = catalogue
        self._deny = tuple(deny)

    async def explain(
        self, actor: Actor, tenant: str, trigger: str, entity: str = "", *, host: str, port: int, action: str = ""
    ) -> Reaching:
        """Say what would come of a connection of this action, or of one that the policy says nothing of.

        Raises NotFound, Invalid (host_invalid, egress_invalid).
        """
        actor.require("actions:read", tenant)
        await known.readable(self._catalogue, self._database, tenant, trigger)
        try:
            host = names.normalise(host)
        except HostRejected as rejected:
            raise Invalid(rejected.code, rejected.message) from None
        async with self._database.reading() as transaction:
            granted = (await tenants.get(transaction, tenant)).egress
            kept = (await releases.current(transaction, tenant, trigger, entity)).header.egress
            found = await resolving.action(transaction, tenant, action) if action else None
        whole = egress_policies.parsed(kept)
        policy = (whole.for_action(found.id, found.name) if found else whole).beneath(self._deny)
        try:
            address, decision = await self._decided(policy, host, port, tenant)
        except OperationFailed as failed:
            return Reaching(host, port, allowed=False, reason=failed.reason, rule="", message=failed.message)
        remedy = None if decision.allowed else _remedy(decision, policy, whole, host, port, address)
        if remedy is not None and found is not None and remedy.action:
            remedy = replace(remedy, action=found.name)
        if remedy is not None:
            remedy = replace(remedy, granted=egress_policies.is_granted(_changed(whole, remedy), granted))
        return Reaching(
            host=host,
            port=port,
            allowed=decision.allowed,
            reason=decision.reason,
            rule=decision.rule if actor.tenant is None else _for_a_tenant(decision.rule),
            message=decision.message.removesuffix(f"; {decision.hint}"),
            hint=decision.hint,
            address=str(address) if address is not None and actor.tenant is None else None,
            remedy=remedy,
        )

    async def _decided(self, policy: Policy, host: str, port: int, tenant: str) -> tuple[Address | None, Decision]:
        """As a connection is: the first address that is allowed, else the last that is not."""
        literal = names.literal(host)
        found: Sequence[Address] = () if literal is None else (literal,)
        if literal is None:
            lookup = policy.decide_lookup(host)
            if not lookup.allowed:
                return None, lookup
            found = await self._resolver.addresses(host, tenant)
        decided = [(address, own.decide(policy, host, port, address)) for address in found]
        return next((each for each in decided if each[1].allowed), decided[-1])


def _for_a_tenant(rule: str) -> str:
    """What the operator denies to all says how its network is laid out."""
    return "the operator's" if rule.startswith("operator: ") else rule


def _remedy(  # noqa: PLR0917 - the parts of one decision
    decision: Decision, policy: Policy, whole: Policy, host: str, port: int, address: Address | None
) -> Remedy | None:
    if decision.reason == "denied":
        rule = decision.rule.removeprefix("deny: ")
        own_rules = policy.narrowing.deny if policy.narrowing else ()
        if rule in map(str, whole.deny):
            return Remedy("deny", rule, granted=False)
        return Remedy("deny", rule, granted=False, action="of it") if rule in map(str, own_rules) else None
    kept = _OPENED.get(decision.reason)
    if kept is None:
        return None
    meant = str(address) if decision.reason == "metadata" else host
    of_action = kept == "allow" and decision.rule.startswith("default: not in allow of the action")
    return Remedy(kept, str(rules.of_host(meant, port)), granted=False, action="of it" if of_action else "")


def _changed(whole: Policy, remedy: Remedy) -> Policy:
    """Return the policy with what would allow it; what an action may not do is anybody's to lift who may set it."""
    rule = rules.parse(remedy.rule)
    if remedy.action:
        return whole
    if remedy.list == "deny":
        return replace(whole, deny=tuple(each for each in whole.deny if each != rule))
    if remedy.list == "allow":
        return replace(whole, allow=(*whole.allow, rule))
    return replace(whole, private=(*whole.private, rule))

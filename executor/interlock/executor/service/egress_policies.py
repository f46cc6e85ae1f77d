"""What an egress policy may say, and who may say it.

A tenant's egress policy is the operator's: its first releases begin with it, and it is what the tenant was granted. A
tenant's key may narrow a release's policy, and widen it again as far as that: `deny` of the grant always holds, `allow`
stays within that of the grant where it has one, and `private` and `insecure_tls` are the operator's alone, so that a
tenant's key has what was granted, or says that it wants less.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from interlock.executor.errors import Invalid, NotAllowed
from interlock.executor.service.actors import Actor
from interlock.worker.egress import Policy
from interlock.worker.egress.addresses import is_metadata
from interlock.worker.egress.rules import Rule
from interlock.worker.errors import PolicyRejected

_HINT: Final = "ask the operator to add it to the tenant's egress policy"


def check(egress: Mapping[str, Any]) -> dict[str, Any]:
    """Return the policy in its one spelling. Raise Invalid (egress_invalid) when it is none that could be kept."""
    return parsed(egress).document()


def check_grant(egress: Mapping[str, Any]) -> dict[str, Any]:
    """Return a tenant's policy in its one spelling. It names no actions: those are a trigger's to narrow."""
    if egress.get("actions"):
        raise Invalid("egress_invalid", "a tenant's egress policy has no actions", "set them in a trigger's policy")
    return check(egress)


def within_grant(
    actor: Actor, egress: Mapping[str, Any], granted: Mapping[str, Any], present: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the policy that a release gets. Raise NotAllowed when a tenant's key asks for more than its tenant has.

    What it leaves out is as granted: nothing is won by saying nothing, and the database next door is not lost by it.
    What is in force, `present`, may be kept and made less, though the operator alone could set it.
    """
    asked = parsed(egress)
    if actor.tenant is None:
        return asked.document()
    most = _stored(granted)
    policy = replace(
        asked,
        allow=asked.allow or most.allow,
        deny=tuple(dict.fromkeys([*most.deny, *asked.deny])),
        private=asked.private if "private" in egress else most.private,
        public=asked.public if "public" in egress else most.public,
        insecure_tls=asked.insecure_tls if "insecure_tls" in egress else most.insecure_tls,
    )
    beyond = _beyond(policy, most)
    # As a whole within one of the two: the parts of both together may open what neither does.
    if beyond and (present is None or _beyond(policy, _stored(present))):
        raise _not_granted(_beyond(_new(policy, _stored(present or {})), most) or beyond)
    return check(policy.document())


def check_restored(
    actor: Actor, restored: Mapping[str, Any], present: Mapping[str, Any], granted: Mapping[str, Any]
) -> None:
    """Raise NotAllowed when a tenant's key would win by going back: a reach that is neither in force nor granted.

    Raise Invalid (egress_invalid) when what it goes back to is a policy of another version, which cannot be compared.

    What is in force may be kept, though the operator alone could set it: a way back has to be open.
    """
    if actor.tenant is not None:
        policy = parsed(restored)
        beyond = _beyond(policy, _stored(granted))
        # As a whole within one of the two: the parts of both together may open what neither does.
        if beyond and _beyond(policy, _stored(present)):
            raise _not_granted(beyond)


def is_granted(policy: Policy, granted: Mapping[str, Any]) -> bool:
    """Whether a tenant's key may set this policy."""
    return not _beyond(policy, _stored(granted))


def parsed(egress: Mapping[str, Any]) -> Policy:
    """Return a policy's document as what decides. Raises Invalid (egress_invalid)."""
    try:
        return Policy.parse(egress)
    except PolicyRejected as error:
        raise Invalid(error.code, error.message, "docs/EGRESS.md shows how rules are written") from None


def _stored(egress: Mapping[str, Any]) -> Policy:
    """Read what is kept. What another version wrote and this one cannot read grants nothing, as it allows nothing."""
    try:
        return Policy.parse(egress)
    except PolicyRejected:
        return Policy(public=False)


def _beyond(policy: Policy, most: Policy) -> str:
    """Return what a policy opens that the other one does not, for people; nothing when it is within that."""
    for rule in policy.private:
        if not any(_opens(each, rule) for each in most.private):
            return f"the private address {rule}"
    if policy.insecure_tls and not most.insecure_tls:
        return "TLS without verification"
    if policy.open and not most.open:
        return "every public address"
    for rule in policy.allow:
        if not most.open and not _covered(rule, most.allow):
            return f"the rule {rule}"
    for rule in most.deny:
        if not _covered(rule, policy.deny):
            return f"what the operator denies ({rule})"
    return "more than single actions may reach" if most.actions not in {(), policy.actions} else ""


def _new(policy: Policy, present: Policy) -> Policy:
    """Return the policy with those private rules alone that are not in force: the refusal is about them."""
    opened = tuple(rule for rule in policy.private if not any(_opens(each, rule) for each in present.private))
    return replace(policy, private=opened)


def _opens(granted: Rule, asked: Rule) -> bool:
    """Whether a private rule opens all that another one does: metadata is opened by its exact address alone."""
    if asked.exact is not None and is_metadata(asked.exact) and granted.exact != asked.exact:
        return False
    return granted.covers(asked)


def _covered(rule: Rule, by: Iterable[Rule]) -> bool:
    return any(each.covers(rule) for each in by)


def _not_granted(what: str) -> NotAllowed:
    return NotAllowed("egress_not_granted", f"{what} is not granted to this tenant", _HINT)

"""The SSRF suite (ssrf.json): every family that is a decision alone, decided as the performer asks for it."""

from collections import Counter
from collections.abc import Callable

import pytest

from interlock.worker.egress import Policy, names, urls
from interlock.worker.errors import HostRejected, UrlRejected
from ssrf_cases import Answer, Case, Names, cases, compare

MOST_REDIRECTS = 20
PURE = cases(needs="decision")


@pytest.mark.parametrize("case", PURE, ids=lambda case: case.id)
def test_what_is_asked_for_is_decided_as_the_suite_says(case: Case) -> None:
    compare(case, ask(case))


def test_the_suite_is_as_large_as_it_says() -> None:
    denied = [case.family for case in cases() if case.expect.decision != "allow"]
    allowed = [case.family for case in cases() if case.expect.decision == "allow"]
    assert len(Counter(denied)) == 10
    assert min(Counter(denied).values()) >= 10
    assert len([case for case in cases() if case.expect.decision == "deny"]) >= 160
    assert len(allowed) >= 25


def test_every_policy_of_the_suite_can_be_kept() -> None:
    for case in cases():
        assert Policy.parse(Policy.parse(case.policy).document()) == Policy.parse(case.policy)


def ask(case: Case) -> Answer:
    """Decide about every hop, in the order in which a performer does."""
    policy, servers = Policy.parse(case.policy), Names(case)
    try:
        if case.lookup is not None:
            return told(policy, servers, names.normalise(case.lookup))
        if case.connect is not None:
            return decided(policy, servers, names.normalise(case.connect[0]), case.connect[1])
        url = urls.parse(case.url or "")
    except (HostRejected, UrlRejected) as error:
        return Answer("deny", "bad_request", error.code)
    return followed(case, url, lambda url: decided(policy, servers, url.host, url.port))


def told(policy: Policy, servers: Names, host: str) -> Answer:
    lookup = policy.decide_lookup(host)
    if not lookup.allowed:
        return Answer("deny", "egress_denied", lookup.reason)
    decisions = [policy.decide_shown(host, address) for address in servers.lookup(host)]
    if any(decision.allowed for decision in decisions):
        return Answer("allow")
    return Answer("deny", "egress_denied", decisions[0].reason) if decisions else Answer("deny", "dns_failed")


def followed(case: Case, url: urls.Url, decide: Callable[[urls.Url], Answer]) -> Answer:
    answer = decide(url)
    for hop, location in enumerate(case.redirects, 1):
        if answer.decision == "deny" or case.redirect == "manual":
            break
        if case.redirect == "error":
            return Answer("deny", "redirect_refused")
        if hop > MOST_REDIRECTS:
            return Answer("deny", "too_many_redirects")
        try:
            url = urls.follow(url, location)
        except UrlRejected as error:
            return Answer("deny", "redirect_refused", error.code)
        answer = decide(url)
    return answer


def decided(policy: Policy, servers: Names, host: str, port: int) -> Answer:
    literal = names.literal(host)
    lookup = policy.decide_lookup(host)
    if literal is None and not lookup.allowed:
        return Answer("deny", "egress_denied", lookup.reason)
    found = servers.lookup(host) if literal is None else [literal]
    decisions = [policy.decide(host, port, address) for address in found]
    if any(decision.allowed for decision in decisions):
        return Answer("allow")
    if not decisions:
        return Answer("deny", "dns_failed")
    reason = "bad_request" if decisions[0].reason == "malformed" else "egress_denied"
    return Answer("deny", reason, decisions[0].reason)

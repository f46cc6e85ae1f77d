"""Whether a host can be reached under the policy in force, and what would change it."""

from typing import Any

import pytest


@pytest.fixture
async def explain(api: Any) -> Any:
    """Sets a policy of acme's trigger, as the operator, and asks about a host and a port."""
    await api.deployed("greet")
    await api.bound("greet")

    async def ask(egress: Any, host: str, port: int = 443, *, key: str = "operator", action: str = "") -> Any:
        await api.made("PUT", "/tenants/acme/triggers/post-login/policy", {"egress": egress})
        answer = await api(
            "GET",
            "/tenants/acme/triggers/post-login/policy/explain",
            key=key,
            params={"host": host, "port": port, "action": action},
        )
        return answer.json()

    return ask


async def test_what_is_allowed_is_told_with_the_rule_that_allows_it(explain: Any) -> None:
    told = await explain({}, "API.Example.")
    assert (told["host"], told["allowed"], told["rule"]) == ("api.example", True, "default: public")
    assert (told["address"], told["remedy"], told["message"]) == ("93.184.216.34", None, "")
    told = await explain({"private": ["*.internal:5432"]}, "db.internal", 5432)
    assert (told["allowed"], told["rule"]) == (True, "private: *.internal:5432")


@pytest.mark.parametrize(
    ("egress", "host", "reason", "rule", "remedy"),
    [
        ({}, "db.internal", "private", "default: Private-Use (RFC 1918)", ("private", "db.internal:443", False)),
        ({}, "127.0.0.1", "special", "default: Loopback (RFC 1122)", ("private", "127.0.0.1:443", False)),
        ({}, "169.254.169.254", "metadata", None, ("private", "169.254.169.254:443", False)),
        (
            {"allow": ["a.example"]},
            "b.example",
            "not_listed",
            "default: not in allow",
            ("allow", "b.example:443", True),
        ),
        ({"deny": ["*.example"]}, "b.example", "denied", "deny: *.example", ("deny", "*.example", True)),
        ({}, "b.denied.example", "denied", "operator: *.denied.example", None),
        ({"allow": ["b.denied.example"]}, "b.denied.example", "denied", "operator: *.denied.example", None),
        ({}, "224.0.0.1", "never", "never: Multicast (RFC 5771)", None),
        ({}, "nowhere", "dns_failed", "", None),
    ],
)
async def test_a_refusal_says_which_rule_and_what_would_allow_it(
    egress: Any, host: str, reason: str, rule: str | None, remedy: tuple[str, str, bool] | None, explain: Any
) -> None:
    told = await explain(egress, host)
    assert (told["allowed"], told["reason"]) == (False, reason)
    assert rule is None or told["rule"] == rule
    assert told["message"]
    given = told["remedy"]
    assert (given and (given["list"], given["rule"], given["granted"])) == remedy


async def test_an_action_has_less_by_its_own_lists(explain: Any) -> None:
    egress = {"actions": {"greet": {"allow": ["a.example"], "deny": ["*:25"]}}}
    assert (await explain(egress, "b.example"))["allowed"]
    told = await explain(egress, "b.example", action="greet")
    assert told["reason"] == "not_listed"
    assert told["remedy"] == {"list": "allow", "rule": "b.example:443", "action": "greet", "granted": True}
    told = await explain(egress, "a.example", 25, action="greet")
    assert told["remedy"] == {"list": "deny", "rule": "*:25", "action": "greet", "granted": True}


async def test_a_tenant_reads_no_address_and_what_only_the_operator_may_do(api: Any, explain: Any) -> None:
    told = await explain({}, "db.internal", 5432, key="acme")
    assert told["address"] is None
    assert "10.0.0.5" not in str(told)
    assert told["remedy"]["granted"] is False
    told = await explain({}, "b.denied.example", key="acme")
    assert (told["reason"], told["rule"]) == ("denied", "the operator's")
    assert "*.denied" not in str(told)
    await api.made("PATCH", "/tenants/acme", {"egress": {"private": ["db.internal:5432"]}})
    assert (await explain({}, "db.internal", 5432, key="acme"))["remedy"]["granted"] is True


@pytest.mark.parametrize("host", ["127.1", "0x7f.0.0.1", "a b", "user@a.example", "fe80::1%eth0", "%31"])
async def test_a_host_that_is_none_is_refused(host: str, explain: Any) -> None:
    assert (await explain({}, host))["code"] == "host_invalid"


async def test_a_name_that_no_rule_allows_is_not_looked_up(explain: Any) -> None:
    told = await explain({"allow": ["a.example"]}, "not.looked.up")
    assert (told["reason"], told["address"]) == ("not_listed", None)

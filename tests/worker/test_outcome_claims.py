from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.worker import reducers, triggers
from interlock.worker.commands import Command
from interlock.worker.errors import CommandsRejected
from interlock.worker.reducers import claims

ACCESS = "api.accessToken.setCustomClaim"
ID = "api.idToken.setCustomClaim"


def reduced(*commands: tuple[Any, ...], trigger: str = "post-login") -> dict[str, Any]:
    built = [Command(method, tuple(arguments)) for method, *arguments in commands]
    return reducers.reduce(reducers.named(triggers.BUILT_IN.get(trigger), built), {})


def test_claims_go_to_the_token_they_were_set_on() -> None:
    assert reduced((ACCESS, "https://example.com/roles", ["admin"]), (ID, "tier", {"name": "gold"})) == {
        "access_token": {"claims": {"https://example.com/roles": ["admin"]}},
        "id_token": {"claims": {"tier": {"name": "gold"}}},
    }


def test_the_last_value_of_a_claim_wins() -> None:
    assert reduced((ACCESS, "n", 1), (ACCESS, "n", None), (ACCESS, "n", 3)) == {"access_token": {"claims": {"n": 3}}}


def test_null_is_a_value_and_undefined_leaves_the_claim_out() -> None:
    assert reduced((ACCESS, "n", None)) == {"access_token": {"claims": {"n": None}}}
    assert reduced((ACCESS, "n", 1), (ACCESS, "n")) == {}


def test_there_are_sixty_reserved_names() -> None:
    assert len(claims.RESERVED) == 60


@pytest.mark.parametrize("name", sorted(claims.RESERVED))
def test_a_reserved_claim_is_left_out_and_named(name: str) -> None:
    outcome = reduced((ACCESS, name, "x"), (ACCESS, "kept", 1))
    assert outcome["access_token"] == {"claims": {"kept": 1}}
    [left_out] = outcome["left_out"]
    assert (left_out["method"], left_out["name"], left_out["code"]) == (ACCESS, name, "reserved_claim")
    assert name in left_out["reason"]


@pytest.mark.parametrize(
    "name",
    [
        "https://auth0.com/roles",
        "http://auth0.com",
        "https://tenant.eu.auth0.com/roles",
        "HTTPS://Auth0.COM/roles",
        "https://auth0.com:443/roles",
        "https://auth0.com./roles",
        "https://user@auth0.com/roles",
        r"https:\\auth0.com\roles",
        "https:/auth0.com/roles",
        "//auth0.com/roles",
        "auth0.com/roles",
        " https://auth0.com/roles",
        "https://webtask.io/roles",
        "https://webtask.run/roles",
        "urn:auth0",
        "urn:auth0:roles",
        "URN:Auth0:roles",
    ],
)
def test_a_namespace_of_auth0_is_left_out_and_named(name: str) -> None:
    outcome = reduced((ID, name, "x"))
    assert "id_token" not in outcome
    assert [(entry["name"], entry["code"]) for entry in outcome["left_out"]] == [(name, "forbidden_namespace")]


@pytest.mark.parametrize(
    "name",
    [
        "roles_of_user",
        "tier",
        "email",
        "name",
        "picture",
        "scopes",
        "https://example.com/roles",
        "https://example.com/auth0.com",
        "https://notauth0.com/roles",
        "https://auth0.com.example.com/roles",
        "https://auth0.com@example.com/roles",
        "urn:auth0x:roles",
        "urn:example:auth0",
        "SUB",
        "__proto__",
    ],
)
def test_plain_and_namespaced_names_and_profile_claims_are_fine(name: str) -> None:
    assert reduced((ID, name, "x")) == {"id_token": {"claims": {name: "x"}}}


def test_a_claim_left_out_several_times_is_named_once_for_each_token() -> None:
    outcome = reduced((ACCESS, "sub", 1), (ACCESS, "sub", 2), (ID, "sub", 3), (ID, "iss"))
    assert [(entry["method"], entry["name"]) for entry in outcome["left_out"]] == [(ACCESS, "sub"), (ID, "sub")]


def test_credentials_exchange_reduces_its_claims_the_same_way() -> None:
    outcome = reduced((ACCESS, "tier", "gold"), (ACCESS, "aud", "x"), trigger="credentials-exchange")
    assert outcome["access_token"] == {"claims": {"tier": "gold"}}
    assert outcome["left_out"][0]["name"] == "aud"


def test_claims_beyond_100_kilobytes_are_refused_and_not_cut() -> None:
    assert len(reduced(*((ACCESS, f"c{n}", "x" * 10_000) for n in range(10)))["access_token"]["claims"]) == 10
    with pytest.raises(CommandsRejected) as raised:
        reduced(*((ACCESS, f"c{n}", "x" * 10_000) for n in range(11)))
    assert raised.value.code == "claims_too_large"
    assert "access_token" in raised.value.message


def test_each_token_has_its_own_room() -> None:
    outcome = reduced((ACCESS, "a", "x" * 90_000), (ID, "a", "x" * 90_000))
    assert {"access_token", "id_token"} == outcome.keys()


any_name = st.sampled_from([*sorted(claims.RESERVED), "a", "b", "https://example.com/c", "urn:auth0:d"]) | st.text()
any_claims = st.lists(st.tuples(st.sampled_from([ACCESS, ID]), any_name, st.integers() | st.none()), max_size=20)


@given(any_claims)
def test_no_reserved_or_forbidden_name_ever_reaches_a_token(commands: list[tuple[Any, ...]]) -> None:
    outcome = reduced(*commands)
    for token in ("access_token", "id_token"):
        reached = outcome.get(token, {}).get("claims", {})
        assert not [name for name in reached if name in claims.RESERVED or name.lower().startswith("urn:auth0:")]


@given(any_claims)
def test_every_claim_is_in_its_token_or_named_as_left_out(commands: list[tuple[Any, ...]]) -> None:
    outcome = reduced(*commands)
    left_out = {(entry["method"], entry["name"]) for entry in outcome.get("left_out", [])}
    for method, name, _ in commands:
        token = "access_token" if method == ACCESS else "id_token"
        assert (name in outcome.get(token, {}).get("claims", {})) != ((method, name) in left_out)


@given(any_claims, st.randoms())
def test_claims_of_different_names_may_be_set_in_any_order(commands: list[tuple[Any, ...]], random: Any) -> None:
    distinct = list({command[:2]: command for command in commands}.values())
    expected = reduced(*distinct)
    random.shuffle(distinct)
    outcome = reduced(*distinct)
    for token in ("access_token", "id_token"):
        assert outcome.get(token) == expected.get(token)
    assert _names(outcome) == _names(expected)


def _names(outcome: dict[str, Any]) -> set[tuple[str, str]]:
    return {(entry["method"], entry["name"]) for entry in outcome.get("left_out", [])}

"""Clients of management APIs, and the domains they ask at, on the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Call = Callable[..., Any]
TENANT = "/v1/tenants/acme"


def test_a_client_of_the_management_api_is_printed_as_auth0s_tools_read_it(
    interlock: Call, api: Any, tmp_path: Path
) -> None:
    path = f"{TENANT}/keys/management"
    made = {"id": "key_1", "client_secret": "interlock_client_x", "domain": "acme.test:8443"}
    api.answer("POST", path, made, status=201)
    finished = interlock("keys", "create", "--management", "--scope", "read:actions")
    assert finished.out == (
        "AUTH0_DOMAIN=acme.test:8443\nAUTH0_CLIENT_ID=key_1\nAUTH0_CLIENT_SECRET=interlock_client_x\n"
    )
    assert api.asked[0].body == {"name": "command line", "scopes": ["read:actions"]}
    assert interlock("keys", "create", "--management", "--json").json == made
    (tmp_path / "key.jwk").write_text('{"kty": "RSA"}')
    api.answers[("POST", path)] = []
    api.answer("POST", path, {"id": "key_2", "client_secret": None, "domain": None}, status=201)
    signs = interlock("keys", "create", "--management", "--public-key", tmp_path / "key.jwk")
    assert signs.out == "AUTH0_CLIENT_ID=key_2\n"
    assert "no domain yet" in signs.err
    assert api.asked[-1].body["public_key"] == {"kty": "RSA"}


def test_a_client_of_the_management_api_is_a_tenants(interlock: Call, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("x")
    for options in (
        ["--management", "--operator"],
        ["--management", "--local"],
        ["--public-key", tmp_path / "key.pem"],
    ):
        assert interlock("keys", "create", *options).status == 2


def test_a_tenant_is_given_a_domain(interlock: Call, api: Any) -> None:
    api.answer("PATCH", TENANT, {"id": "acme", "domain": "acme.test"})
    assert interlock("tenants", "change", "acme", "--domain", "acme.test").status == 0
    assert api.asked[0].body == {"domain": "acme.test"}


def test_another_key_signs_from_now_on(interlock: Call, api: Any) -> None:
    older = [{"id": "kid_1", "until": "2030-01-31T12:00:00.000Z"}]
    api.answer("POST", f"{TENANT}/keys/signing", {"id": "kid_2", "older": older}, status=201)
    finished = interlock("keys", "rotate-signing")
    assert finished.out == (
        "The key kid_2 signs from now on.\n"
        "kid_1 is in the key set until 2030-01-31 12:00:00 UTC, when its last token ends.\n"
    )
    assert "clients ask for new ones" in interlock("keys", "rotate-signing", "--at-once").out
    assert [each.body for each in api.asked] == [{"at_once": False}, {"at_once": True}]

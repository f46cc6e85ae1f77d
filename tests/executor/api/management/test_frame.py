"""Who is asked, and what there is not: hosts, limits, and what an empty tenant of Auth0's says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.executor.errors import Invalid
from interlock.executor.management.rate_limits import Limits, Rate
from interlock.executor.service import domains


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
async def test_what_there_is_not_is_refused_as_for_want_of_a_scope(auth0: Any, method: str) -> None:
    verb = {"GET": "read", "POST": "create", "DELETE": "delete"}.get(method, "update")
    for path, noun in (
        ("rules", "rules"),
        ("resource-servers/x", "resource_servers"),
        ("tenants/settings?x=1", "tenants"),
        ("clients?is_global=true", "clients"),
        ("clients/x", "clients"),
        ("..%2F..", "resource"),
        ("%3Cscript%3E", "resource"),
        ("", "resource"),
    ):
        answer = await auth0(method, path)
        assert answer.status_code == 403, path
        assert answer.json()["message"] == f"Insufficient scope, expected any of: {verb}:{noun}"
        assert await auth0.refused(method, path, token=None) == "401 invalid_token"
    for path in ("actions/nothing", "actions", "actions/actions/a/b/c"):
        assert await auth0.refused(method, path) == "404 not_found"


async def test_a_dry_run_finds_an_empty_list_of_clients(auth0: Any) -> None:
    found = await auth0.found("GET", "clients?page=0&per_page=100&include_totals=true")
    assert found == {"clients": [], "start": 0, "limit": 100, "total": 0}


async def test_each_answer_says_how_much_more_may_be_asked(auth0: Any) -> None:
    token = await auth0.granted()
    first = await auth0("GET", "actions/triggers", token=token)
    left = int(first.headers["x-ratelimit-remaining"])
    assert int(first.headers["x-ratelimit-limit"]) > left > 0
    assert int(first.headers["x-ratelimit-reset"]) > 1_700_000_000
    for path in ("rules", "actions/actions/act_x", "actions/actions?page=x"):
        assert int((await auth0("GET", path, token=token)).headers["x-ratelimit-remaining"]) < left
    for _ in range(left):
        last = await auth0("GET", "clients", token=token)
    assert last.status_code == 429
    assert last.json()["error"] == "Too Many Requests"
    assert int(last.headers["retry-after"]) >= 1
    assert last.headers["x-ratelimit-remaining"] == "0"
    # Who presents something else is not kept from asking.
    assert (await auth0("GET", "clients", token=await auth0.granted("acme", ["read:actions"]))).status_code == 200
    auth0.now[0] += 1
    assert (await auth0("GET", "clients", token=token)).status_code == 200


async def test_a_host_that_is_no_tenants_is_answered_as_ever(auth0: Any) -> None:
    for host in ("nobody.test", "acme.test:8443", "other.test", "", "acme.test.", "[::1", "x" * 300):
        answer = await auth0.client.get("/api/v2/clients", headers={"host": host})
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_route"), host
    for host in ("ACME.test", "acme.test:443"):
        assert (await auth0.client.get("/api/v2/clients", headers={"host": host})).status_code == 401
    assert (await auth0.client.get("/v1/health", headers={"host": "acme.test"})).status_code == 200


async def test_a_domain_is_one_tenants_and_may_be_given_up(auth0: Any) -> None:
    api = auth0.api
    assert await api.refused("PATCH", "/tenants/other", {"domain": "Acme.test:443"}) == "409 already_exists"
    assert (await api.made("PATCH", "/tenants/acme", {"domain": "acme.test"}))["domain"] == "acme.test"
    assert await api.refused("PATCH", "/tenants/acme", {"domain": "mine.test"}, key="acme") == "403 operator_only"
    assert await api.refused("PATCH", "/tenants/acme", {"domain": "https://a/"}) == "422 domain_invalid"
    token = await auth0.granted()
    assert (await api.made("PATCH", "/tenants/acme", {"domain": ""}))["domain"] is None
    assert (await auth0("GET", "clients", token=token)).status_code == 404
    await api.made("PATCH", "/tenants/other", {"domain": "acme.test"})
    # What was granted there for another tenant counts for nothing.
    assert await auth0.refused("GET", "clients", token=token) == "401 invalid_token"


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("acme.example", "acme.example"),
        ("ACME.Example:443", "acme.example"),
        ("localhost:8443", "localhost:8443"),
        ("127.0.0.1:1", "127.0.0.1:1"),
        ("[::1]:8443", "[::1]:8443"),
        *(
            (text, None)
            for text in ("a b", "a/b", "a:0", "a:65536", "a:", ":1", "a:1:2", "-a", "a..b", "é.example", "a@b")
        ),
        *((text, None) for text in ("https://a", "[::1", "[x]", "[::1]x", "a?b", "a#b", "a:+1", "a:١", "a" * 64, "")),
    ],
)
def test_a_domain_is_a_host_or_a_host_and_a_port(given_: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(Invalid):
            domains.canonical(given_)
    else:
        assert domains.canonical(given_) == kept


@given(st.text(max_size=40))
def test_what_a_host_header_may_hold_is_a_domain_or_none(text: str) -> None:
    found = domains.asked(text)
    if found is not None:
        assert domains.asked(found) == found


@given(st.lists(st.floats(0, 100), max_size=50))
def test_a_bucket_never_gives_more_than_it_holds_and_what_came_since(waits: list[float]) -> None:
    now = [0.0]
    limits, rate = Limits(lambda: now[0]), Rate(burst=5, per_s=2)
    taken = 0
    for wait in waits:
        now[0] += wait
        left = limits.take(rate, "api", "acme", "a")
        taken += not left.refused
        assert 0 <= left.remaining <= 5
        assert left.full_s >= 1
    assert taken <= 5 + 2 * now[0] + 1e-6


def test_buckets_are_forgotten_and_do_not_fill_the_memory() -> None:
    limits, rate = Limits(lambda: 0.0), Rate(burst=1, per_s=1)
    assert not limits.take(rate, "api", "other", "0").refused
    assert not limits.take(rate, "token", "acme", "0").refused
    for number in range(1_100):
        assert not limits.take(rate, "api", "acme", str(number)).refused
    assert limits.take(rate, "api", "acme", "1099").refused
    assert not limits.take(rate, "api", "acme", "0").refused
    # What somebody makes up washes out neither another tenant's nor what guesses at secrets are counted in.
    assert limits.take(rate, "api", "other", "0").refused
    assert limits.take(rate, "token", "acme", "0").refused

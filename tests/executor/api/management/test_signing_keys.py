"""The key that signs a tenant's tokens, replaced while they are in use."""

from datetime import timedelta
from typing import Any

from interlock.executor.store.database import utc_now

SIGNING = "/tenants/acme/keys/signing"


async def keys(auth0: Any, tenant: str = "acme.test") -> list[str]:
    answer = await auth0.client.get("/.well-known/jwks.json", headers={"host": tenant})
    return [key["kid"] for key in answer.json()["keys"]]


async def test_a_new_key_signs_and_tokens_of_the_older_one_are_good_to_their_end(auth0: Any) -> None:
    before = await auth0.granted("acme", ["read:actions"])
    first = await keys(auth0)
    others = await keys(auth0, "other.test:8443")
    done = await auth0.api.made("POST", SIGNING, {})
    assert [each["id"] for each in done["older"]] == first
    assert await keys(auth0) == [done["id"], *first]
    after = await auth0.granted("acme", ["read:actions", "update:actions"])
    for token in (before, after):
        await auth0.found("GET", "actions/triggers", token=token)
    assert await keys(auth0, "other.test:8443") == others
    entry = (await auth0.api.made("GET", "/tenants/acme/audit"))["items"]
    assert ("rotate", "signing_key", done["id"]) in [(each["verb"], each["noun"], each["noun_id"]) for each in entry]


async def test_an_older_key_leaves_the_set_with_its_last_token(auth0: Any) -> None:
    await auth0.granted()
    first = await keys(auth0)
    second = (await auth0.api.made("POST", SIGNING, {}))["id"]
    auth0.api.database._clock = lambda: utc_now() + timedelta(hours=23, minutes=59)
    assert await keys(auth0) == [second, *first]
    auth0.api.database._clock = lambda: utc_now() + timedelta(hours=24, minutes=1)
    assert await keys(auth0) == [second]
    third = await auth0.api.made("POST", SIGNING, {})
    assert [each["id"] for each in third["older"]] == [second]


async def test_a_key_in_other_hands_is_ended_at_once(auth0: Any) -> None:
    token = await auth0.granted("acme", ["read:actions"])
    done = await auth0.api.made("POST", SIGNING, {"at_once": True})
    assert (done["older"], await keys(auth0)) == ([], [done["id"]])
    assert await auth0.refused("GET", "actions/triggers", token=token) == "401 invalid_token"
    auth0.tokens.clear()
    await auth0.found("GET", "actions/triggers", token=await auth0.granted("acme", ["read:actions"]))


async def test_a_tenant_that_nobody_asked_for_a_token_gets_its_first_key(auth0: Any) -> None:
    done = await auth0.api.made("POST", SIGNING, {})
    assert (done["older"], await keys(auth0)) == ([], [done["id"]])


async def test_a_key_set_does_not_grow_without_end(auth0: Any) -> None:
    for _ in range(10):
        await auth0.api.made("POST", SIGNING, {})
    assert await auth0.api.refused("POST", SIGNING, {}) == "422 signing_keys_limit"
    assert len(await keys(auth0)) == 10
    await auth0.api.made("POST", SIGNING, {"at_once": True})
    assert len(await keys(auth0)) == 1

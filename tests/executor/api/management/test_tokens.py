"""`/oauth/token`: who gets a token, what it is good for, and what is told to who gets none."""

import base64
import json
import time
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

AUDIENCE = "https://acme.test/api/v2/"
ASSERTED = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
OWN = RSAKey.generate_key(2048)
FOREIGN = RSAKey.generate_key(2048)


@pytest.mark.parametrize("as_json", [False, True])
async def test_a_client_gets_a_token_with_its_secret_and_it_is_signed_by_a_key_of_the_set(
    auth0: Any, as_json: bool
) -> None:
    made = await auth0.made()
    answer = await auth0.token(credentials(made, audience=AUDIENCE), as_json=as_json)
    granted = answer.json()
    assert (answer.status_code, granted["token_type"], granted["expires_in"]) == (200, "Bearer", 86_400)
    assert answer.headers["cache-control"] == "no-store"
    keys = (await auth0.client.get("/.well-known/jwks.json", headers={"host": "acme.test"})).json()["keys"]
    assert [key.keys() for key in keys] == [{"kty", "n", "e", "kid", "use", "alg"}]
    token = jwt.decode(granted["access_token"], RSAKey.import_key(keys[0]), algorithms=["RS256"])
    assert token.header["kid"] == keys[0]["kid"]
    assert token.claims["iss"] == "https://acme.test/"
    assert token.claims["aud"] == AUDIENCE
    assert token.claims["sub"] == f"{made['id']}@clients"
    assert token.claims["exp"] - token.claims["iat"] == 86_400
    assert set(token.claims["scope"].split()) == set(granted["scope"].split()) == set(made["scopes"])


async def test_where_what_is_can_be_asked(auth0: Any) -> None:
    answer = await auth0.client.get("/.well-known/openid-configuration", headers={"host": "other.test:8443"})
    assert answer.json()["issuer"] == "https://other.test:8443/"
    assert answer.json()["token_endpoint"] == "https://other.test:8443/oauth/token"


async def test_a_secret_is_kept_nowhere_and_is_no_key_of_v1(auth0: Any) -> None:
    made = await auth0.made()
    listed = await auth0.api.made("GET", "/tenants/acme/keys")
    assert made["client_secret"] not in str(listed)
    assert {"management", "api"} == {key["kind"] for key in listed["items"]}
    assert await auth0.api.refused("GET", "/tenants/acme/actions", key=made["client_secret"]) == "401 key_unknown"
    assert await auth0.refused("GET", "actions/actions", token=made["client_secret"]) == "401 invalid_token"
    token = (await auth0.token(credentials(made))).json()["access_token"]
    assert await auth0.api.refused("GET", "/tenants/acme/actions", key=token) == "401 key_unknown"


async def test_a_client_that_is_revoked_gets_no_token_and_its_tokens_are_worth_nothing(auth0: Any) -> None:
    made = await auth0.made()
    token = (await auth0.token(credentials(made))).json()["access_token"]
    await auth0.found("GET", "actions/triggers", token=token)
    await auth0.api.made("DELETE", f"/tenants/acme/keys/{made['id']}")
    assert (await auth0.token(credentials(made))).status_code == 401
    assert await auth0.refused("GET", "actions/triggers", token=token) == "401 invalid_token"


async def test_who_is_wrong_is_told_the_same_whatever_is_wrong(auth0: Any) -> None:
    made, theirs = await auth0.made(), await auth0.made("other")
    signs = await auth0.made(public_key=OWN.as_dict(private=False))
    right = credentials(made)
    wrong: list[dict[str, str]] = [
        {**right, "client_secret": "interlock_client_wrong"},
        {**right, "client_secret": ""},
        {**right, "client_secret": made["client_secret"] + "x"},
        {**right, "client_id": "key_nobody"},
        {**right, "client_id": theirs["id"]},
        {**right, "client_id": signs["id"]},
        credentials(theirs),
        {name: value for name, value in right.items() if name != "client_secret"},
    ]
    for each in wrong:
        answer = await auth0.token(each)
        assert (answer.status_code, answer.json()) == (
            401,
            {"error": "access_denied", "error_description": "Unauthorized"},
        )


async def test_what_is_no_request_for_a_token_is_refused_in_oauths_words(auth0: Any) -> None:
    made = await auth0.made()
    for given_, status, error in (
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 403, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 400, "invalid_request"),
        (credentials(made, audience="https://other.test:8443/api/v2/"), 403, "access_denied"),
        (credentials(made, audience="https://acme.test/api/v2"), 403, "access_denied"),
    ):
        answer = await auth0.token(given_)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert answer.json()["error_description"]
    head = {"host": "acme.test", "content-type": "application/x-www-form-urlencoded"}
    for body, kind in (
        (b"grant_type=client_credentials&grant_type=x", None),
        (b"\xff\xfe=1", None),
        (b"a=1&" * 60, None),
        (b"x" * 40_000, None),
        (b"[]", "application/json"),
        (b'{"grant_type": 1}', "application/json"),
        (b"[" * 20_000, "application/json"),
        (b"", "text/plain"),
    ):
        headers = {**head, **({"content-type": kind} if kind else {})}
        answer = await auth0.client.post("/oauth/token", content=body, headers=headers)
        assert 400 <= answer.status_code < 500
        assert answer.json()["error"] == "invalid_request"


async def test_a_client_may_ask_for_less_than_it_has(auth0: Any) -> None:
    made = await auth0.made(scopes=["read:actions", "create:actions"])
    granted = (await auth0.token(credentials(made, scope="read:actions delete:actions"))).json()
    assert granted["scope"] == "read:actions"
    body = {"name": "x", "supported_triggers": [{"id": "post-login", "version": "v3"}]}
    assert await auth0.refused("POST", "actions/actions", body, token=granted["access_token"]) == (
        "403 insufficient_scope"
    )


async def test_a_token_that_is_too_old_of_another_tenant_or_forged_is_refused(auth0: Any) -> None:
    token = await auth0.granted()
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    kid, signer = await auth0.api.application.state.services.signing.signer("acme")

    def signed(key: Any = signer, alg: str = "RS256", head: Any = None, **more: Any) -> str:
        return jwt.encode({**header, "alg": alg, **(head or {})}, {**claims, **more}, key, algorithms=[alg])

    await auth0.found("GET", "actions/triggers", token=signed())
    public = (await auth0.client.get("/.well-known/jwks.json", headers={"host": "acme.test"})).json()["keys"][0]
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    for wrong in (
        signed(exp=int(time.time()) - 1),
        signed(exp="never"),
        signed(FOREIGN),
        signed(FOREIGN, head={"kid": "another"}),
        signed(FOREIGN, head={"jwk": FOREIGN.as_dict(private=False)}),
        signed(OctKey.import_key(public["n"]), "HS256"),
        signed(signer, "RS512"),
        signed(iss="https://other.test:8443/"),
        signed(aud="https://other.test:8443/api/v2/"),
        signed(aud=[AUDIENCE, "x"]),
        signed(azp="key_nobody"),
        signed(gty="password"),
        signed(scope=["read:actions"]),
        f"{unsigned}.{token.split('.')[1]}.",
        token[:-6] + "AAAAAA",
        token + "x" * 9_000,
        "a.b.c",
        ".",
        await auth0.granted("other"),
    ):
        assert await auth0.refused("GET", "actions/triggers", token=wrong) == "401 invalid_token"
    expired = await auth0("GET", "actions/triggers", token=signed(exp=int(time.time()) - 1))
    assert expired.json()["message"] == "Expired token received for JSON Web Token validation"
    assert expired.json()["attributes"] == {"error": expired.json()["message"]}
    # More in the token than the client has does not make it more.
    narrow = await auth0.made(scopes=["read:actions"])
    wide = signed(azp=narrow["id"], scope="read:actions create:actions")
    assert await auth0.refused("POST", "actions/actions", {}, token=wide) == "403 insufficient_scope"
    assert kid == header["kid"]


async def test_a_client_that_signs_gets_a_token_once_for_what_it_signed(auth0: Any) -> None:
    for public_key in (OWN.as_dict(private=False), OWN.as_pem(private=False).decode()):
        made = await auth0.made(public_key=public_key)
        assert made["client_secret"] is None
        shown = asserting(made["id"])
        assert (await auth0.token(shown)).status_code == 200
        assert (await auth0.token(shown)).status_code == 401
        # The client may leave its id to what it signed.
        assert (
            await auth0.token({name: value for name, value in asserting(made["id"]).items() if name != "client_id"})
        ).status_code == 200


async def test_what_is_signed_wrongly_is_no_credential(auth0: Any) -> None:
    made = await auth0.made(public_key=OWN.as_dict(private=False))
    other = await auth0.made(public_key=FOREIGN.as_dict(private=False))
    secret = await auth0.made()
    client, now = made["id"], int(time.time())
    for wrong in (
        asserting(client, key=FOREIGN),
        asserting(client, exp=now - 60),
        asserting(client, exp=now + 86_400),
        asserting(client, exp=None),
        asserting(client, iat=now + 600),
        asserting(client, nbf=now + 600),
        asserting(client, aud="https://acme.test"),
        asserting(client, aud="https://other.test:8443/"),
        asserting(client, aud=["https://acme.test/", "https://other.test:8443/"]),
        asserting(client, jti=None),
        asserting(client, jti="x" * 300),
        asserting(client, iss=other["id"]),
        asserting(client, sub=other["id"]),
        {**asserting(client), "client_assertion_type": "urn:x"},
        {**asserting(client), "client_id": other["id"]},
        {**asserting(client), "client_assertion": "a.b.c"},
        {**asserting(client), "client_assertion": "x" * 20_000},
        {**asserting(secret["id"]), "client_id": secret["id"]},
        {**credentials(secret), "client_assertion": asserting(client)["client_assertion"]},
    ):
        answer = await auth0.token(wrong)
        assert (answer.status_code, answer.json()["error"]) == (401, "access_denied"), wrong


def credentials(made: Any, **more: str) -> dict[str, str]:
    shown = {"client_id": made["id"], "client_secret": made["client_secret"] or ""}
    return {"grant_type": "client_credentials", **shown, **more}


def asserting(client: str, key: Any = OWN, **more: Any) -> dict[str, str]:
    now = int(time.time())
    claims = {
        "iss": client,
        "sub": client,
        "aud": "https://acme.test/",
        "iat": now,
        "exp": now + 180,
        "jti": uuid4().hex,
        **more,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_assertion_type": ASSERTED,
        "client_assertion": jwt.encode({"alg": "RS256"}, claims, key, algorithms=["RS256"]),
    }


@pytest.mark.parametrize(
    "public_key",
    [
        "",
        "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n",
        "x" * 20_000,
        {},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA", "n": 1, "e": 2},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        OWN.as_pem(private=True).decode(),
        OWN.as_dict(private=True),
    ],
    ids=["empty", "broken", "long", "nothing", "shared", "numbers", "small", "private", "private JWK"],
)
async def test_a_public_key_that_is_none_is_refused_and_not_repeated(auth0: Any, public_key: Any) -> None:
    answer = await auth0.api("POST", "/tenants/acme/keys/management", {"name": "x", "public_key": public_key})
    assert (answer.status_code, answer.json()["code"]) == (422, "public_key_invalid")
    assert "BEGIN" not in answer.text


async def test_asking_for_tokens_too_often_is_refused_for_a_while(auth0: Any) -> None:
    made = await auth0.made()
    wrong = {**credentials(made), "client_secret": "wrong"}
    said = [(await auth0.token(wrong)).status_code for _ in range(31)]
    assert said == [401] * 30 + [429]
    # Who knows no more than its id does not keep the client from its tokens.
    said = [(await auth0.token(credentials(made))).status_code for _ in range(30)]
    assert said == [200] * 30
    refused = await auth0.token(credentials(made))
    assert (refused.status_code, refused.json()["error"]) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) >= 1
    # Others are not kept from theirs.
    assert (await auth0.token(credentials(await auth0.made()))).status_code == 200
    auth0.now[0] += 5
    assert (await auth0.token(credentials(made))).status_code == 200


async def test_who_got_a_token_and_who_did_not_stands_in_the_audit(auth0: Any) -> None:
    made = await auth0.made()
    await auth0.token(credentials(made))
    await auth0.token({**credentials(made), "client_secret": "wrong-secret-of-somebody"})
    rows = (await auth0.api.made("GET", "/tenants/acme/audit"))["items"]
    assert [(row["verb"], row["actor"]) for row in rows if row["noun"] == "token"] == [
        ("refuse", made["id"]),
        ("issue", made["id"]),
    ]
    assert "wrong-secret" not in str(rows)


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "a\\nb"])
@pytest.mark.parametrize("name", ["client_id", "client_secret", "audience"])
async def test_what_is_no_text_is_refused_as_clients_of_oauth_read_it(auth0: Any, name: str, text: str) -> None:
    body = {**credentials(await auth0.made()), "audience": "x", name: "?"}
    head = {"host": "acme.test", "content-type": "application/json"}
    answer = await auth0.client.post("/oauth/token", content=json.dumps(body).replace("?", text), headers=head)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_is_sent_for_a_token_is_answered(auth0: Any, data: st.DataObject) -> None:
    words = (
        st.sampled_from(["client_credentials", "key_x", "", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "\0", "é"]) | st.text()
    )
    names = "grant_type client_id client_secret client_assertion client_assertion_type audience scope".split()
    sent = data.draw(st.dictionaries(st.sampled_from(names), words.filter(lambda text: text.isprintable())))
    auth0.now[0] += 100
    answer = await auth0.token({"grant_type": "client_credentials", **sent})
    assert 400 <= answer.status_code < 500
    body = data.draw(st.binary(max_size=200))
    kind = data.draw(st.sampled_from(["application/json", "application/x-www-form-urlencoded", "x"]))
    head = {"host": "acme.test", "content-type": kind}
    answer = await auth0.client.post("/oauth/token", content=body, headers=head)
    assert 400 <= answer.status_code < 500

"""What the stand-ins for public services answer, in the shape of the real ones: a table by method, host and path."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from web_server import Answer, Request

HOSTS: Final = (
    "api.example.com",
    "example.eu.auth0.com",
    "idp.example.com",
    "api.stripe.com",
    "api.twilio.com",
    "hooks.slack.com",
    "api.sendgrid.com",
    "graphql.example.com",
    "directory.example.com",
    "events.example.com",
    "logins.s3.eu-central-1.amazonaws.com",
    "dynamodb.eu-central-1.amazonaws.com",
    "o42.ingest.sentry.io",
    "storage.googleapis.com",
    "oauth2.googleapis.com",
    "www.googleapis.com",
    "accounts.google.com",
    "identitytoolkit.googleapis.com",
)
"""Every host that a stand-in answers for, at port 443."""

Says = Callable[[Request], Answer] | Any
PERSON: Final = "auth0|64f1c2a9e4b0a1d2c3f4e5a6"
CUSTOMER: Final = {"id": "c-20391", "tier": "gold", "region": "eu"}
DIRECTORY: Final = (
    '<?xml version="1.0"?><person><department code="r1">Research</department>'
    "<groups><group>lab</group><group>library</group></groups></person>"
)
S3_MISSING: Final = "<Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>"


def answers(jwks: Mapping[str, Any], partner_token: str) -> Callable[[Request], Answer]:
    """Return what answers. `jwks` are the keys of idp.example.com, `partner_token` is one of its tokens."""
    table = {**_TABLE, ("GET", "idp.example.com", "/jwks.json"): jwks}
    table["GET", "idp.example.com", "/example-token"] = Answer(partner_token)

    def answer(request: Request) -> Answer:
        for (method, host, path), says in table.items():
            if (method, host) == (request.method, request.host) and re.fullmatch(path, request.path):
                said = says(request) if callable(says) else says
                return said if isinstance(said, Answer) else Answer(said)
        return Answer({"error": "not_found", "message": f"nothing at {request.path}"}, 404)

    return answer


def _bearer(token: str, then: Says) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {token}":
            return Answer({"statusCode": 401, "error": "Unauthorized", "message": "no such token"}, 401)
        said = then(request) if callable(then) else then
        return said if isinstance(said, Answer) else Answer(said)

    return answer


def _risk(request: Request) -> Answer:
    return Answer({"error": "busy"}, 503) if request.earlier == 0 else Answer({"score": 12})


def _graphql(request: Request) -> Answer:
    if "secrets" in request.body["query"]:
        return Answer({"errors": [{"message": "no such field: secrets"}]})
    return Answer({"data": {"person": {"team": {"name": f"team of {request.body['variables']['email']}"}}}})


def _auth0_token(request: Request) -> Answer:
    said = request.body if isinstance(request.body, dict) else {}
    if (said.get("client_id"), said.get("client_secret")) != ("interlock", "auth0-secret"):
        return Answer({"error": "access_denied", "error_description": "Unauthorized"}, 401)
    return Answer({"access_token": "management-token", "token_type": "Bearer", "expires_in": 86400})


def _token(token: str, kind: str) -> dict[str, Any]:
    return {"access_token": token, "token_type": kind, "expires_in": 3600}


def _dynamodb(request: Request) -> Answer:
    action = request.headers["x-amz-target"].partition(".")[2]
    item = {"Item": {"id": {"S": PERSON}, "plan": {"S": "enterprise"}}} if action == "GetItem" else {}
    return Answer(item, headers={"content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "r1"})


_STRIPE: Final = {"id": "cus_N1", "object": "customer", "email": "ada.byrne@example.com", "livemode": False}
_STRIPE_MISSING: Final = {
    "error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such customer: 'cus_missing'"}
}
_TWILIO: Final = {
    "sid": "SM01",
    "status": "queued",
    "body": "",
    "date_created": "Mon, 02 Mar 2026 09:14:31 +0000",
    "num_media": "0",
    "num_segments": "1",
}
_IDP: Final = {
    "issuer": "https://idp.example.com",
    "authorization_endpoint": "https://idp.example.com/authorize",
    "token_endpoint": "https://idp.example.com/token",
    "jwks_uri": "https://idp.example.com/jwks.json",
    "response_types_supported": ["code"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
}
_USER: Final = {"user_id": PERSON, "email": "ada.byrne@example.com", "app_metadata": {"tier": "gold"}}
_FIREBASE_USER: Final = {"localId": "auth0:1", "email": "ada.byrne@example.com", "createdAt": "1", "lastLoginAt": "1"}
_GOOGLE_ACCOUNTS: Final = r"/v1/projects/interlock-tests/accounts"

_TABLE: Final[dict[tuple[str, str, str], Says]] = {
    ("GET", "api.example.com", "/v1/customers"): CUSTOMER,
    ("POST", "api.example.com", "/v1/customers/c-20391/visits"): Answer({"ok": True}, 201),
    ("POST", "api.example.com", "/v1/logins"): Answer({"id": "l-1"}, 201),
    ("POST", "api.example.com", "/v1/risk"): _risk,
    ("POST", "example.eu.auth0.com", "/oauth/token"): _auth0_token,
    ("GET", "example.eu.auth0.com", r"/api/v2/users/[^/]+"): _bearer("management-token", _USER),
    ("PATCH", "example.eu.auth0.com", r"/api/v2/users/[^/]+"): _bearer("management-token", _USER),
    ("GET", "example.eu.auth0.com", r"/api/v2/users/[^/]+/roles"): _bearer("management-token", []),
    ("POST", "example.eu.auth0.com", r"/api/v2/users/[^/]+/roles"): _bearer("management-token", Answer(status=204)),
    ("GET", "idp.example.com", "/.well-known/openid-configuration"): _IDP,
    ("POST", "idp.example.com", "/token"): _token("partner-token", "bearer"),
    ("GET", "idp.example.com", "/people/me"): _bearer("partner-token", {"name": "Ada at the partner's"}),
    ("GET", "api.stripe.com", "/v1/customers"): _bearer(
        "sk_test_1", {"object": "list", "data": [], "has_more": False, "url": "/v1/customers"}
    ),
    ("POST", "api.stripe.com", "/v1/customers"): _bearer("sk_test_1", _STRIPE),
    ("GET", "api.stripe.com", "/v1/customers/cus_missing"): Answer(_STRIPE_MISSING, 404),
    ("POST", "api.twilio.com", r"/2010-04-01/Accounts/AC1/Messages\.json"): Answer(_TWILIO, 201),
    ("POST", "hooks.slack.com", "/services/T1/B1/x"): Answer("ok"),
    ("POST", "api.sendgrid.com", "/v3/mail/send"): _bearer("SG.key", Answer(status=202)),
    ("POST", "graphql.example.com", "/graphql"): _bearer("graphql-token", _graphql),
    ("POST", "directory.example.com", "/search"): Answer(DIRECTORY, headers={"content-type": "application/xml"}),
    ("POST", "events.example.com", "/in"): Answer(status=204),
    ("PUT", "logins.s3.eu-central-1.amazonaws.com", r"/.+\.json"): Answer(headers={"etag": '"e1"'}),
    ("GET", "logins.s3.eu-central-1.amazonaws.com", "/allowed.json"): ["ada.byrne@example.com"],
    ("POST", "dynamodb.eu-central-1.amazonaws.com", "/"): _dynamodb,
    ("POST", "o42.ingest.sentry.io", "/api/7/envelope/"): {},
    ("POST", "oauth2.googleapis.com", "/token"): _token("google-token", "Bearer"),
    ("POST", "www.googleapis.com", "/oauth2/v4/token"): _token("google-token", "Bearer"),
    ("POST", "accounts.google.com", "/o/oauth2/token"): _token("google-token", "Bearer"),
    ("POST", "storage.googleapis.com", "/upload/storage/v1/b/logins/o"): {"name": "x.json", "bucket": "logins"},
    ("GET", "storage.googleapis.com", "/storage/v1/b/logins/o/allowed.json"): ["ada.byrne@example.com"],
    ("POST", "identitytoolkit.googleapis.com", f"{_GOOGLE_ACCOUNTS}:update"): {"localId": "auth0:1"},
    ("POST", "identitytoolkit.googleapis.com", f"{_GOOGLE_ACCOUNTS}:lookup"): {"users": [_FIREBASE_USER]},
}

"""`/oauth/token`, and what its tokens are verified with."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import Response

from interlock.executor.api.requests import services
from interlock.executor.errors import TokenRefused
from interlock.executor.management import answers
from interlock.executor.management.faces import tenant_of
from interlock.executor.management.rate_limits import TOKENS, Limits
from interlock.executor.service.access_tokens import CREDENTIALS, EXPIRES_IN_S, Asked, CheckRate, issuer

router = APIRouter()

_FORM: Final = "application/x-www-form-urlencoded"
_PARAMETERS: Final = (
    *("grant_type", "client_id", "client_secret", "audience", "scope"),
    *("client_assertion", "client_assertion_type"),
)
_TAKEN: Final[dict[str, Any]] = {
    "schema": {
        "type": "object",
        "required": ["grant_type"],
        "properties": {each: {"type": "string"} for each in _PARAMETERS},
    }
}
_MOST_BYTES: Final = 32 << 10
_MOST_FIELDS: Final = 50
_RETRY_AFTER_S: Final = 1
_NEVER_KEPT: Final = {"cache-control": "no-store", "pragma": "no-cache"}


@router.post(
    "/oauth/token",
    responses={"4XX": {"model": answers.TokenRefusal}},
    openapi_extra={"requestBody": {"required": True, "content": {_FORM: _TAKEN, "application/json": _TAKEN}}},
)
async def grant_token(request: Request) -> Response:
    """A token for a client of the tenant: with its secret, or with what its private key signed."""
    try:
        given = await _given(request)
        granted = await services(request).access_tokens.grant(tenant_of(request), _asked(given), _rate_of(request))
    except TokenRefused as refused:
        headers = {**_NEVER_KEPT}
        if refused.status == HTTPStatus.TOO_MANY_REQUESTS:
            headers["retry-after"] = str(_RETRY_AFTER_S)
        content = {"error": refused.code, "error_description": refused.message}
        return answers.document(content, refused.status, headers)
    answer = {
        "access_token": granted.token,
        "scope": " ".join(granted.scopes),
        "expires_in": EXPIRES_IN_S,
        "token_type": "Bearer",
    }
    return answers.document(answer, headers=_NEVER_KEPT)


@router.get("/.well-known/jwks.json")
async def get_keys(request: Request) -> Response:
    """What the tenant's tokens are verified with."""
    return answers.document({"keys": await services(request).signing.public(tenant_of(request).id)})


@router.get("/.well-known/openid-configuration")
async def get_configuration(request: Request) -> Response:
    """Where what is."""
    tenant = tenant_of(request)
    of = issuer(tenant)
    return answers.document(
        {
            "issuer": of,
            "token_endpoint": f"{of}oauth/token",
            "jwks_uri": f"{of}.well-known/jwks.json",
            "grant_types_supported": [CREDENTIALS],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "RS384", "PS256"],
        }
    )


def _asked(given: Mapping[str, str]) -> Asked:
    grant_type = given.get("grant_type")
    if grant_type is None:
        raise TokenRefused("invalid_request", "Missing required parameter: grant_type", 400)
    if grant_type != CREDENTIALS:
        raise TokenRefused("unsupported_grant_type", "Only client_credentials is a grant_type here", 403)
    if not given.get("client_id") and "client_assertion" not in given:
        raise TokenRefused("invalid_request", "Missing required parameter: client_id", 400)
    return Asked(
        client_id=given.get("client_id"),
        client_secret=given.get("client_secret"),
        assertion=given.get("client_assertion"),
        assertion_type=given.get("client_assertion_type"),
        audience=given.get("audience"),
        scope=given.get("scope"),
    )


async def _given(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if len(body) > _MOST_BYTES:
        raise TokenRefused("invalid_request", "The request is too long", 413)
    given = _of_form(body) if kind == _FORM else _of_json(body)
    if not all(value.isprintable() for value in given.values()):
        # No id, secret, audience or assertion has such characters, and a database takes some of them for no text.
        raise TokenRefused("invalid_request", "A parameter is no text", 400)
    return given


def _of_form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise TokenRefused("invalid_request", "The body cannot be read as a form", 400) from None
    if len(dict(pairs)) < len(pairs):
        # RFC 6749, 3.2: which of them is meant cannot be known.
        raise TokenRefused("invalid_request", "A parameter is there twice", 400)
    return dict(pairs)


def _of_json(body: bytes) -> dict[str, str]:
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise TokenRefused("invalid_request", "The body is neither a form nor JSON", 400) from None
    if not isinstance(found, Mapping):
        raise TokenRefused("invalid_request", "The body is no object", 400)
    named = {name: value for name, value in found.items() if value is not None}
    if not all(isinstance(value, str) for value in named.values()):
        raise TokenRefused("invalid_request", "A parameter is no text", 400)
    return named


def _rate_of(request: Request) -> CheckRate:
    limits: Limits = request.app.state.limits
    tenant = tenant_of(request).id

    def check(client_id: str, proven: str) -> None:
        if limits.take(TOKENS, "token", tenant, client_id[:100], proven).refused:
            raise TokenRefused("too_many_requests", "Too many requests for a token: wait a little", 429)

    return check

"""Access tokens of tenants' management APIs: client credentials in, a signed token out, and back again.

A client shows its secret, or what its private key signed (RFC 7523). Which of them is wrong, and whether there is such
a client at all, is not told.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from interlock.executor.errors import TokenRefused
from interlock.executor.service.actors import Actor
from interlock.executor.service.management_scopes import SCOPES, granted
from interlock.executor.service.signing import TOKEN_S, SigningKeys
from interlock.executor.store import Database, api_keys, audit, signing_keys
from interlock.executor.store.api_keys import ApiKey
from interlock.executor.store.tenants import Tenant

EXPIRES_IN_S: Final = TOKEN_S
CREDENTIALS: Final = "client_credentials"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_S: Final = 600
"""How far ahead of now an assertion may expire: its `jti` is remembered that long."""
LEEWAY_S: Final = 30
"""How far a client's clock may be ahead of ours."""
MOST_CHARACTERS: Final = 8_192
"""Of an assertion, and of a token."""

_SIGNED: Final = ("RS256",)
_ASSERTED: Final = ("RS256", "RS384", "PS256")
_TYPE: Final = "client-credentials"
# What the library makes of what is no token; nothing of it is told.
_UNREADABLE: Final = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)
# What a secret is compared with where there is none.
_NOBODY: Final = api_keys.client_digest("")


CheckRate = Callable[[str, Literal["proven", "unproven"]], None]
"""Raises TokenRefused when there were too many requests of a client id, of those that were proven or of the others."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client sends for a token. None: it is not there."""

    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    assertion: str | None = field(default=None, repr=False)
    assertion_type: str | None = None
    audience: str | None = None
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Granted:
    """A token, for `EXPIRES_IN_S` seconds."""

    token: str = field(repr=False)
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Presented:
    """Whose token was presented, and what it is for."""

    actor: Actor
    scopes: frozenset[str]


class AccessTokens:
    """The tokens of all tenants that have a domain."""

    def __init__(self, database: Database, signing: SigningKeys) -> None:
        """Use an open store, and the keys that sign."""
        self._database = database
        self._signing = signing

    async def grant(self, tenant: Tenant, asked: Asked, check_rate: CheckRate) -> Granted:
        """Return a token for a client that shows who it is. Raises TokenRefused.

        `check_rate` is asked once it is known who that is: who only knows a client's id keeps it from nothing.
        """
        key = await self._admitted(tenant, asked, check_rate)
        check_rate(key.id, "proven")
        if asked.audience not in {None, audience(tenant)}:
            await self._record(tenant, key, "refuse", "audience")
            raise TokenRefused("access_denied", f"Service not found: {asked.audience}", 403)
        scopes = tuple(key.scopes)
        if asked.scope:
            wanted = set(asked.scope.split())
            scopes = tuple(scope for scope in scopes if scope in wanted)
        kid, signer = await self._signing.signer(tenant.id)
        now = int(self._database.now().timestamp())
        claims = {
            "iss": issuer(tenant),
            "sub": f"{key.id}@clients",
            "aud": audience(tenant),
            "iat": now,
            "exp": now + EXPIRES_IN_S,
            "scope": " ".join(scopes),
            "gty": _TYPE,
            "azp": key.id,
        }
        token = jwt.encode({"alg": "RS256", "typ": "JWT", "kid": kid}, claims, signer, algorithms=[*_SIGNED])
        await self._record(tenant, key, "issue")
        return Granted(token, scopes)

    async def verify(self, tenant: Tenant, token: str) -> Presented:
        """Return whose token this is. Raises TokenRefused: it is none of this tenant's, is too old, or its client was
        revoked.
        """
        kid = _told(token)[0].get("kid")
        public_key = next((key.public_key for key in await self._signing.known(tenant.id) if key.id == kid), None)
        claims = None if public_key is None else _verified(token, public_key, _SIGNED)
        now = self._database.now().timestamp()
        if claims is None or claims.get("iss") != issuer(tenant) or claims.get("aud") != audience(tenant):
            raise TokenRefused("invalid_token", "Invalid token", 401)
        if not _is_time(claims.get("exp")) or claims["exp"] <= now:
            raise TokenRefused("invalid_token", "Expired token received for JSON Web Token validation", 401)
        client, scope = claims.get("azp"), claims.get("scope")
        if claims.get("gty") != _TYPE or not isinstance(client, str) or not isinstance(scope, str):
            raise TokenRefused("invalid_token", "Invalid token", 401)
        async with self._database.reading() as transaction:
            found = await api_keys.client(transaction, tenant.id, client)
        if found is None:
            raise TokenRefused("invalid_token", "The client of this token was revoked", 401)
        scopes = frozenset(scope.split()) & frozenset(found.key.scopes)
        # Never without one: an actor without scopes may do everything.
        own = {"management", *granted([each for each in SCOPES if each in scopes])}
        return Presented(Actor(client, tenant.id, frozenset(own)), scopes)

    async def _admitted(self, tenant: Tenant, asked: Asked, check_rate: CheckRate) -> ApiKey:
        client_id = asked.client_id or str(_told(asked.assertion or "")[1].get("sub", ""))
        async with self._database.reading() as transaction:
            found = await api_keys.client(transaction, tenant.id, client_id)
        if asked.assertion is not None and asked.client_secret is None:
            proven = await self._signed(tenant, None if found is None else found.key, client_id, asked)
        else:
            digest = _NOBODY if found is None or found.key.public_key is not None else found.digest
            shown = api_keys.client_digest(asked.client_secret or "")
            # Nobody's secret is the empty one.
            proven = hmac.compare_digest(shown, digest) and bool(asked.client_secret) and asked.assertion is None
        if found is None or not proven:
            check_rate(client_id, "unproven")
            if found is not None:
                await self._record(tenant, found.key, "refuse", "credentials")
            raise TokenRefused("access_denied", "Unauthorized", 401)
        return found.key

    async def _signed(self, tenant: Tenant, key: ApiKey | None, client_id: str, asked: Asked) -> bool:
        own = None if key is None else key.public_key
        # Where there is no key a signature is verified all the same, with one that it is not of.
        public = own or (await self._signing.newest(tenant.id)).public_key
        claims = _verified(asked.assertion or "", public, _ASSERTED)
        if claims is None or key is None or own is None or asked.assertion_type != ASSERTION_TYPE:
            return False
        now = self._database.now()
        told = (claims.get("iss"), claims.get("sub"))
        if told != (client_id, client_id) or not _is_for(claims.get("aud"), tenant) or not _is_timely(claims, now):
            return False
        jti = claims.get("jti")
        if not isinstance(jti, str) or not 1 <= len(jti) <= 255:
            return False
        digest = hashlib.sha256(jti.encode("utf-8", "surrogatepass")).digest()
        until = datetime.fromtimestamp(claims["exp"], UTC) + timedelta(seconds=LEEWAY_S)
        async with self._database.writing() as transaction:
            return await signing_keys.use_assertion(transaction, tenant.id, key.id, digest, until)

    async def _record(self, tenant: Tenant, key: ApiKey, verb: str, why: str = "") -> None:
        async with self._database.writing() as transaction:
            if verb == "issue":
                await api_keys.note_use(transaction, key)
            details = {"wrong": why} if why else {}
            await audit.add(
                transaction, tenant.id, actor=key.id, verb=verb, noun="token", noun_id=key.id, details=details
            )


def issuer(tenant: Tenant) -> str:
    """Return who a tenant's tokens are from: `https://DOMAIN/`."""
    return f"https://{tenant.domain}/"


def audience(tenant: Tenant) -> str:
    """Return what a tenant's tokens are for: its management API."""
    return f"{issuer(tenant)}api/v2/"


def _verified(token: str, public_key: Mapping[str, Any], algorithms: Collection[str]) -> dict[str, Any] | None:
    """Return the claims of a token that this key signed; None for any other."""
    if len(token) > MOST_CHARACTERS or not token.isascii():
        return None
    try:
        claims: object = jwt.decode(token, RSAKey.import_key({**public_key}), algorithms=[*algorithms]).claims
    except _UNREADABLE:
        return None
    return claims if isinstance(claims, dict) else None


def _told(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a token says of itself, header and claims, which nobody has verified: which key it may be of."""
    if len(token) > MOST_CHARACTERS or not token.isascii():
        return {}, {}
    try:
        parts = jws.extract_compact(token.encode())
        header, claims = parts.headers(), json.loads(parts.payload)
    except _UNREADABLE:
        return {}, {}
    return header, claims if isinstance(claims, dict) else {}


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**40


def _is_timely(claims: Mapping[str, Any], now: datetime) -> bool:
    expires, issued, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf")
    at = now.timestamp()
    if not _is_time(expires) or not at < float(str(expires)) <= at + ASSERTION_S + LEEWAY_S:
        return False
    return all(each is None or (_is_time(each) and float(str(each)) <= at + LEEWAY_S) for each in (issued, begins))


def _is_for(aud: object, tenant: Tenant) -> bool:
    named = aud if isinstance(aud, list) else [aud]
    return named in ([issuer(tenant)], [f"{issuer(tenant)}oauth/token"])

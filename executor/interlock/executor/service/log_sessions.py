"""Log sessions: an address with a short-lived token in it, at which a tenant's live lines are followed without a client
credential. It opens nothing else.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from interlock.executor.errors import Invalid, TokenRefused
from interlock.executor.service import access_tokens
from interlock.executor.service.actors import Actor
from interlock.executor.service.signing import SigningKeys
from interlock.executor.service.tails import Heard, Tails, Wanted
from interlock.executor.store import Database, api_keys
from interlock.executor.store.tenants import Tenant

EXPIRES_IN_S: Final = 900
"""How long a session may be joined, and gone on with."""

FILTERS: Final = ("action_id", "trigger_id", "execution_id")
"""What a session can be limited to."""

_TYPE: Final = "log-session"
_ALGORITHMS: Final = ["RS256"]
_LONGEST: Final = 255
_UNREADABLE: Final = (JoseError, ValueError, TypeError, KeyError, RecursionError)


@dataclass(frozen=True, slots=True)
class Session:
    """A session. Who has the token has the lines."""

    token: str = field(repr=False)
    expires: datetime


class LogSessions:
    """The sessions of all tenants: nothing is kept of them, a token says all."""

    def __init__(self, database: Database, signing: SigningKeys, tails: Tails) -> None:
        """Use an open store, the keys that sign tokens, and what is told live."""
        self._database = database
        self._signing = signing
        self._tails = tails

    async def create(self, actor: Actor, tenant: Tenant, filters: Mapping[str, str]) -> Session:
        """Begin a session. Raises Invalid for a filter that there is not."""
        actor.require("executions:read", tenant.id)
        for name, value in filters.items():
            if name not in FILTERS or not 1 <= len(value) <= _LONGEST:
                raise Invalid("invalid_value", f"a filter is none of {', '.join(FILTERS)}, or has no value")
        kid, signer = await self._signing.signer(tenant.id)
        expires = int(self._database.now().timestamp()) + EXPIRES_IN_S
        claims = {
            "iss": access_tokens.issuer(tenant),
            "aud": _audience(tenant),
            "exp": expires,
            "gty": _TYPE,
            "azp": actor.key,
            "filters": dict(filters),
        }
        header = {"alg": "RS256", "typ": "JWT", "kid": kid}
        return Session(jwt.encode(header, claims, signer, algorithms=_ALGORITHMS), datetime.fromtimestamp(expires, UTC))

    async def follow(self, tenant: Tenant, token: str, *, after: str | None = None) -> AsyncGenerator[Heard]:
        """Return what comes from now on, or behind a place, as `Tails.follow`. Raises TokenRefused: the token is none
        of a session of this tenant, is too old, or its client was revoked.
        """
        claims = await self._claims(tenant, token)
        async with self._database.reading() as transaction:
            if await api_keys.client(transaction, tenant.id, str(claims["azp"])) is None:
                raise _refused()
        chosen = claims["filters"]
        wanted = Wanted(chosen.get("action_id"), chosen.get("trigger_id"), chosen.get("execution_id"))
        actor = Actor(str(claims["azp"]), tenant.id, frozenset({"executions:read"}))
        return await self._tails.follow(actor, tenant.id, wanted, after=after)

    async def _claims(self, tenant: Tenant, token: str) -> Mapping[str, Any]:
        if len(token) > access_tokens.MOST_CHARACTERS or not token.isascii():
            raise _refused()
        public = KeySet([RSAKey.import_key({**key}) for key in await self._signing.public(tenant.id)])
        try:
            claims = jwt.decode(token, public, algorithms=_ALGORITHMS).claims
        except _UNREADABLE:
            raise _refused() from None
        told = (claims.get("iss"), claims.get("aud"), claims.get("gty"))
        if told != (access_tokens.issuer(tenant), _audience(tenant), _TYPE):
            raise _refused()
        if claims["exp"] <= self._database.now().timestamp():
            raise _refused()
        return claims


def _audience(tenant: Tenant) -> str:
    return f"{access_tokens.audience(tenant)}actions/log-sessions"


def _refused() -> TokenRefused:
    return TokenRefused("invalid_token", "The session is over, or is none of this tenant", 401)

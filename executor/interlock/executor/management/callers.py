"""Who asks a management API: `Authorization: Bearer` with a token of the tenant at whose domain they ask.

A route names the scopes of which it takes any; the words of the refusal are what Auth0's tools skip a resource by.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Depends, Request

from interlock.executor.api.requests import services
from interlock.executor.management.answers import Refused
from interlock.executor.management.faces import tenant_of
from interlock.executor.service.actors import Actor
from interlock.executor.service.management_scopes import ManagementScope
from interlock.executor.service.services import Services
from interlock.executor.store.tenants import Tenant


@dataclass(frozen=True, slots=True)
class Caller:
    """A client, whose tenant it is, and what can be asked for it."""

    actor: Actor
    tenant: Tenant
    scopes: frozenset[str]
    services: Services

    @property
    def whose(self) -> tuple[Actor, str]:
        """What every service is told first: who asks, and whose it is."""
        return self.actor, self.tenant.id

    def require(self, *scopes: str) -> None:
        """Raise Refused unless its token is for one of these."""
        if self.scopes.isdisjoint(scopes):
            expected = ",".join(scopes)
            message = f"Insufficient scope, expected any of: {expected}"
            raise Refused(HTTPStatus.FORBIDDEN, message, "insufficient_scope")


async def authenticated(request: Request) -> Caller:
    """Return who presents the request's token. Raises TokenRefused and Refused."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        message = "Missing authentication"
        raise Refused(HTTPStatus.UNAUTHORIZED, message, "invalid_token", attributes={"error": message})
    asked, tenant = services(request), tenant_of(request)
    presented = await asked.access_tokens.verify(tenant, token.strip())
    return Caller(presented.actor, tenant, presented.scopes, asked)


def scoped(*scopes: ManagementScope) -> Any:
    """Return what gives a route its caller, whose token has to be for one of these scopes."""

    async def caller(request: Request) -> Caller:
        found = await authenticated(request)
        found.require(*scopes)
        return found

    return Depends(caller)

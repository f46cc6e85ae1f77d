"""Which application answers a request: Auth0's paths at a tenant's domain are its management API, all else is `/v1`.

The path is looked at first, so that no event waits for a look at tenants.
"""

from typing import Final, cast

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from interlock.executor.errors import StoreError
from interlock.executor.management import answers
from interlock.executor.management.rate_limits import Limits
from interlock.executor.service.tenants import Tenants
from interlock.executor.store.tenants import Tenant

_LIMITED: Final = "/api/v2/"
"""The token endpoint counts by client: nobody who has no token keeps others from getting theirs."""
_PREFIXES: Final = (_LIMITED, "/oauth/", "/.well-known/")
_STATE: Final = "management_tenant"


class Faces:
    """Both applications as one."""

    def __init__(self, v1: ASGIApp, management: ASGIApp, tenants: Tenants, limits: Limits) -> None:
        """Take `/v1`, the management API, what finds a tenant by its domain, and how often one may be asked."""
        self._v1 = v1
        self._management = management
        self._tenants = tenants
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIXES):
            await self._v1(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            tenant = await self._tenants.at_domain(headers.get("host", ""))
        except StoreError as away:
            await answers.of_error(away)(scope, receive, send)
            return
        if tenant is None:
            await self._v1(scope, receive, send)
            return
        scope.setdefault("state", {})[_STATE] = tenant
        application = self._management
        if scope["path"].startswith(_LIMITED):
            application = self._limits.around(application, tenant.id, headers)
        await application(scope, receive, send)


def tenant_of(request: Request) -> Tenant:
    """Return the tenant at whose domain a request asks."""
    return cast("Tenant", getattr(request.state, _STATE))

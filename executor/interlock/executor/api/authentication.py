"""Who asks: `Authorization: Bearer interlock_...` on every route but health and OpenAPI."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from interlock.executor.api.requests import services
from interlock.executor.errors import NotAllowed
from interlock.executor.service.actors import Actor

_BEARER: Final = HTTPBearer(auto_error=False, description="An API key of a tenant or of the operator.")

BEARER: Final = Depends(_BEARER)
"""Says to OpenAPI that a route needs a key; the route asks for it itself."""


async def authenticated(request: Request, _shown: Annotated[object, Depends(_BEARER)]) -> Actor:
    """Return who presents the request's key. Raises NotAllowed: key_missing, key_unknown, key_revoked."""
    return await services(request).keys.authenticate(presented(request))


def presented(request: Request) -> str:
    """Return the key that a request presents. Raises NotAllowed."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise NotAllowed(
            "key_missing", "the request has no API key", "send the header Authorization: Bearer interlock_..."
        )
    return key.strip()


Authenticated = Annotated[Actor, Depends(authenticated)]
"""The parameter of a route that needs a key."""

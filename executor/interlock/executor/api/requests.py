"""What every route takes from its request: the services that the application was made with."""

from typing import Annotated, cast

from fastapi import Depends, Request

from interlock.executor.service.services import Services


def services(request: Request) -> Services:
    """Return what the application was made with."""
    return cast("Services", request.app.state.services)


Service = Annotated[Services, Depends(services)]
"""The parameter of a route that asks something of a service."""

"""The application: every route of a tenant's management API, and every error as Auth0's clients read it."""

from typing import Final

from fastapi import APIRouter, FastAPI

from interlock.executor.api.application import NO_TELEMETRY
from interlock.executor.api.body_bound import BodyBound
from interlock.executor.management import answers
from interlock.executor.management.rate_limits import Limits
from interlock.executor.management.routes import (
    actions,
    bindings,
    elsewhere,
    executions,
    log_sessions,
    log_streams,
    modules,
    tokens,
    triggers,
    versions,
)
from interlock.executor.service.services import Services

PREFIX: Final = "/api/v2"
ROUTERS: Final[tuple[APIRouter, ...]] = (
    actions.router,
    versions.router,
    triggers.router,
    modules.router,
    log_sessions.router,
    log_streams.router,
    bindings.router,
    executions.router,
    # Last, because it takes every path.
    elsewhere.router,
)


def create_application(services: Services, limits: Limits) -> FastAPI:
    """Return the ASGI application, whose requests `faces` has found a tenant for. It opens nothing."""
    application = FastAPI(
        title="Auth0's Management API",
        version="2",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        responses={"4XX": {"model": answers.Refusal}},
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    application.state.services = services
    application.state.limits = limits
    answers.install(application)
    application.add_middleware(BodyBound)
    application.include_router(tokens.router)
    for router in ROUTERS:
        application.include_router(router, prefix=PREFIX)
    return application

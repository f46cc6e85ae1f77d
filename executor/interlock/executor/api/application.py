"""The application: every route, every error a problem, the services it asks."""

from importlib import metadata
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig

from interlock.executor.api import problems
from interlock.executor.api.body_bound import BodyBound
from interlock.executor.api.routes import (
    actions,
    audit,
    bindings,
    canaries,
    changes,
    differences,
    events,
    executions,
    health,
    keys,
    log_streams,
    modules,
    reaching,
    releases,
    resumes,
    rotation,
    secrets,
    tail,
    tenants,
    testing,
    triggers,
    versions,
)
from interlock.executor.service.services import Services

PREFIX: Final = "/v1"
ROUTERS: Final[tuple[APIRouter, ...]] = (
    # First, because routes are tried in this order and events come most often.
    events.router,
    health.router,
    triggers.router,
    tenants.router,
    keys.router,
    actions.router,
    versions.router,
    testing.router,
    modules.router,
    bindings.router,
    releases.router,
    reaching.router,
    changes.router,
    canaries.router,
    differences.router,
    secrets.router,
    rotation.router,
    executions.router,
    resumes.router,
    tail.router,
    log_streams.router,
    audit.router,
)
"""In the order in which OpenAPI shows them."""

NO_TELEMETRY: Final = TelemetryConfig(
    tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False
)
"""FastAPI's own would send exceptions with their messages, which may hold anything, to whom a variable names."""
_DESCRIPTION: Final = "Runs tenants' actions at the points of a login pipeline, as Auth0 Actions does."


def create_application(services: Services) -> FastAPI:
    """Return the ASGI application. It opens nothing and closes nothing: the services are its caller's."""
    application = FastAPI(
        title="Interlock",
        version=metadata.version("interlock"),
        description=_DESCRIPTION,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={"4XX": {"model": problems.Problem}, "5XX": {"model": problems.Problem}},
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
        # The function's own name: what a generated client calls the operation.
        generate_unique_id_function=lambda route: route.name,
    )
    application.state.services = services
    problems.install(application)
    application.add_middleware(BodyBound)
    for router in ROUTERS:
        application.include_router(router, prefix=PREFIX)
    return application

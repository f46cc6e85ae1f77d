"""Whether the process lives, and whether it can take events. Without a key: load balancers have none."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from interlock.executor.api.requests import Service

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"] = "ok"


@router.get("/health")
async def health() -> Health:
    """Say that the process answers."""
    return Health()


@router.get("/ready")
async def ready(services: Service) -> Health:
    """Say that the store and Redis answer; 503 when one of them does not."""
    await services.events.ready()
    return Health()

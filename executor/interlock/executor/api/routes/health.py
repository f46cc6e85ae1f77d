"""Whether the process lives, and whether it can take events. Without a key: load balancers have none."""

from typing import Literal

from fastapi import APIRouter

from interlock.executor.api.models import Answer
from interlock.executor.api.requests import Service

router = APIRouter(tags=["health"])


class Health(Answer):
    """All is well."""

    status: Literal["ok"] = "ok"


@router.get("/health", summary="Ask whether it lives")
async def get_health() -> Health:
    """Say that the process answers."""
    return Health()


@router.get("/ready", summary="Ask whether it can take events")
async def get_ready(service: Service) -> Health:
    """Say that the store and Redis answer; 503 when one of them does not."""
    await service.events.ready()
    return Health()

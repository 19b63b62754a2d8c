"""How Guildhall is doing: GET /v1/status -> every service asked at once -> which are ready."""

import asyncio
from enum import StrEnum

from fastapi import Request

from services.gateway.upstream import Upstream
from shared.route import Router, View

router = Router(tags=["operations"])


class Readiness(StrEnum):
    """Whether a service can serve."""

    READY = "ready"
    UNAVAILABLE = "unavailable"


class ServiceStatus(View):
    service: str
    status: Readiness


class StatusView(View):
    """`status` is ready when every service is."""

    status: Readiness
    services: list[ServiceStatus]


async def missing(upstreams: dict[str, Upstream]) -> list[str]:
    """The services that do not say they are ready within a second."""
    ready = await asyncio.gather(*(upstream.answers(b"/readyz") for upstream in upstreams.values()))
    return [name for name, is_ready in zip(upstreams, ready, strict=True) if not is_ready]


@router.get("/v1/status", allows="status.read")
async def get_status(request: Request) -> StatusView:
    upstreams: dict[str, Upstream] = request.app.state.runtime.upstreams
    gone = await missing(upstreams)
    return StatusView(
        status=Readiness.UNAVAILABLE if gone else Readiness.READY,
        services=[
            ServiceStatus(service=name, status=Readiness.UNAVAILABLE if name in gone else Readiness.READY)
            for name in upstreams
        ],
    )

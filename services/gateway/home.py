"""A community at a glance: GET /home -> its parts asked at once -> what came in time."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import Request

from services.gateway.pool import Response
from shared.answers import Rendered
from shared.problems import NotFound, Problem
from shared.route import Router, View

router = Router(tags=["views"])

PART_SECONDS = 1.5
TOPICS = 10
STALE = 10
TASKS = 10

Ask = Callable[[str, bytes, float], Awaitable[Response]]
"""One GET in the caller's name: service, target, deadline."""


class HomeView(View):
    """`data` has the parts that could be read, null where one may not; `degraded` names services."""

    data: dict[str, Any]
    degraded: list[str]


def _parts(community_id: UUID) -> dict[str, tuple[str, str]]:
    place = f"/v1/communities/{community_id}"
    return {
        "community": ("membership", place),
        "topics": ("engagement", f"{place}/topics?state=open&limit={TOPICS}"),
        "stale_articles": ("knowledge", f"{place}/articles/stale?limit={STALE}"),
        "knowledge_tasks": ("knowledge", f"{place}/knowledge-tasks?state=open&limit={TASKS}"),
        "dau": ("metrics", f"{place}/metrics/dau?step=day"),
        "mau": ("metrics", f"{place}/metrics/mau?step=day"),
    }


async def _part(ask: Ask, service: str, target: str) -> Response | None:
    """The part's answer; None when its service has none to give."""
    try:
        answer = await ask(service, target.encode(), PART_SECONDS)
    except Problem:
        return None
    return answer if answer.status < 500 else None


@router.get("/v1/communities/{community_id}/home", allows="home.read")
async def get_home(community_id: UUID, request: Request) -> HomeView:
    """What the caller may read of each part; what they may not is null."""
    ask: Ask = request.scope["guildhall.part"]
    parts = _parts(community_id)
    answers = await asyncio.gather(*(_part(ask, service, target) for service, target in parts.values()))
    found = dict(zip(parts, answers, strict=True))
    if found["community"] is not None and found["community"].status == 404:
        raise NotFound
    return Rendered(200, _HEADERS, _spliced(parts, found))  # type: ignore[return-value]


_HEADERS = {"content-type": "application/json", "cache-control": "no-store"}


def _spliced(parts: dict[str, tuple[str, str]], found: dict[str, Response | None]) -> bytes:
    """The answers' bytes as they came, put together."""
    came = [(name, answer) for name, answer in found.items() if answer is not None]
    data = b",".join(
        b'"%b":%b' % (name.encode(), answer.body if answer.status == 200 else b"null")
        for name, answer in came
    )
    degraded = sorted({parts[name][0] for name, answer in found.items() if answer is None})
    return b'{"data":{%b},"degraded":%b}' % (data, json.dumps(degraded).encode())

"""Find calls: GET /contribution-calls -> what somebody is wanted to write about."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.knowledge.calls.models import THE_CALL, ContributionCall
from services.knowledge.calls.rules import CallState
from services.knowledge.calls.steps import CallView
from shared.identity import Actor
from shared.route import Cursor, Instant, Limit, Page, Read, Router
from shared.store import Tx, scope

router = Router(tags=["contribution calls"])

_PATH = "/v1/communities/{community_id}/contribution-calls"


async def calls_of(
    tx: Tx,
    _actor: Actor,
    _community_id: UUID,
    state: CallState | None,
    updated_since: datetime | None,
    limit: int,
    cursor: str | None,
) -> Page[ContributionCall]:
    """Calls in the order they were opened, or of their changes with `updated_since`."""
    statement = select(ContributionCall).where(scope(ContributionCall))
    if state is not None:
        statement = statement.where(col(ContributionCall.state) == state)
    order = ContributionCall.created_at
    if updated_since is not None:
        statement = statement.where(col(ContributionCall.updated_at) >= updated_since)
        order = ContributionCall.updated_at
    return await tx.page(statement, by=(order, ContributionCall.id), limit=limit, cursor=cursor)


async def call(tx: Tx, _actor: Actor, call_id: UUID) -> ContributionCall:
    """The call."""
    return await tx.one(THE_CALL, {"call_id": call_id})


@router.get(_PATH, allows="call.read")
async def get_contribution_calls(
    community_id: UUID,
    read: Read,
    state: CallState | None = None,
    updated_since: Instant | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[CallView]:
    return await read(calls_of, community_id, state, updated_since, limit, cursor)


@router.get(f"{_PATH}/{{call_id}}", allows="call.read")
async def get_contribution_call(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    call_id: UUID,
    read: Read,
) -> CallView:
    return await read(call, call_id)

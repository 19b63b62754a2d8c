"""Find and read applications to lead: GET /leader-applications -> one's own, those one sponsors, or all."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.leaders.rules import LeaderState
from services.membership.models import THE_APPLICATION, LeaderApplication
from services.membership.roles import rules as role_rules
from shared.identity import Actor
from shared.problems import NotFound
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["leaders"])


class LeaderApplicationView(View):
    """An application; `sponsored_at` is when the sponsor confirmed, `decided_by` who accepted or declined."""

    id: UUID
    member_id: UUID
    motivation: str
    intake: dict[str, str]
    sponsor_id: UUID | None
    sponsored_at: datetime | None
    state: LeaderState
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


APPLICATIONS = constant(select(LeaderApplication).where(scope(LeaderApplication)))
_ME = sa.bindparam("me", type_=LeaderApplication.__table__.c.member_id.type)  # type: ignore[attr-defined]
_MINE = col(LeaderApplication.member_id) == _ME
OWN = sa.union_all(
    sa.select(LeaderApplication).where(scope(LeaderApplication), _MINE),
    sa.select(LeaderApplication).where(
        scope(LeaderApplication), sa.not_(_MINE), col(LeaderApplication.sponsor_id) == _ME
    ),
).subquery("own")
"""Two index ranges merged, so that a page costs about a page."""


def decides(actor: Actor) -> bool:
    """Whether the caller reads every application: admins, and keys that may read."""
    return actor.scopes is not None or actor.level >= role_rules.ADMIN_LEVEL


def takes_part(actor: Actor, application: LeaderApplication) -> bool:
    """Whether the application exists for the caller."""
    concerned = (application.member_id, application.sponsor_id)
    return decides(actor) or (actor.member_id is not None and actor.member_id in concerned)


async def application_of(tx: Tx, actor: Actor, application_id: UUID) -> LeaderApplication:
    """The application, missing for whom it does not concern."""
    application = await tx.one(THE_APPLICATION, {"application_id": application_id})
    if not takes_part(actor, application):
        raise NotFound
    return application


async def applications_of(
    tx: Tx, actor: Actor, state: LeaderState | None, member_id: UUID | None, limit: int, cursor: str | None
) -> Page[Any]:
    """The applications that concern the caller, oldest first."""
    columns: Any = LeaderApplication if decides(actor) else OWN.c
    statement: Any = APPLICATIONS if decides(actor) else sa.select(OWN)
    if state is not None:
        statement = statement.where(columns.state == state)
    if member_id is not None:
        statement = statement.where(columns.member_id == member_id)
    params = None if decides(actor) else {"me": actor.member_id}
    return await tx.page(statement, params, by=(columns.created_at, columns.id), limit=limit, cursor=cursor)


@router.get("/v1/communities/{community_id}/leader-applications", allows="leader.read")
async def list_leader_applications(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    state: LeaderState | None = None,
    member_id: UUID | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[LeaderApplicationView]:
    return await read(applications_of, state, member_id, limit, cursor)


@router.get("/v1/communities/{community_id}/leader-applications/{application_id}", allows="leader.read")
async def get_leader_application(
    community_id: UUID,  # noqa: ARG001 - as above
    application_id: UUID,
    read: Read,
) -> LeaderApplicationView:
    return await read(application_of, application_id)

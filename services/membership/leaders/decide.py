"""Decide who leads: accept, decline, graduate -> function and network -> a fact, FunctionGranted, ..."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.membership.groups.belong import BelongToGroup
from services.membership.groups.belong import add as add_to_group
from services.membership.groups.belong import remove as remove_from_group
from services.membership.groups.find import BELONGS
from services.membership.groups.rules import GroupKind, GroupState
from services.membership.leaders.consider import PATH
from services.membership.leaders.find import LeaderApplicationView
from services.membership.leaders.rules import LeaderVerb
from services.membership.leaders.steps import go, held
from services.membership.models import FunctionGrant, Group, LeaderApplication
from services.membership.roles.functions import GrantFunction
from services.membership.roles.functions import grant as grant_function
from services.membership.roles.functions import revoke as revoke_function
from services.membership.roles.rules import Function
from shared.identity import Actor
from shared.problems import Forbidden
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["leaders"])


class DecideApplication(Command):
    """Why, where there is something to say to the applicant."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")] | None = None


class OwnApplication(Forbidden):
    title = "Somebody else decides about your own application"


LEADS = constant(
    select(FunctionGrant.member_id).where(
        scope(FunctionGrant),
        col(FunctionGrant.member_id) == sa.bindparam("member_id"),
        col(FunctionGrant.function) == Function.LEADER,
    )
)
NETWORKS = constant(
    select(Group.id)
    .where(
        scope(Group),
        col(Group.kind) == GroupKind.LEADERS_NETWORK,
        col(Group.state) == GroupState.ACTIVE,
        col(Group.rule).is_(None),
    )
    .order_by(col(Group.created_at), col(Group.id))
    .limit(1)
)
"""The leaders' network of a community, its oldest; one with a rule finds its members itself."""


async def accept(
    tx: Tx, actor: Actor, community_id: UUID, application_id: UUID, command: DecideApplication
) -> LeaderApplication:
    """Let the member lead: the function `leader`, and the leaders' network where there is one."""
    application = await _decided(tx, actor, application_id, LeaderVerb.ACCEPT, command.reason)
    leader = application.member_id
    if await tx.first(LEADS, {"member_id": leader}) is None:
        await grant_function(tx, actor, community_id, leader, GrantFunction(function=Function.LEADER))
    network: Any = await tx.first(NETWORKS)
    if network is not None and not await _belongs(tx, network.id, leader):
        await add_to_group(tx, actor, community_id, network.id, leader, BelongToGroup())
    return application


async def decline(
    tx: Tx, actor: Actor, _community_id: UUID, application_id: UUID, command: DecideApplication
) -> LeaderApplication:
    """Not let the member lead; they may apply again."""
    return await _decided(tx, actor, application_id, LeaderVerb.DECLINE, command.reason)


async def graduate(tx: Tx, actor: Actor, community_id: UUID, application_id: UUID) -> LeaderApplication:
    """End a leader's time: the function and the network are given back, what they did stays known."""
    application = await go(tx, await held(tx, actor, application_id), LeaderVerb.GRADUATE)
    leader = application.member_id
    if await tx.first(LEADS, {"member_id": leader}) is not None:
        await revoke_function(tx, actor, community_id, leader, Function.LEADER)
    network: Any = await tx.first(NETWORKS)
    if network is not None and await _belongs(tx, network.id, leader):
        await remove_from_group(tx, actor, community_id, network.id, leader)
    tx.audit("leader_application.graduate", application_id)
    return application


async def _belongs(tx: Tx, group_id: UUID, member_id: UUID) -> bool:
    return await tx.first(BELONGS, {"group_id": group_id, "member_id": member_id}) is not None


async def _decided(
    tx: Tx, actor: Actor, application_id: UUID, verb: LeaderVerb, reason: str | None
) -> LeaderApplication:
    application = await held(tx, actor, application_id)
    if actor.member_id is not None and application.member_id == actor.member_id:
        raise OwnApplication
    tx.audit(f"leader_application.{verb.value}", application_id)
    return await go(tx, application, verb, reason=reason, decided_by=actor.id, decided_at=tx.now)


@router.post(f"{PATH}/accept", allows="leader.decide")
async def post_accept(
    community_id: UUID, application_id: UUID, write: Write, command: DecideApplication | None = None
) -> LeaderApplicationView:
    return await write(accept, community_id, application_id, command or DecideApplication())


@router.post(f"{PATH}/decline", allows="leader.decide")
async def post_decline(
    community_id: UUID, application_id: UUID, write: Write, command: DecideApplication | None = None
) -> LeaderApplicationView:
    return await write(decline, community_id, application_id, command or DecideApplication())


@router.post(f"{PATH}/graduate", allows="leader.decide")
async def post_graduate(community_id: UUID, application_id: UUID, write: Write) -> LeaderApplicationView:
    return await write(graduate, community_id, application_id)

"""Keep somebody away: POST, GET, DELETE /members/{id}/blocks -> MemberBlocked, MemberUnblocked.

Only for oneself. Whoever is blocked never learns of it: nothing they can ask for answers differently, and the
facts go to services, not to people.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.members.profile import is_oneself
from services.membership.members.rules import OUTSIDE, MemberState
from services.membership.models import THE_MEMBER, Block, Member
from shared.contracts.membership import MemberBlocked, MemberUnblocked
from shared.identity import Actor
from shared.problems import Conflict, Forbidden, NotFound, Unprocessable
from shared.route import Command, Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["members"])

THE_BLOCK = constant(
    select(Block).where(
        scope(Block),
        col(Block.blocker_id) == sa.bindparam("blocker"),
        col(Block.blocked_id) == sa.bindparam("blocked"),
    )
)
LIFT = constant(
    sa.update(Block)
    .where(
        scope(Block),
        col(Block.blocker_id) == sa.bindparam("blocker"),
        col(Block.blocked_id) == sa.bindparam("blocked"),
        col(Block.lifted_at).is_(None),
    )
    .values(lifted_at=sa.bindparam("now"))
)


class BlockMember(Command):
    """Whom to keep away."""

    member_id: UUID


class BlockView(View):
    blocked_id: UUID
    created_at: datetime


class CannotBlockOneself(Unprocessable):
    title = "Nobody blocks themselves"


class AlreadyBlocked(Conflict):
    title = "Already blocked"


async def _require_oneself(tx: Tx, actor: Actor, member_id: UUID) -> None:
    if not is_oneself(actor, await tx.one(THE_MEMBER, {"member_id": member_id})):
        raise Forbidden


async def block(tx: Tx, actor: Actor, community_id: UUID, member_id: UUID, command: BlockMember) -> Block:
    """Want nothing from another member, in whatever state they are; of the erased nothing is kept."""
    await _require_oneself(tx, actor, member_id)
    if command.member_id == member_id:
        raise CannotBlockOneself
    blocked = await tx.one(THE_MEMBER, {"member_id": command.member_id})
    if blocked.state in (*OUTSIDE, MemberState.ERASED):
        raise NotFound  # members do not hear of those who are outside either
    if (await tx.lock(Member, member_id)).state is MemberState.ERASED:
        raise NotFound
    between = {"blocker": member_id, "blocked": blocked.id}
    known = await tx.first(THE_BLOCK, between)
    if known is not None and known.lifted_at is None:
        raise AlreadyBlocked
    again = {"created_at": tx.now, "lifted_at": None}
    put = tx.upsert(Block).on_conflict_do_update(
        index_elements=["community_id", "blocker_id", "blocked_id"], set_=again
    )
    row = {"community_id": community_id, "blocker_id": member_id, "blocked_id": blocked.id}
    await tx.execute(put, row | again)
    tx.publish(MemberBlocked(community_id=community_id, member_id=member_id, blocked_id=blocked.id))
    return await tx.one(THE_BLOCK, between)


async def unblock(tx: Tx, actor: Actor, community_id: UUID, member_id: UUID, blocked_id: UUID) -> None:
    """Keep them away no longer."""
    await _require_oneself(tx, actor, member_id)
    await tx.lock(Member, member_id)
    if not await tx.execute(LIFT, {"blocker": member_id, "blocked": blocked_id, "now": tx.now}):
        raise NotFound
    tx.publish(MemberUnblocked(community_id=community_id, member_id=member_id, blocked_id=blocked_id))


async def blocks_of(tx: Tx, actor: Actor, member_id: UUID, limit: int, cursor: str | None) -> Page[Any]:
    """Whom the caller keeps away, by their ids."""
    await _require_oneself(tx, actor, member_id)
    own = select(Block).where(
        scope(Block), col(Block.blocker_id) == member_id, col(Block.lifted_at).is_(None)
    )
    return await tx.page(own, by=(Block.blocked_id,), limit=limit, cursor=cursor)


@router.post(
    "/v1/communities/{community_id}/members/{member_id}/blocks", status_code=201, allows="member.block"
)
async def post_block(community_id: UUID, member_id: UUID, command: BlockMember, write: Write) -> BlockView:
    return await write(block, community_id, member_id, command)


@router.get("/v1/communities/{community_id}/members/{member_id}/blocks", allows="member.block")
async def list_blocks(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    member_id: UUID,
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[BlockView]:
    return await read(blocks_of, member_id, limit, cursor)


@router.delete(
    "/v1/communities/{community_id}/members/{member_id}/blocks/{blocked_id}",
    status_code=204,
    allows="member.block",
)
async def delete_block(community_id: UUID, member_id: UUID, blocked_id: UUID, write: Write) -> None:
    return await write(unblock, community_id, member_id, blocked_id)

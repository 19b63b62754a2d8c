"""Tell other services who keeps whom away: POST /internal/blocks/read -> pairs among the members named."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from services.membership.models import Block
from shared.identity import Actor
from shared.route import Command, Read, Router, View
from shared.store import Tx, scope

router = Router(tags=["internal"])


class ReadBlocks(Command):
    """Members of one community who are about to have to do with one another."""

    community_id: UUID
    ids: Annotated[list[UUID], Field(min_length=2, max_length=500)]


class BlockedPair(View):
    blocker_id: UUID
    blocked_id: UUID


class BlockedPairs(View):
    """Every block in force between two of the members."""

    items: list[BlockedPair]


async def between(tx: Tx, _actor: Actor, command: ReadBlocks) -> BlockedPairs:
    """Who of them keeps whom of them away."""
    tx.within(command.community_id)
    ids = sorted(set(command.ids))
    rows = await tx.all(
        select(Block)
        .where(scope(Block), col(Block.blocker_id).in_(ids), col(Block.blocked_id).in_(ids))
        .where(col(Block.lifted_at).is_(None))
        .order_by(col(Block.blocker_id), col(Block.blocked_id))
    )
    return BlockedPairs(items=[BlockedPair.model_validate(row) for row in rows])


@router.post("/internal/blocks/read", callers={"gateway", "engagement"})
async def post_blocks_read(command: ReadBlocks, read: Read) -> BlockedPairs:
    return await read(between, command)

"""Channels: POST and GET /channels -> the places of conversation -> ChannelActivated."""

from typing import Annotated
from uuid import UUID

from annotated_types import MaxLen
from pydantic import AwareDatetime, StringConstraints
from sqlmodel import select

from services.engagement.models import CHANNEL, Channel
from services.engagement.rules import ChannelKind, ChannelState
from shared.contracts.engagement import ChannelActivated
from shared.identity import Actor
from shared.route import Command, Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, scope

router = Router(tags=["channels"])


class OpenChannel(Command):
    """A place of conversation: here (`internal`) or on another platform."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    kind: ChannelKind
    url: Annotated[str, StringConstraints(pattern=r"^https?://", max_length=500)] | None = None
    purpose: Annotated[str, MaxLen(1000)] | None = None


class ChannelView(View):
    id: UUID
    name: str
    kind: ChannelKind
    url: str | None
    purpose: str | None
    state: ChannelState
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


async def open_channel(tx: Tx, _actor: Actor, community_id: UUID, command: OpenChannel) -> Channel:
    channel = Channel(community_id=community_id, **dict(command))
    await tx.insert(channel)
    tx.publish(ChannelActivated(community_id=community_id, channel_id=channel.id, kind=channel.kind))
    tx.audit("channel.open", channel.id)
    return channel


async def channels_of(
    tx: Tx, _actor: Actor, _community_id: UUID, kind: ChannelKind | None, limit: int, cursor: str | None
) -> Page[Channel]:
    statement = select(Channel).where(scope(Channel))
    if kind is not None:
        statement = statement.where(Channel.kind == kind)
    return await tx.page(statement, by=(Channel.created_at, Channel.id), limit=limit, cursor=cursor)


async def channel_of(tx: Tx, _actor: Actor, _community_id: UUID, channel_id: UUID) -> Channel:
    return await tx.one(CHANNEL, {"id": channel_id})


@router.post("/v1/communities/{community_id}/channels", status_code=201, allows="channel.manage")
async def post_channel(community_id: UUID, command: OpenChannel, write: Write) -> ChannelView:
    return await write(open_channel, community_id, command)


@router.get("/v1/communities/{community_id}/channels", allows="channel.read")
async def get_channels(
    community_id: UUID, read: Read, kind: ChannelKind | None = None, limit: Limit = 20, cursor: Cursor = None
) -> Page[ChannelView]:
    return await read(channels_of, community_id, kind, limit, cursor)


@router.get("/v1/communities/{community_id}/channels/{channel_id}", allows="channel.read")
async def get_channel(community_id: UUID, channel_id: UUID, read: Read) -> ChannelView:
    return await read(channel_of, community_id, channel_id)

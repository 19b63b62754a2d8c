"""Lookup: POST /internal/topics/read and /internal/posts/read -> the texts that facts never carry."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from annotated_types import MaxLen

from services.engagement.models import POSTS, TOPICS
from services.engagement.posts import PostView
from services.engagement.rules import BATCH
from services.engagement.topics import TopicView
from shared.identity import Actor
from shared.route import Command, Read, Router, View
from shared.store import Tx

router = Router(tags=["internal"])
CALLERS = {"metrics", "gateway", "moderation", "knowledge"}


class ReadMany(Command):
    community_id: UUID
    ids: Annotated[list[UUID], MaxLen(BATCH)]


class TopicsView(View):
    items: list[TopicView]
    missing: list[UUID]


class PostsView(View):
    items: list[PostView]
    missing: list[UUID]


async def topics_by_id(tx: Tx, _actor: Actor, command: ReadMany) -> dict[str, Any]:
    tx.within(command.community_id)
    return _found(command.ids, await tx.all(TOPICS, {"ids": command.ids}))


async def posts_by_id(tx: Tx, _actor: Actor, command: ReadMany) -> dict[str, Any]:
    tx.within(command.community_id)
    return _found(command.ids, await tx.all(POSTS, {"ids": command.ids}))


def _found(ids: list[UUID], rows: Sequence[Any]) -> dict[str, Any]:
    there = {row.id for row in rows}
    return {"items": rows, "missing": [id_ for id_ in ids if id_ not in there]}


@router.post("/internal/topics/read", callers=CALLERS)
async def read_topics(command: ReadMany, read: Read) -> TopicsView:
    return await read(topics_by_id, command)


@router.post("/internal/posts/read", callers=CALLERS)
async def read_posts(command: ReadMany, read: Read) -> PostsView:
    return await read(posts_by_id, command)

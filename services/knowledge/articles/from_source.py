"""From conversation to knowledge: POST /articles/from-source -> one draft of each -> ArticleDrafted."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import model_validator
from sqlmodel import col, update

from services.knowledge.articles.compose import SKELETON, Material
from services.knowledge.articles.conversations import said_in
from services.knowledge.articles.draft import create
from services.knowledge.articles.rules import ArticleKind
from services.knowledge.articles.sources import (
    Source,
    UnknownSource,
    claim,
    material_of,
    source_of_inquiry,
    source_of_question,
)
from services.knowledge.articles.view import ArticleView, shown_one
from services.knowledge.inputs import Title
from services.knowledge.models import Article, Contributor, Task
from services.knowledge.tasks.rules import TaskKind, TaskState
from shared.identity import Actor
from shared.route import Acting, Command, Read, Router, Write
from shared.store import Tx, constant, scope
from shared.tombstones import erased_among

router = Router(tags=["articles"])


class DraftFromSource(Command):
    """What to make an article of: a topic, an inquiry or a question; without a title it has that one's."""

    topic_id: UUID | None = None
    inquiry_id: UUID | None = None
    question_id: UUID | None = None
    title: Title | None = None
    collection_id: UUID | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "DraftFromSource":
        if [self.topic_id, self.inquiry_id, self.question_id].count(None) != 2:
            raise ValueError("one of topic_id, inquiry_id and question_id")
        return self


async def look(tx: Tx, actor: Actor, _community_id: UUID, command: DraftFromSource) -> Source:
    """Where the words are that the draft is made of."""
    if command.question_id is not None:
        return await source_of_question(tx, actor, command.question_id)
    if command.inquiry_id is not None:
        return await source_of_inquiry(tx, actor, command.inquiry_id)
    return Source(topic_id=command.topic_id)


async def draft_from(
    tx: Tx, actor: Actor, community_id: UUID, command: DraftFromSource, source: Source, said: Material | None
) -> ArticleView:
    """A draft of the conversation, by whoever has it made; those whose words it uses contribute."""
    refs = source.refs()
    await claim(tx, community_id, refs)
    if source.question_id is not None:
        said = await material_of(tx, actor, source.question_id)
    made_of = said or Material(title="The answer to an inquiry", body=SKELETON)
    article = await create(
        tx,
        community_id=community_id,
        actor=actor,
        title=command.title or made_of.title,
        body=made_of.body,
        kind=ArticleKind.FAQ,
        tags=made_of.tags,
        language=made_of.language,
        collection_id=command.collection_id,
        provenance=[(kind, str(ref)) for kind, ref in refs],
    )
    await _credit(tx, article, made_of.authors)
    if source.inquiry_id is not None:
        await tx.execute(DONE, {"inquiry_id": source.inquiry_id, "now": tx.now})
    return await shown_one(tx, actor, article)


async def _credit(tx: Tx, article: Article, authors: Sequence[UUID]) -> None:
    """They contributed to it, without having written a revision."""
    gone = await erased_among(tx, authors)
    of = {"article_id": article.id, "community_id": article.community_id, "revisions": 0}
    rows: list[dict[str, Any]] = [
        of | {"member_id": each, "first_at": tx.now, "last_at": tx.now}
        for each in authors
        if each not in gone
    ]
    await tx.execute(tx.upsert(Contributor).on_conflict_do_nothing(), rows)


_MOMENT = Task.__table__.c.closed_at.type  # type: ignore[attr-defined]
DONE = constant(
    update(Task)
    .where(
        scope(Task),
        col(Task.kind) == TaskKind.DRAFT,
        col(Task.cause_id) == sa.bindparam("inquiry_id"),
        col(Task.state) == TaskState.OPEN,
    )
    .values(
        state=TaskState.DONE,
        closed_at=sa.bindparam("now", type_=_MOMENT),
        updated_at=sa.bindparam("now", type_=_MOMENT),
    )
)


@router.post("/v1/communities/{community_id}/articles/from-source", status_code=201, allows="article.write")
async def post_article_from_source(
    community_id: UUID, command: DraftFromSource, acting: Acting, read: Read, write: Write
) -> ArticleView:
    source = await read(look, community_id, command)
    said = None
    if source.topic_id is not None:
        said = await said_in(acting, community_id, source.topic_id)
        if said is None:
            source = Source(inquiry_id=source.inquiry_id)
        if not source.refs():
            raise UnknownSource
    return await write(draft_from, community_id, command, source, said)

"""Who may do what with an article: readers of what is released, those who work at it, those who decide."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.models import THE_ARTICLE, Article, Revision
from services.knowledge.articles.rules import READABLE, ArticleState
from services.knowledge.articles.seen import acting_member, worked_at
from services.knowledge.collections.access import curates
from services.knowledge.collections.models import THE_COLLECTION
from services.knowledge.people.readers import reader_of
from services.knowledge.rules import Visibility
from shared.identity import Actor
from shared.problems import Forbidden, NotFound
from shared.store import Tx, constant, scope

__all__ = [
    "acting_member",
    "manages",
    "may_edit",
    "may_read",
    "require_editing",
    "require_managing",
    "require_visible",
    "visible_article",
    "works_at",
]


async def visible_article(tx: Tx, actor: Actor, article_id: UUID) -> Article:
    """The article; missing for whoever may neither read what is released of it nor works at it."""
    article = await tx.one(THE_ARTICLE, {"article_id": article_id})
    await require_visible(tx, actor, article)
    return article


async def require_visible(tx: Tx, actor: Actor, article: Article) -> None:
    """Raise `NotFound` unless the caller may know of the article; of a hidden one the team alone does."""
    if article.state is ArticleState.HIDDEN and not (await reader_of(tx, actor)).is_team:
        raise NotFound
    if not await may_read(tx, actor, article) and not await works_at(tx, actor, article):
        raise NotFound


async def may_read(tx: Tx, actor: Actor, article: Article) -> bool:
    """Whether what is released can be read, and by the caller; what moderation hid, by the team."""
    reader = await reader_of(tx, actor)
    if article.state is ArticleState.HIDDEN:
        return reader.is_team and article.released_revision is not None
    if article.state not in READABLE:
        return False
    visibility = Visibility.MEMBERS
    if article.collection_id is not None:
        collection = await tx.one(THE_COLLECTION, {"collection_id": article.collection_id})
        visibility = collection.visibility
        if not reader.may_read(visibility, collection.requires):
            return False
    return reader.may_read(visibility, article.requires)


async def manages(tx: Tx, actor: Actor, article: Article) -> bool:
    """Whether the caller decides about the article: editors do, and curators of its collection."""
    return await curates(tx, actor, article.collection_id)


async def may_edit(tx: Tx, actor: Actor, article: Article) -> bool:
    """Whether the caller may write the next release: its owner may, the key that drafted it, and those who
    decide about it."""
    member_id = acting_member(actor)
    if member_id is not None and member_id == article.owner_id:
        return True
    if await manages(tx, actor, article):
        return True
    if actor.kind != "key":
        return False
    return await tx.first(WROTE, {"article_id": article.id, "key_id": actor.id}) is not None


async def require_editing(tx: Tx, actor: Actor, article: Article) -> None:
    """Raise unless the caller may edit: `NotFound` where they may not know of it."""
    if not await may_edit(tx, actor, article):
        await require_visible(tx, actor, article)
        raise Forbidden


async def require_managing(tx: Tx, actor: Actor, article: Article) -> None:
    """Raise unless the caller decides about the article: `NotFound` where they may not know of it."""
    if not await manages(tx, actor, article):
        await require_visible(tx, actor, article)
        raise Forbidden


async def works_at(tx: Tx, actor: Actor, article: Article) -> bool:
    """Whether the caller may read its draft: owner, contributors, reviewers, curators, editors."""
    return article.id in await worked_at(tx, actor, [article.id])


WROTE = constant(
    select(Revision)
    .where(
        scope(Revision),
        col(Revision.article_id) == sa.bindparam("article_id"),
        col(Revision.written_by) == sa.bindparam("key_id"),
    )
    .limit(1)
)

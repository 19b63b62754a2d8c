"""Hand over what has no version: collections looked after, revisions written, entitlements held."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.knowledge.models import Article, Collection, Contributor, Curator, Entitlement, Revision
from shared.contracts.knowledge import CollectionChanged
from shared.store import Tx, constant, scope

AT_ONCE = 20
"""Rows handed over in one write."""


async def give_collections(tx: Tx, ids: Sequence[UUID], giver: UUID, taker: UUID) -> None:
    """The taker looks after them in place of the giver."""
    for id_ in sorted(ids):
        collection = await tx.lock(Collection, id_, facts=0)
        if not await tx.execute(CURATES_NO_MORE, {"collection_id": id_, "member_id": giver}):
            continue
        row = {"collection_id": id_, "member_id": taker, "community_id": collection.community_id}
        await tx.execute(tx.upsert(Curator).on_conflict_do_nothing(), row)
        await tx.lock(Collection, id_)
        tx.publish(CollectionChanged(community_id=collection.community_id, collection_id=id_))


async def give_revisions(tx: Tx, ids: Sequence[UUID], giver: UUID, taker: UUID) -> None:
    """The taker wrote them; who contributed how much is counted anew, while the articles are held."""
    held = await tx.all(HOLD_ARTICLES_OF, {"ids": list(ids)})
    await tx.execute(GIVE_REVISIONS, {"ids": list(ids), "member_id": giver, "taker": taker})
    both = {"articles": [each.id for each in held], "members": [giver, taker]}
    rows: list[dict[str, Any]] = [row._asdict() for row in await tx.all(CONTRIBUTED, both)]
    await tx.execute(UNCOUNT, both)
    if rows:
        await tx.insert([Contributor(**row, community_id=held[0].community_id) for row in rows])


async def give_entitlements(tx: Tx, ids: Sequence[UUID], giver: UUID, taker: UUID) -> None:
    """The taker may read what the giver might."""
    await tx.execute(GIVE_ENTITLEMENTS, {"ids": list(ids), "member_id": giver, "taker": taker})


_ID = Article.__table__.c.id.type  # type: ignore[attr-defined]
_MEMBER: Any = sa.bindparam("member_id", type_=_ID)
_TAKER: Any = sa.bindparam("taker", type_=_ID)
_IDS: Any = sa.bindparam("ids", type_=_ID, expanding=True)
_other: Any = aliased(Curator)
_CURATED_BY_OTHER = (
    sa.exists()
    .where(
        scope(Curator),
        _other.community_id == col(Curator.community_id),
        _other.collection_id == col(Curator.collection_id),
        _other.member_id == sa.bindparam("other_id", type_=_ID),
    )
    .correlate(Curator)
)
CURATED_ALONE: Any = constant(
    sa.select(col(Curator.collection_id).label("row_id"))
    .where(scope(Curator), col(Curator.member_id) == _MEMBER, ~_CURATED_BY_OTHER)
    .order_by(col(Curator.collection_id))
    .limit(AT_ONCE)
)
"""Collections the member looks after and the other one does not."""
CURATES_NO_MORE = constant(
    sa.delete(Curator).where(
        scope(Curator),
        col(Curator.collection_id) == sa.bindparam("collection_id", type_=_ID),
        col(Curator.member_id) == _MEMBER,
    )
)
_WRITTEN = (scope(Revision), col(Revision.id).in_(_IDS))
HOLD_ARTICLES_OF = constant(
    select(Article)
    .where(scope(Article), col(Article.id).in_(sa.select(col(Revision.article_id)).where(*_WRITTEN)))
    .order_by(col(Article.id))
    .with_for_update(key_share=True)
)
GIVE_REVISIONS = constant(
    sa.update(Revision).where(*_WRITTEN, col(Revision.author_id) == _MEMBER).values(author_id=_TAKER)
)
_ARTICLES: Any = sa.bindparam("articles", type_=_ID, expanding=True)
_MEMBERS: Any = sa.bindparam("members", type_=_ID, expanding=True)
CONTRIBUTED: Any = constant(
    sa.select(
        col(Revision.article_id),
        col(Revision.author_id).label("member_id"),
        sa.func.count().label("revisions"),
        sa.func.min(col(Revision.created_at)).label("first_at"),
        sa.func.max(col(Revision.created_at)).label("last_at"),
    )
    .where(scope(Revision), col(Revision.article_id).in_(_ARTICLES), col(Revision.author_id).in_(_MEMBERS))
    .group_by(col(Revision.article_id), col(Revision.author_id))
)
UNCOUNT = constant(
    sa.delete(Contributor).where(
        scope(Contributor),
        col(Contributor.article_id).in_(_ARTICLES),
        col(Contributor.member_id).in_(_MEMBERS),
    )
)
GIVE_ENTITLEMENTS = constant(
    sa.update(Entitlement)
    .where(
        scope(Entitlement), col(Entitlement.entitlement_id).in_(_IDS), col(Entitlement.member_id) == _MEMBER
    )
    .values(member_id=_TAKER)
)

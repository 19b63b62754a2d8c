"""Take what members looked after from them, some in each write."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.rules import ArticleState
from services.knowledge.calls.rules import CallState
from services.knowledge.models import Article, Collection, ContributionCall, Curator, Task
from services.knowledge.tasks.open import open_task
from services.knowledge.tasks.rules import TaskKind
from shared.contracts.knowledge import CallReleased, CollectionChanged
from shared.store import Tx, constant, scope

AT_ONCE = 20
"""Collections, calls or articles seen to in one write."""


async def leave_collections(tx: Tx, members: list[UUID]) -> int:
    """Others look after some of the collections of these members."""
    rows = await tx.all(CURATED, {"members": members})
    for row in rows:
        await tx.lock(Collection, row.collection_id, facts=0)
        given = {"collection_id": row.collection_id, "members": members}
        if await tx.execute(CURATES_NO_MORE, given):
            await tx.lock(Collection, row.collection_id)
            tx.publish(CollectionChanged(community_id=row.community_id, collection_id=row.collection_id))
    return len(rows)


async def release_calls(tx: Tx, members: list[UUID]) -> int:
    """Some of the calls these members claimed are open to others again."""
    rows = await tx.all(CLAIMED, {"members": members})
    for row in rows:
        call = await tx.lock(ContributionCall, row.id, facts=0)
        if call.state is CallState.CLAIMED and call.claimed_by in members:
            back = {"state": CallState.OPEN, "claimed_by": None, "claimed_at": None}
            await tx.lock(ContributionCall, row.id, **back)  # type: ignore[arg-type]  # columns of a call
            tx.publish(CallReleased(community_id=call.community_id, call_id=call.id))
    return len(rows)


async def ask_for_owners(tx: Tx, members: list[UUID]) -> int:
    """Ask for another owner of some of their articles."""
    (member_id,) = members
    rows = await tx.all(UNASKED, {"member_id": member_id})
    for row in rows:
        await open_task(tx, TaskKind.REASSIGN, cause_id=member_id, article_id=row.id)
    return len(rows)


_ID = Article.__table__.c.id.type  # type: ignore[attr-defined]
_MEMBERS = sa.bindparam("members", type_=_ID, expanding=True)
_MEMBER = sa.bindparam("member_id", type_=_ID)
CURATED = constant(
    select(Curator)
    .where(scope(Curator), col(Curator.member_id).in_(_MEMBERS))
    .order_by(col(Curator.collection_id))
    .limit(AT_ONCE)
)
CURATES_NO_MORE = constant(
    sa.delete(Curator).where(
        scope(Curator),
        col(Curator.collection_id) == sa.bindparam("collection_id"),
        col(Curator.member_id).in_(_MEMBERS),
    )
)
CLAIMED = constant(
    sa.select(col(ContributionCall.id))
    .where(
        scope(ContributionCall),
        col(ContributionCall.claimed_by).in_(_MEMBERS),
        col(ContributionCall.state) == CallState.CLAIMED,
    )
    .order_by(col(ContributionCall.id))
    .limit(AT_ONCE)
)
_ASKED = sa.exists().where(
    scope(Task),
    col(Task.article_id) == col(Article.id),
    col(Task.kind) == TaskKind.REASSIGN,
    col(Task.cause_id) == _MEMBER,
)
UNASKED = constant(
    sa.select(col(Article.id))
    .where(
        scope(Article),
        col(Article.owner_id) == _MEMBER,
        col(Article.state) != ArticleState.ARCHIVED,
        ~_ASKED,
    )
    .order_by(col(Article.id))
    .limit(AT_ONCE)
)

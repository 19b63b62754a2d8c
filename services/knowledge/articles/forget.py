"""What becomes of somebody's articles when they are erased: what they say stays, as nobody's."""

from collections import Counter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, delete, select, update

from services.knowledge.articles.models import (
    HOLD_ARTICLE,
    Article,
    Contributor,
    Rating,
    Revision,
)
from services.knowledge.articles.rules import ArticleState
from services.knowledge.tasks.open import open_task
from services.knowledge.tasks.rules import TaskKind
from services.knowledge.traces import IDS, MEMBERS, theirs
from shared.contracts.knowledge import ArticleAuthorForgotten
from shared.data_subjects import DataSubject, parameters_of
from shared.store import Tx, constant, scope

ARTICLES_AT_ONCE = 20
RATINGS_AT_ONCE = 50


async def forget_authors(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Some of the articles they own or wrote at become nobody's; those without an owner wait for one."""
    given = parameters_of(subject)
    counts: Counter[str] = Counter()
    without_owner: list[UUID] = []
    for row in await tx.all(THEIR_ARTICLES, given):
        owned = (await tx.one(HOLD_ARTICLE, {"article_id": row.id})).owner_id in subject.member_ids
        changes: dict[str, Any] = {"owner_id": None} if owned else {}
        article = await tx.lock(Article, row.id, **changes)
        this = given | {"article_id": row.id}
        counts["article"] += owned
        counts["revision"] += await tx.execute(FORGET_REVISIONS, this)
        counts["contributor"] += await tx.execute(FORGET_CONTRIBUTOR, this)
        tx.publish(ArticleAuthorForgotten(community_id=article.community_id, article_id=article.id))
        if owned and article.state is not ArticleState.ARCHIVED:
            without_owner.append(article.id)
    for id_ in without_owner:
        await open_task(tx, TaskKind.REASSIGN, cause_id=id_, article_id=id_)
    return dict(+counts)


async def forget_ratings(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """The rows go, and the articles count without them."""
    given = parameters_of(subject)
    some = await tx.all(RATED, given)
    if not some:
        return {}
    held = [
        await tx.one(HOLD_ARTICLE, {"article_id": each}) for each in sorted({row.article_id for row in some})
    ]
    # Read again under their locks: a word that was under way has been counted by now.
    among = given | {"ids": [each.id for each in held]}
    rows: list[Rating] = await tx.all(RATED_AMONG, among)
    taken = Counter((row.article_id, row.helpful) for row in rows)
    for article in held:
        yes, no = taken[article.id, True], taken[article.id, False]
        left = {"helpful_yes": article.helpful_yes - yes, "helpful_no": article.helpful_no - no}
        await tx.update(Article, article.id, **left)
    return {"rating": await tx.execute(FORGET_RATINGS, among)}


THEIR_ARTICLES = constant(
    sa.select(col(Article.id))
    .where(
        scope(Article),
        sa.or_(
            col(Article.owner_id).in_(MEMBERS),
            col(Article.id).in_(
                sa.select(col(Revision.article_id)).where(*theirs(Revision, Revision.author_id))
            ),
            col(Article.id).in_(
                sa.select(col(Contributor.article_id)).where(*theirs(Contributor, Contributor.member_id))
            ),
        ),
    )
    .order_by(col(Article.id))
    .limit(ARTICLES_AT_ONCE)
)
_THIS_ARTICLE: Any = sa.bindparam("article_id")
FORGET_REVISIONS = constant(
    update(Revision)
    .where(*theirs(Revision, Revision.author_id), col(Revision.article_id) == _THIS_ARTICLE)
    .values(author_id=None, summary=None)
)
FORGET_CONTRIBUTOR = constant(
    delete(Contributor).where(
        *theirs(Contributor, Contributor.member_id), col(Contributor.article_id) == _THIS_ARTICLE
    )
)
_RATED = theirs(Rating, Rating.member_id)
RATED = constant(select(Rating).where(*_RATED).order_by(col(Rating.article_id)).limit(RATINGS_AT_ONCE))
_RATED_AMONG = (*_RATED, col(Rating.article_id).in_(IDS))
RATED_AMONG = constant(select(Rating).where(*_RATED_AMONG))
FORGET_RATINGS = constant(delete(Rating).where(*_RATED_AMONG))

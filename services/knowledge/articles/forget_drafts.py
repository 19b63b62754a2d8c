"""Remove drafts nothing was ever released of, by nobody but whoever is erased."""

from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, delete, update

from services.knowledge.articles.models import (
    Article,
    Contributor,
    Deflection,
    Provenance,
    Rating,
    Revision,
    Slug,
)
from services.knowledge.models import ContributionCall, Review, Reviewer, ReviewVerdict, Task, Verification
from services.knowledge.traces import IDS, MEMBERS, theirs
from shared.contracts.knowledge import ArticleArchived
from shared.data_subjects import DataSubject, parameters_of
from shared.store import Tx, constant, scope

DRAFTS_AT_ONCE = 5


async def forget_drafts(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Remove some of the drafts that are theirs alone, with all that belongs to them."""
    given = parameters_of(subject)
    drafts = await tx.all(THEIR_DRAFTS, given)
    if not drafts:
        return {}
    # Looked at again once held: somebody may have written on meanwhile.
    for row in drafts:
        await tx.lock(Article, row.id, facts=0)
    ids = [row.id for row in await tx.all(THEIR_DRAFTS, given)]
    for id_ in ids:
        article = await tx.lock(Article, id_)
        tx.publish(ArticleArchived(community_id=article.community_id, article_id=id_))
    counts: Counter[str] = Counter()
    for table, statement in WITH_THE_DRAFT:
        counts[table] += await tx.execute(statement, {"ids": ids})
    return dict(+counts)


def _of_draft(model: type[Any], column: Any) -> tuple[str, Any]:
    return str(model.__tablename__), constant(delete(model).where(scope(model), col(column).in_(IDS)))


_REVIEWS = sa.select(col(Review.id)).where(scope(Review), col(Review.article_id).in_(IDS))
WITH_THE_DRAFT: tuple[tuple[str, Any], ...] = (
    (
        "reviewer",
        constant(delete(Reviewer).where(scope(Reviewer), col(Reviewer.review_id).in_(_REVIEWS))),
    ),
    (
        "review_verdict",
        constant(
            delete(ReviewVerdict).where(scope(ReviewVerdict), col(ReviewVerdict.review_id).in_(_REVIEWS))
        ),
    ),
    _of_draft(Review, Review.article_id),
    _of_draft(Verification, Verification.article_id),
    _of_draft(Rating, Rating.article_id),
    _of_draft(Deflection, Deflection.article_id),
    _of_draft(Task, Task.article_id),
    _of_draft(Provenance, Provenance.article_id),
    _of_draft(Slug, Slug.article_id),
    _of_draft(Contributor, Contributor.article_id),
    _of_draft(Revision, Revision.article_id),
    (
        "contribution_call",
        constant(
            update(ContributionCall)
            .where(scope(ContributionCall), col(ContributionCall.article_id).in_(IDS))
            .values(article_id=None)
        ),
    ),
    _of_draft(Article, Article.id),
)
"""In this order: what refers to others goes before them."""

_OF_THIS = (scope(Revision), col(Revision.article_id) == col(Article.id))
_BY_OTHERS = (
    sa.exists()
    .where(*_OF_THIS, sa.or_(col(Revision.author_id).is_(None), col(Revision.author_id).not_in(MEMBERS)))
    .correlate(Article)
)
THEIR_DRAFTS = constant(
    sa.select(col(Article.id))
    .where(
        scope(Article),
        col(Article.released_revision).is_(None),
        col(Article.id).in_(sa.select(col(Revision.article_id)).where(*theirs(Revision, Revision.author_id))),
        sa.or_(col(Article.owner_id).is_(None), col(Article.owner_id).in_(MEMBERS)),
        ~_BY_OTHERS,
    )
    .order_by(col(Article.id))
    .limit(DRAFTS_AT_ONCE)
)

"""Contributors: GET /contributors -> what each member wrote, reviewed and answered, most first."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.knowledge.articles.models import Article, Contributor
from services.knowledge.articles.rules import READABLE
from services.knowledge.questions.models import Answer
from services.knowledge.questions.rules import AnswerState
from services.knowledge.reviews.models import ReviewVerdict
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["contributors"])

READ_ANSWERS = (AnswerState.POSTED, AnswerState.ACCEPTED, AnswerState.OUTDATED)


class ContributorView(View):
    """What a member gave: `articles` that can be read and their `revisions`, `reviews` (verdicts), `answers`,
    of which so many were accepted; `total` is revisions, reviews and answers together."""

    member_id: UUID
    articles: int
    revisions: int
    reviews: int
    answers: int
    accepted_answers: int
    total: int


async def contributors_of(
    tx: Tx, _actor: Actor, _community_id: UUID, limit: int, cursor: str | None
) -> Page[ContributorView]:
    """Those who gave most come first."""
    by = (_GIVEN.c.total, _GIVEN.c.member_id)
    page = await tx.page(GIVEN, by=by, limit=limit, cursor=cursor, descending=True)
    items = [ContributorView.model_validate(row) for row in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


def _count(name: str) -> Any:
    """A whole number on both databases, where sums of PostgreSQL are decimal ones."""
    return sa.cast(sa.func.sum(_EACH.c[name]), sa.BigInteger())


_NONE: Any = sa.literal_column("0")
_ONE: Any = sa.literal_column("1")
_WROTE = (
    sa.select(
        col(Contributor.member_id).label("member_id"),
        _ONE.label("articles"),
        col(Contributor.revisions).label("revisions"),
        _NONE.label("reviews"),
        _NONE.label("answers"),
        _NONE.label("accepted_answers"),
    )
    .join(Article, col(Article.id) == col(Contributor.article_id))
    .where(scope(Contributor), scope(Article), col(Article.state).in_(sorted(READABLE)))
)
_REVIEWED = sa.select(col(ReviewVerdict.member_id), _NONE, _NONE, _ONE, _NONE, _NONE).where(
    scope(ReviewVerdict), col(ReviewVerdict.member_id).is_not(None)
)
_ANSWERED = sa.select(
    col(Answer.author_id),
    _NONE,
    _NONE,
    _NONE,
    _ONE,
    sa.case((col(Answer.state) == AnswerState.ACCEPTED, _ONE), else_=_NONE),
).where(scope(Answer), col(Answer.author_id).is_not(None), col(Answer.state).in_(READ_ANSWERS))
_EACH = sa.union_all(_WROTE, _REVIEWED, _ANSWERED).subquery()
_COUNTS = {
    name: _count(name) for name in ContributorView.model_fields if name in _EACH.c and name != "member_id"
}
_TOTAL = _COUNTS["revisions"] + _COUNTS["reviews"] + _COUNTS["answers"]
_GIVEN = (
    sa.select(
        _EACH.c.member_id,
        *(count.label(name) for name, count in _COUNTS.items()),
        _TOTAL.label("total"),
    )
    .group_by(_EACH.c.member_id)
    .subquery()
)
GIVEN: Any = constant(sa.select(_GIVEN))


@router.get("/v1/communities/{community_id}/contributors", allows="contributor.read")
async def get_contributors(
    community_id: UUID, read: Read, limit: Limit = 20, cursor: Cursor = None
) -> Page[ContributorView]:
    return await read(contributors_of, community_id, limit, cursor, long=True)

"""Say whether it helped: POST /articles/{id}/helpful -> the last word of each member -> ArticleRated."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.access import acting_member, may_read, require_visible
from services.knowledge.articles.find import ArticleView, shown_one
from services.knowledge.articles.models import HOLD_ARTICLE, Article, Rating
from services.knowledge.articles.rules import READABLE
from shared.contracts.knowledge import ArticleRated
from shared.identity import Actor
from shared.ids import derived_id
from shared.problems import Conflict, Forbidden
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["articles"])


class RateArticle(Command):
    """Whether it helped the caller."""

    helpful: bool


class MembersOnly(Forbidden):
    """A key was helped by nothing."""

    title = "Only members of the community can do this"


class NothingToRead(Conflict):
    title = "Nothing can be read of the article"


async def rate(
    tx: Tx, actor: Actor, community_id: UUID, article_id: UUID, command: RateArticle
) -> ArticleView:
    """Count the caller's word in place of what they said before; no part of the article's version."""
    article = await tx.one(HOLD_ARTICLE, {"article_id": article_id})
    await require_visible(tx, actor, article)
    if article.state not in READABLE or not await may_read(tx, actor, article):
        raise NothingToRead
    member_id = acting_member(actor)
    if member_id is None:
        raise MembersOnly
    await refuse_erased(tx, member_id)
    rating_id = derived_id(article_id, str(member_id))
    before = await tx.first(THE_RATING, {"rating_id": rating_id})
    if before is None or before.helpful is not command.helpful:
        await _put(tx, article, rating_id, member_id, command.helpful, again=before is not None)
        yes = (1 if command.helpful else 0) - (1 if before is not None and before.helpful else 0)
        no = (0 if command.helpful else 1) - (0 if before is None or before.helpful else 1)
        counts = {"helpful_yes": article.helpful_yes + yes, "helpful_no": article.helpful_no + no}
        article = await tx.update(Article, article_id, **counts)
        tx.publish(
            ArticleRated(
                community_id=community_id,
                rating_id=rating_id,
                article_id=article_id,
                member_id=member_id,
                helpful=command.helpful,
            )
        )
    return await shown_one(tx, actor, article)


async def _put(
    tx: Tx, article: Article, rating_id: UUID, member_id: UUID, helpful: bool, *, again: bool
) -> None:
    if again:
        await tx.lock(Rating, rating_id, helpful=helpful)
        return
    row = Rating(
        id=rating_id,
        community_id=article.community_id,
        article_id=article.id,
        member_id=member_id,
        helpful=helpful,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(row)


THE_RATING = constant(select(Rating).where(scope(Rating), col(Rating.id) == sa.bindparam("rating_id")))


@router.post("/v1/communities/{community_id}/articles/{article_id}/helpful", allows="article.rate")
async def post_article_helpful(
    community_id: UUID, article_id: UUID, command: RateArticle, write: Write
) -> ArticleView:
    return await write(rate, community_id, article_id, command)

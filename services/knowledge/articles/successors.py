"""What to follow in place of what: chains of successors that never lead back."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.articles.access import may_read
from services.knowledge.articles.models import THE_ARTICLE, Article
from services.knowledge.articles.rules import READABLE
from shared.identity import Actor
from shared.problems import Conflict, NotFound, Unprocessable
from shared.store import Tx, constant, scope

MOST_SUCCESSORS = 50


class UnknownReplacement(Unprocessable):
    title = "Nobody can read such an article here"


class CyclicReplacement(Conflict):
    """Whoever followed the successors would come back to the article."""

    title = "The replacement leads back to this article"


class TooManySuccessors(Conflict):
    title = "The replacement has too many successors"


class SuccessorsChanged(Conflict):
    """Somebody deprecated one of the successors at this moment; the same request may succeed now."""

    title = "The replacement's successors changed meanwhile"


async def hold_with(tx: Tx, article_id: UUID, replacement_id: UUID | None) -> tuple[Article, set[UUID]]:
    """The article, and the ids of all that is held: it, the replacement and whatever follows on that."""
    line = await line_of(tx, replacement_id)
    rows = await tx.all(HOLD, {"ids": sorted({article_id, *line})})
    held = {row.id: row for row in rows}
    if article_id not in held:
        raise NotFound
    return held[article_id], set(held)


async def require_replacement(
    tx: Tx, actor: Actor, article_id: UUID, replacement_id: UUID, held: Collection[UUID]
) -> None:
    """Raise unless the replacement can be read and its successors, all of them held, do not lead back.

    Who holds the last of a line holds its end: nobody can lengthen it before this transaction is over.
    """
    replacement = await tx.first(THE_ARTICLE, {"article_id": replacement_id})
    if replacement is None:
        raise UnknownReplacement
    line = await line_of(tx, replacement_id)
    if article_id in line:
        raise CyclicReplacement
    if replacement.state not in READABLE or not await may_read(tx, actor, replacement):
        raise UnknownReplacement
    if not set(line) <= set(held):
        raise SuccessorsChanged


async def line_of(tx: Tx, article_id: UUID | None) -> list[UUID]:
    """The article and its successors, in that order, as far as the first that comes again."""
    line: list[UUID] = []
    while article_id is not None and article_id not in line:
        if len(line) == MOST_SUCCESSORS:
            raise TooManySuccessors
        line.append(article_id)
        row = await tx.first(THE_ARTICLE, {"article_id": article_id})
        article_id = row.replacement_id if row is not None else None
    return line


HOLD = constant(
    select(Article)
    .where(scope(Article), col(Article.id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(Article.id))
    .with_for_update(key_share=True)
)

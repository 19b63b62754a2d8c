"""Which articles somebody may know of: released ones for readers, drafts for those who work at them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, or_

from services.knowledge.articles.models import Article, Contributor, Revision
from services.knowledge.articles.rules import READABLE, ArticleState
from services.knowledge.collections.models import Collection, Curator
from services.knowledge.people.readers import Reader, is_editor, member_of
from services.knowledge.reviews.models import Review, Reviewer
from services.knowledge.rules import LEVEL_OF, Visibility
from shared.identity import Actor
from shared.store import Tx, constant, scope


def acting_member(actor: Actor) -> UUID | None:
    """The member who acts; None for keys, and for those who are no member any more."""
    return member_of(actor) if actor.roles else None


async def worked_at(tx: Tx, actor: Actor, article_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the articles the caller works at."""
    ids = list(article_ids)
    if is_editor(actor) or not ids:
        return set(ids)
    member_id = acting_member(actor)
    if member_id is not None:
        rows = await tx.all(MINE_AMONG, {"ids": ids, "me": member_id})
    elif actor.kind == "key":
        rows = await tx.all(OF_KEY_AMONG, {"ids": ids, "key_id": actor.id})
    else:
        return set()
    return {row.id for row in rows}


def seen_by(actor: Actor, reader: Reader) -> tuple[Any, dict[str, Any]]:
    """The condition for the articles the caller may know of, and its parameters."""
    if is_editor(actor):
        return sa.true(), {}
    member_id = acting_member(actor)
    readable: Any = col(Article.state).in_(sorted(READABLE))
    hidden: Any = col(Article.state) == ArticleState.HIDDEN
    given: dict[str, Any] = {}
    if reader.is_team:
        readable = or_(readable, sa.and_(hidden, col(Article.released_revision).is_not(None)))
    else:
        readable = sa.and_(readable, _held(Article.requires), _collection_is_open(reader))
        given["held"] = sorted(reader.held)
    if member_id is not None:
        own, given = _mine(), given | {"me": member_id}
    elif actor.kind == "key":
        own, given = _of_key(), given | {"key_id": actor.id}
    else:
        return readable, given
    return or_(readable, own if reader.is_team else sa.and_(own, ~hidden)), given


def _held(requires: Any) -> Any:
    return or_(col(requires).is_(None), col(requires).in_(sa.bindparam("held", expanding=True)))


def _collection_is_open(reader: Reader) -> Any:
    seen = [each for each in Visibility if LEVEL_OF[each] <= reader.level]
    opened = sa.select(col(Collection.id)).where(
        scope(Collection), col(Collection.visibility).in_(seen), _held(Collection.requires)
    )
    within: Any = col(Article.collection_id).in_(opened)
    return or_(col(Article.collection_id).is_(None), within) if Visibility.MEMBERS in seen else within


def _mine() -> Any:
    """Articles `me` owns, wrote at, reviews before their next release, or curates."""
    me: Any = sa.bindparam("me")
    wrote = sa.select(col(Contributor.article_id)).where(
        scope(Contributor), col(Contributor.member_id) == me, col(Contributor.revisions) > 0
    )
    reviews = (
        sa.select(col(Review.article_id))
        .join(Reviewer, col(Reviewer.review_id) == col(Review.id))
        .where(
            scope(Review),
            scope(Reviewer),
            col(Reviewer.member_id) == me,
            col(Review.revision) > sa.func.coalesce(col(Article.released_revision), 0),
        )
    )
    curated = sa.select(col(Curator.collection_id)).where(scope(Curator), col(Curator.member_id) == me)
    return or_(
        col(Article.owner_id) == me,
        col(Article.id).in_(wrote),
        col(Article.id).in_(reviews),
        col(Article.collection_id).in_(curated),
    )


def _of_key() -> Any:
    """Articles the API key wrote a revision of."""
    return (
        sa.exists()
        .where(
            scope(Revision),
            col(Revision.article_id) == col(Article.id),
            col(Revision.written_by) == sa.bindparam("key_id"),
        )
        .correlate(Article)
    )


_AMONG = sa.select(col(Article.id)).where(
    scope(Article), col(Article.id).in_(sa.bindparam("ids", expanding=True))
)
MINE_AMONG = constant(_AMONG.where(_mine()))
OF_KEY_AMONG = constant(_AMONG.where(_of_key()))

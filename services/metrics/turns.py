"""Keep the turns in the lives of articles, questions and inquiries, each once, and what they come to."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from services.metrics.lives import Life, Taken, Turn, outcomes, spans
from services.metrics.log import chunks
from services.metrics.models import ArticleSpan, LifeTurn, QuestionOutcome, table
from shared.contracts.knowledge import (
    ArticleArchived,
    ArticleBecameStale,
    ArticleDeprecated,
    ArticleHidden,
    ArticlePublished,
    ArticleRestored,
    ArticleVerified,
    InquiryDeflected,
    QuestionAccepted,
    QuestionAsked,
    QuestionClosed,
    QuestionHidden,
    QuestionOutdated,
    QuestionReopened,
    QuestionRestored,
)
from shared.facts import Fact
from shared.store import Tx, constant, scope

_ARTICLES: dict[type[Fact], Turn] = {
    ArticlePublished: Turn.PUBLISHED,
    ArticleVerified: Turn.VERIFIED,
    ArticleBecameStale: Turn.STALE,
    ArticleDeprecated: Turn.DEPRECATED,
    ArticleArchived: Turn.ARCHIVED,
    ArticleHidden: Turn.HIDDEN,
    ArticleRestored: Turn.RESTORED,
}
_QUESTIONS: dict[type[Fact], Turn] = {
    QuestionAsked: Turn.ASKED,
    QuestionAccepted: Turn.ACCEPTED,
    QuestionOutdated: Turn.OUTDATED,
    QuestionReopened: Turn.REOPENED,
    QuestionClosed: Turn.CLOSED,
    QuestionHidden: Turn.HIDDEN,
    QuestionRestored: Turn.RESTORED,
}
TURNS: tuple[type[Fact], ...] = (*_ARTICLES, *_QUESTIONS, InquiryDeflected)
"""The facts that tell of a turn."""


async def keep(tx: Tx, facts: Sequence[Fact]) -> None:
    """Keep what these facts tell of lives, and fold each of them anew: the order they come in is nothing."""
    rows = [row for fact in facts for row in _turns(fact)]
    if not rows:
        return
    await tx.execute(tx.upsert(LifeTurn).on_conflict_do_nothing(), rows)
    for life in _FOLDED:
        for ids in chunks({row["life_id"] for row in rows if row["life"] is life}):
            await _fold(tx, life, ids)


async def _fold(tx: Tx, life: Life, ids: list[UUID]) -> None:
    """Put what these lives come to in the place of what they came to."""
    rows: list[Any] = await tx.all(_LIVES, {"_life": life, "_ids": ids})
    folded: list[dict[str, Any]] = []
    _, key, fold = _FOLDED[life]
    for life_id, turns in groupby(rows, attrgetter("life_id")):
        own = {"community_id": tx.community_id, key: life_id}
        folded += [own | one._asdict() for one in fold(turns)]
    await tx.execute(_FORGET[life], {"_ids": ids})
    await tx.execute(_PUT[life], folded)


def _turns(fact: Fact) -> Iterator[dict[str, Any]]:
    if turn := _ARTICLES.get(type(fact)):
        yield _row(fact, Life.ARTICLE, fact.aggregate_id, turn)
    elif turn := _QUESTIONS.get(type(fact)):
        yield _row(fact, Life.QUESTION, fact.aggregate_id, turn)
    match fact:
        case QuestionAsked(inquiry_id=UUID() as inquiry):
            yield _row(fact, Life.INQUIRY, inquiry, Turn.ASKED)
        case InquiryDeflected(inquiry_id=inquiry):
            yield _row(fact, Life.INQUIRY, inquiry, Turn.DEFLECTED)


def _row(fact: Fact, life: Life, life_id: UUID, turn: Turn) -> dict[str, Any]:
    return {
        "community_id": fact.community_id,
        "life": life,
        "life_id": life_id,
        "fact_id": fact.fact_id,
        "version": fact.aggregate_version,
        "turn": turn,
        "at": fact.occurred_at,
        "until": getattr(fact, "verified_until", None),
    }


_turn = table(LifeTurn)
_FOLDED: dict[Life, tuple[type[Any], str, Callable[[Iterable[Taken]], Iterable[Any]]]] = {
    Life.ARTICLE: (ArticleSpan, "article_id", spans),
    Life.QUESTION: (QuestionOutcome, "question_id", outcomes),
}
_IDS = sa.bindparam("_ids", type_=_turn.c.life_id.type, expanding=True)
_LIVES = constant(
    sa.select(_turn.c.life_id, _turn.c.turn, _turn.c.at, _turn.c.until)
    .where(
        scope(LifeTurn),
        _turn.c.life == sa.bindparam("_life", type_=_turn.c.life.type),
        _turn.c.life_id.in_(_IDS),
    )
    .order_by(_turn.c.life_id, _turn.c.version, _turn.c.fact_id)
)
_FORGET = {
    life: constant(sa.delete(table(model)).where(scope(model), table(model).c[key].in_(_IDS)))
    for life, (model, key, _) in _FOLDED.items()
}
_PUT = {life: constant(sa.insert(table(model))) for life, (model, _, _) in _FOLDED.items()}

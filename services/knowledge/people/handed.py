"""What a member hands over to another: whose rows of each kind are, and how they become the other's."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.calls.rules import CallState
from services.knowledge.models import (
    Answer,
    Article,
    ContributionCall,
    Entitlement,
    Question,
    Resource,
    Revision,
)
from services.knowledge.people.giving import (
    AT_ONCE,
    CURATED_ALONE,
    give_collections,
    give_entitlements,
    give_revisions,
)
from services.knowledge.people.rules import HandedKind
from shared.contracts.knowledge import (
    AnswerChanged,
    ArticleMoved,
    CallClaimed,
    QuestionChanged,
    ResourceChanged,
)
from shared.facts import Fact
from shared.store import Tx, constant, scope

Give = Callable[[Tx, Sequence[UUID], UUID, UUID], Awaitable[None]]


@dataclass(frozen=True)
class Handed:
    """Rows of a kind that are a member's (`theirs`, by their ids), and how they become another's."""

    kind: HandedKind
    theirs: Any
    give: Give


def _versioned(model: type[Any], column: str, fact: Callable[[Any], Fact]) -> Give:
    """Each row has a version, and says so."""

    async def give(tx: Tx, ids: Sequence[UUID], giver: UUID, taker: UUID) -> None:
        for id_ in sorted(ids):
            row = await tx.lock(model, id_, facts=0)
            if getattr(row, column) == giver:
                changes: dict[str, Any] = {column: taker}
                tx.publish(fact(await tx.lock(model, id_, **changes)))

    return give


async def _give_answers(tx: Tx, ids: Sequence[UUID], giver: UUID, taker: UUID) -> None:
    """Their questions are held first, as whoever changes an answer does."""
    await tx.all(HOLD_QUESTIONS_OF, {"ids": list(ids)})
    await _versioned(Answer, "author_id", _answer)(tx, ids, giver, taker)


def _article(row: Any) -> Fact:
    return ArticleMoved(community_id=row.community_id, article_id=row.id, owner_id=row.owner_id)


def _question(row: Any) -> Fact:
    return QuestionChanged(community_id=row.community_id, question_id=row.id)


def _answer(row: Any) -> Fact:
    return AnswerChanged(community_id=row.community_id, answer_id=row.id, question_id=row.question_id)


def _resource(row: Any) -> Fact:
    return ResourceChanged(community_id=row.community_id, resource_id=row.id)


def _call(row: Any) -> Fact:
    return CallClaimed(community_id=row.community_id, call_id=row.id, member_id=row.claimed_by)


_ID = Article.__table__.c.id.type  # type: ignore[attr-defined]
_MEMBER: Any = sa.bindparam("member_id", type_=_ID)
_IDS: Any = sa.bindparam("ids", type_=_ID, expanding=True)


def _theirs(model: type[Any], key: Any, column: Any, *only: Any) -> Any:
    wanted: Any = sa.select(col(key).label("row_id")).where(scope(model), col(column) == _MEMBER, *only)
    return constant(wanted.order_by(col(key)).limit(AT_ONCE))


_IS_CLAIMED = col(ContributionCall.state) == CallState.CLAIMED
HANDED = (
    Handed(HandedKind.COLLECTION, CURATED_ALONE, give_collections),
    Handed(
        HandedKind.ARTICLE,
        _theirs(Article, Article.id, Article.owner_id),
        _versioned(Article, "owner_id", _article),
    ),
    Handed(HandedKind.REVISION, _theirs(Revision, Revision.id, Revision.author_id), give_revisions),
    Handed(
        HandedKind.QUESTION,
        _theirs(Question, Question.id, Question.asked_by),
        _versioned(Question, "asked_by", _question),
    ),
    Handed(HandedKind.ANSWER, _theirs(Answer, Answer.id, Answer.author_id), _give_answers),
    Handed(
        HandedKind.RESOURCE,
        _theirs(Resource, Resource.id, Resource.added_by),
        _versioned(Resource, "added_by", _resource),
    ),
    Handed(
        HandedKind.CALL,
        _theirs(ContributionCall, ContributionCall.id, ContributionCall.claimed_by, _IS_CLAIMED),
        _versioned(ContributionCall, "claimed_by", _call),
    ),
    Handed(
        HandedKind.ENTITLEMENT,
        _theirs(Entitlement, Entitlement.entitlement_id, Entitlement.member_id),
        give_entitlements,
    ),
)
HOLD_QUESTIONS_OF = constant(
    select(Question)
    .where(
        scope(Question),
        col(Question.id).in_(
            sa.select(col(Answer.question_id)).where(scope(Answer), col(Answer.id).in_(_IDS))
        ),
    )
    .order_by(col(Question.id))
    .with_for_update(key_share=True)
)

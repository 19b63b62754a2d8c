"""How questions are shown, and which of them to whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.events.models import Question, QuestionVote
from services.events.questions.rules import QuestionState
from shared.identity import Actor
from shared.route import View
from shared.store import Tx, constant, scope


class QuestionView(View):
    """A question with its answer, how many want it answered, and whether the caller does."""

    id: UUID
    event_id: UUID
    asked_by: UUID | None
    text: str
    votes: int
    voted: bool
    state: QuestionState
    answer: str | None
    answered_by: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int


async def shown(tx: Tx, actor: Actor, questions: Sequence[Question]) -> list[QuestionView]:
    """The questions as the caller sees them."""
    voted: set[UUID] = set()
    if actor.member_id is not None and questions:
        given = {"ids": [each.id for each in questions], "member_id": actor.member_id}
        voted = {row.question_id for row in await tx.all(VOTED, given)}
    views = []
    for each in questions:
        kept: dict[str, Any] = {name: getattr(each, name, None) for name in QuestionView.model_fields}
        views.append(QuestionView.model_validate(kept | {"voted": each.id in voted}))
    return views


VOTED = constant(
    sa.select(col(QuestionVote.question_id)).where(
        scope(QuestionVote),
        col(QuestionVote.question_id).in_(sa.bindparam("ids", expanding=True)),
        col(QuestionVote.member_id) == sa.bindparam("member_id"),
    )
)

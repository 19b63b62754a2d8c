"""How questions and answers are shown: as they were written, and one by one as safe HTML."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col

from services.knowledge.models import Answer, AnswerVote, Question
from services.knowledge.people.readers import member_of
from services.knowledge.questions.rules import AnswerState, ClosedReason, OutdatedReason, QuestionState
from services.knowledge.rendering.markdown import html_of
from services.knowledge.rules import Visibility
from shared.identity import Actor
from shared.route import View
from shared.store import Tx, constant, scope


class QuestionView(View):
    """A question; `answers` counts those that can be read, and is no part of the version."""

    id: UUID
    community_id: UUID
    title: str
    body: str
    tags: list[str]
    language: str
    visibility: Visibility
    asked_by: UUID | None
    inquiry_id: UUID | None
    state: QuestionState
    accepted_answer_id: UUID | None
    duplicate_of: UUID | None
    closed_reason: ClosedReason | None
    answers: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


class RenderedQuestionView(QuestionView):
    """A question as it is read: `html` is what its body says, made safe."""

    html: str


class AnswerView(View):
    """An answer, the sum of its votes and the caller's own (0 without); votes are no part of the version."""

    id: UUID
    community_id: UUID
    question_id: UUID
    body: str
    html: str
    author_id: UUID | None
    votes: int
    voted: int
    state: AnswerState
    verified_by: UUID | None
    verified_at: AwareDatetime | None
    valid_until: AwareDatetime | None
    outdated_reason: OutdatedReason | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


def rendered(question: Question) -> RenderedQuestionView:
    """The question as it is read."""
    kept = {name: getattr(question, name) for name in QuestionView.model_fields}
    return RenderedQuestionView.model_validate(kept | {"html": html_of(question.body)})


async def shown(tx: Tx, actor: Actor, answers: Sequence[Answer]) -> list[AnswerView]:
    """The answers as the caller sees them."""
    voted: dict[UUID, int] = {}
    member_id = member_of(actor)
    if member_id is not None and answers:
        given = {"ids": [each.id for each in answers], "member_id": member_id}
        voted = {row.answer_id: row.value for row in await tx.all(VOTED, given)}
    views = []
    for each in answers:
        kept: dict[str, Any] = {name: getattr(each, name, None) for name in AnswerView.model_fields}
        own = {"voted": voted.get(each.id, 0), "html": html_of(each.body or "")}
        views.append(AnswerView.model_validate(kept | own))
    return views


async def shown_one(tx: Tx, actor: Actor, answer: Answer) -> AnswerView:
    """The answer as the caller sees it."""
    (view,) = await shown(tx, actor, [answer])
    return view


VOTED = constant(
    sa.select(col(AnswerVote.answer_id), col(AnswerVote.value)).where(
        scope(AnswerVote),
        col(AnswerVote.answer_id).in_(sa.bindparam("ids", expanding=True)),
        col(AnswerVote.member_id) == sa.bindparam("member_id"),
    )
)

"""Read questions: GET /questions, /questions/{id} -> those the caller may see, the newest first."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.inputs import Tag
from services.knowledge.models import Question
from services.knowledge.people.readers import is_editor, reader_of
from services.knowledge.questions.access import visible_question
from services.knowledge.questions.rules import QuestionState
from services.knowledge.questions.view import QuestionView, RenderedQuestionView, rendered
from services.knowledge.rules import LEVEL_OF
from shared.identity import Actor
from shared.route import Cursor, Instant, Limit, Page, Read, Router
from shared.store import Tx, scope

router = Router(tags=["questions"])


@dataclass(frozen=True, slots=True)
class QuestionFilter:
    """Only questions that match everything given; `unanswered` are those that no readable answer has."""

    state: QuestionState | None = None
    tag: str | None = None
    asked_by: UUID | None = None
    unanswered: bool = False
    updated_since: datetime | None = None

    def conditions(self) -> list[Any]:
        """The filter as conditions of a statement."""
        found: list[Any] = []
        if self.state is not None:
            found.append(col(Question.state) == self.state)
        if self.tag is not None:
            written = json.dumps(self.tag.lower(), ensure_ascii=False)
            found.append(sa.cast(col(Question.tags), sa.Text).contains(written, autoescape=True))
        if self.asked_by is not None:
            found.append(col(Question.asked_by) == self.asked_by)
        if self.unanswered:
            found.append(col(Question.state) == QuestionState.OPEN)
        if self.updated_since is not None:
            found.append(col(Question.updated_at) >= self.updated_since)
        return found


async def questions_of(
    tx: Tx, actor: Actor, _community_id: UUID, only: QuestionFilter, limit: int, cursor: str | None
) -> Page[Question]:
    """Hidden ones are for editors."""
    statement = select(Question).where(scope(Question), *only.conditions())
    reader = await reader_of(tx, actor)
    if not reader.is_team:
        readable = [visibility for visibility, level in LEVEL_OF.items() if level <= reader.level]
        statement = statement.where(col(Question.visibility).in_(readable))
    if not is_editor(actor):
        statement = statement.where(col(Question.state) != QuestionState.HIDDEN)
    by = (Question.created_at, Question.id)
    return await tx.page(statement, by=by, limit=limit, cursor=cursor, descending=True)


async def question_of(tx: Tx, actor: Actor, _community_id: UUID, question_id: UUID) -> RenderedQuestionView:
    """The question as it is read."""
    return rendered(await visible_question(tx, actor, question_id))


@router.get("/v1/communities/{community_id}/questions", allows="question.read")
async def get_questions(
    community_id: UUID,
    read: Read,
    state: QuestionState | None = None,
    tag: Tag | None = None,
    asked_by: UUID | None = None,
    unanswered: bool = False,
    updated_since: Instant | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[QuestionView]:
    only = QuestionFilter(state, tag, asked_by, unanswered, updated_since)
    return await read(questions_of, community_id, only, limit, cursor)


@router.get(
    "/v1/communities/{community_id}/questions/{question_id}", allows="question.read", revalidates=False
)
async def get_question(community_id: UUID, question_id: UUID, read: Read) -> RenderedQuestionView:
    return await read(question_of, community_id, question_id)

"""Read questions: GET /events/{id}/questions -> most wanted first, dismissed ones for organisers."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.events.access import manages, visible_event
from services.events.models import Question
from services.events.questions.rules import QuestionState
from services.events.questions.view import QuestionView, shown
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router
from shared.store import Tx, constant, scope

router = Router(tags=["questions"])

OF_EVENT = constant(
    select(Question).where(scope(Question), col(Question.event_id) == sa.bindparam("event_id"))
)


async def questions(
    tx: Tx,
    actor: Actor,
    _community_id: UUID,
    event_id: UUID,
    state: QuestionState | None,
    limit: int,
    cursor: str | None,
) -> Page[Any]:
    """By votes, the newest first among equals; what was dismissed is seen by those who manage the event."""
    event = await visible_event(tx, actor, event_id)
    statement: Any = OF_EVENT
    if state is not None:
        statement = statement.where(col(Question.state) == state)
    if not await manages(tx, actor, event):
        statement = statement.where(col(Question.state) != QuestionState.DISMISSED)
    page = await tx.page(
        statement,
        {"event_id": event_id},
        by=(Question.votes, Question.id),
        limit=limit,
        cursor=cursor,
        descending=True,
    )
    return Page(items=await shown(tx, actor, page.items), next_cursor=page.next_cursor)


@router.get("/v1/communities/{community_id}/events/{event_id}/questions", allows="event.read")
async def list_questions(
    community_id: UUID,
    event_id: UUID,
    read: Read,
    state: QuestionState | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[QuestionView]:
    return await read(questions, community_id, event_id, state, limit, cursor)

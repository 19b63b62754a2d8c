"""Read answers: GET /questions/{id}/answers, /answers/{id} -> the accepted one first, then by votes."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.models import Answer
from services.knowledge.people.readers import is_editor
from services.knowledge.questions.access import visible_answer, visible_question
from services.knowledge.questions.rules import READABLE, AnswerState
from services.knowledge.questions.view import AnswerView, shown, shown_one
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router
from shared.store import Tx, constant, scope

router = Router(tags=["answers"])


async def answers_of(
    tx: Tx, actor: Actor, _community_id: UUID, question_id: UUID, limit: int, cursor: str | None
) -> Page[Any]:
    """Among equals the oldest first; hidden ones are for editors, deleted ones for nobody."""
    await visible_question(tx, actor, question_id)
    statement = FOR_EDITORS if is_editor(actor) else FOR_READERS
    by = (Answer.rank, Answer.id)
    page = await tx.page(statement, {"question_id": question_id}, by=by, limit=limit, cursor=cursor)
    return Page(items=await shown(tx, actor, page.items), next_cursor=page.next_cursor)


async def answer_of(tx: Tx, actor: Actor, _community_id: UUID, answer_id: UUID) -> AnswerView:
    """The answer."""
    return await shown_one(tx, actor, await visible_answer(tx, actor, answer_id))


def _in(states: frozenset[AnswerState]) -> Any:
    of_question = col(Answer.question_id) == sa.bindparam("question_id")
    return constant(select(Answer).where(scope(Answer), of_question, col(Answer.state).in_(sorted(states))))


FOR_READERS = _in(READABLE)
FOR_EDITORS = _in(READABLE | {AnswerState.HIDDEN})


@router.get("/v1/communities/{community_id}/questions/{question_id}/answers", allows="question.read")
async def get_answers(
    community_id: UUID, question_id: UUID, read: Read, limit: Limit = 20, cursor: Cursor = None
) -> Page[AnswerView]:
    return await read(answers_of, community_id, question_id, limit, cursor, long=True)


@router.get("/v1/communities/{community_id}/answers/{answer_id}", allows="question.read", revalidates=False)
async def get_answer(community_id: UUID, answer_id: UUID, read: Read) -> AnswerView:
    return await read(answer_of, community_id, answer_id)

"""Answer: POST /questions/{id}/answers -> while it takes answers -> AnswerPosted, QuestionAnswered."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, update

from services.knowledge.models import Answer, QuestionInvitation
from services.knowledge.people.readers import member_of
from services.knowledge.questions.access import held_question, led
from services.knowledge.questions.entries import index_answers
from services.knowledge.questions.inputs import Said
from services.knowledge.questions.rules import ANSWERS_MOST, AnswerState, QuestionVerb
from services.knowledge.questions.steps import of_answer, recounted
from services.knowledge.questions.view import AnswerView, shown_one
from shared.contracts.knowledge import AnswerPosted
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["answers"])


class AnswerQuestion(Command):
    """What somebody answers."""

    body: Said


class TooManyAnswers(Conflict):
    """A question has at most `limit`."""

    title = "Too many answers"


async def answer(
    tx: Tx, actor: Actor, community_id: UUID, question_id: UUID, command: AnswerQuestion
) -> AnswerView:
    """Answer it; whoever was asked to has done so."""
    member_id = member_of(actor)
    await refuse_erased(tx, member_id)
    question = await held_question(tx, actor, question_id)
    led(question, QuestionVerb.ANSWER)
    there = await tx.one(COUNT, {"question_id": question_id})
    if there.answers >= ANSWERS_MOST:
        raise TooManyAnswers(limit=ANSWERS_MOST)
    posted = Answer(
        community_id=community_id,
        question_id=question_id,
        body=command.body,
        author_id=member_id,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(posted)
    tx.publish(AnswerPosted(**of_answer(posted), member_id=member_id))
    question = await recounted(tx, question, 1)
    if member_id is not None:
        await tx.execute(FULFIL, {"question_id": question_id, "member_id": member_id, "now": tx.now})
    await index_answers(tx, question, posted)
    return await shown_one(tx, actor, posted)


COUNT = constant(
    sa.select(sa.func.count().label("answers"))
    .select_from(Answer)
    .where(
        scope(Answer),
        col(Answer.question_id) == sa.bindparam("question_id"),
        col(Answer.state) != AnswerState.DELETED,
    )
)
FULFIL = constant(
    update(QuestionInvitation)
    .where(
        scope(QuestionInvitation),
        col(QuestionInvitation.question_id) == sa.bindparam("question_id"),
        col(QuestionInvitation.member_id) == sa.bindparam("member_id"),
        col(QuestionInvitation.answered_at).is_(None),
    )
    .values(answered_at=sa.bindparam("now"))
)


@router.post(
    "/v1/communities/{community_id}/questions/{question_id}/answers", status_code=201, allows="answer.write"
)
async def post_answer(
    community_id: UUID, question_id: UUID, command: AnswerQuestion, write: Write
) -> AnswerView:
    return await write(answer, community_id, question_id, command)

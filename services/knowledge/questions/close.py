"""End and reopen: POST /questions/{id}/close, /reopen -> rules.verbs -> QuestionClosed, QuestionReopened."""

from typing import Any
from uuid import UUID

from services.knowledge.models import THE_ANSWER, Question
from services.knowledge.people.readers import is_editor
from services.knowledge.questions import rules
from services.knowledge.questions.access import NotTheirs, held_question, led, require_author
from services.knowledge.questions.entries import index_all, index_question
from services.knowledge.questions.rules import AnswerState, ClosedReason, QuestionState, QuestionVerb
from services.knowledge.questions.steps import of, standing
from services.knowledge.questions.view import QuestionView
from shared.contracts.knowledge import QuestionAccepted, QuestionClosed, QuestionReopened
from shared.identity import Actor
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["questions"])

PATH = "/v1/communities/{community_id}/questions/{question_id}"


class CloseQuestion(Command):
    """Why it takes no more answers."""

    reason: ClosedReason


async def close(
    tx: Tx, actor: Actor, _community_id: UUID, question_id: UUID, command: CloseQuestion
) -> Question:
    """It takes no more answers; those it has can be read and found."""
    before = await held_question(tx, actor, question_id)
    require_author(tx, actor, before.asked_by, "question.close", question_id)
    state = led(before, QuestionVerb.CLOSE)
    question = await tx.lock(Question, question_id, state=state, closed_reason=command.reason)
    tx.publish(QuestionClosed(**of(question), reason=command.reason.value, duplicate_of=None))
    await index_question(tx, question)
    return question


async def reopen(tx: Tx, actor: Actor, _community_id: UUID, question_id: UUID) -> Question:
    """It waits for an answer, or for one of its answers to be accepted; one that still holds is accepted."""
    before = await held_question(tx, actor, question_id)
    require_author(tx, actor, before.asked_by, "question.reopen", question_id)
    led(before, QuestionVerb.REOPEN)
    if not is_editor(actor) and not rules.asker_may_reopen(before.state, before.closed_reason):
        raise NotTheirs
    answer = None
    if before.accepted_answer_id is not None:
        answer = await tx.one(THE_ANSWER, {"answer_id": before.accepted_answer_id})
    if answer is not None and standing(answer) is not AnswerState.ACCEPTED:
        answer = None
    changes: dict[str, Any] = {
        "state": rules.reopened(before.answers, holds=answer is not None),
        "accepted_answer_id": None if answer is None else answer.id,
        "closed_reason": None,
        "duplicate_of": None,
    }
    question = await tx.lock(Question, question_id, facts=1 if answer is None else 2, **changes)
    tx.publish(QuestionReopened(**of(question)))
    if answer is not None:
        tx.publish(QuestionAccepted(**of(question), answer_id=answer.id, answered_by=answer.author_id))
    if before.state is QuestionState.DUPLICATE:
        await index_all(tx, question)
    else:
        await index_question(tx, question)
    return question


@router.post(f"{PATH}/close", allows="question.settle")
async def post_question_close(
    community_id: UUID, question_id: UUID, command: CloseQuestion, write: Write
) -> QuestionView:
    return await write(close, community_id, question_id, command)


@router.post(f"{PATH}/reopen", allows="question.settle")
async def post_question_reopen(community_id: UUID, question_id: UUID, write: Write) -> QuestionView:
    return await write(reopen, community_id, question_id)

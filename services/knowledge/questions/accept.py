"""Accept: POST /answers/{id}/accept -> the asker or an editor, one at most -> AnswerAccepted."""

from datetime import datetime
from uuid import UUID

from services.knowledge.models import THE_ANSWER, Answer, Question
from services.knowledge.questions import rules
from services.knowledge.questions.access import held_answer, led, require_answer_verb, require_author
from services.knowledge.questions.entries import index_answers, index_question
from services.knowledge.questions.inputs import require_ahead
from services.knowledge.questions.rules import AnswerState, AnswerVerb, QuestionVerb
from services.knowledge.questions.steps import moved, of, of_answer, standing
from services.knowledge.questions.view import AnswerView, shown_one
from shared.contracts.knowledge import AnswerAccepted, AnswerUnaccepted, QuestionAccepted
from shared.identity import Actor
from shared.route import Command, Instant, Router, Write
from shared.store import Tx

router = Router(tags=["answers"])


class AcceptAnswer(Command):
    """It holds until `valid_until`; without it until somebody says otherwise, or as it was verified."""

    valid_until: Instant | None = None


FOR_GOOD = AcceptAnswer()


async def accept(
    tx: Tx, actor: Actor, _community_id: UUID, answer_id: UUID, command: AcceptAnswer
) -> AnswerView:
    """It is the answer; the one before goes back. Accepted again it may hold until another moment."""
    question, answer = await held_answer(tx, actor, answer_id)
    require_author(tx, actor, question.asked_by, "answer.accept", answer_id)
    led(question, QuestionVerb.ACCEPT)
    require_answer_verb(answer, AnswerVerb.ACCEPT)
    require_ahead(tx, command.valid_until)
    until = command.valid_until or _still(tx, answer.valid_until)
    again = answer.state is AnswerState.ACCEPTED
    if again and until == answer.valid_until:
        return await shown_one(tx, actor, answer)
    before = None if again else await _unaccept(tx, question)
    answer = await tx.lock(
        Answer,
        answer_id,
        state=AnswerState.ACCEPTED,
        outdated_reason=None,
        valid_until=until,
        clock_at=until,
        rank=rules.rank_of(AnswerState.ACCEPTED, answer.votes),
    )
    tx.publish(AnswerAccepted(**of_answer(answer), member_id=answer.author_id))
    if not again:
        question = await _settle(tx, question, answer)
    await index_answers(tx, question, *([answer] if before is None else [before, answer]))
    return await shown_one(tx, actor, answer)


def _still(tx: Tx, until: datetime | None) -> datetime | None:
    return until if until is not None and until > tx.now else None


async def _unaccept(tx: Tx, question: Question) -> Answer | None:
    """The answer accepted so far is one among others."""
    if question.accepted_answer_id is None:
        return None
    before = await tx.one(THE_ANSWER, {"answer_id": question.accepted_answer_id})
    if standing(before) is not AnswerState.ACCEPTED:
        return None
    rank = rules.rank_of(AnswerState.POSTED, before.votes)
    back = moved(before, AnswerState.POSTED)
    before = await tx.lock(Answer, before.id, clock_at=None, rank=rank, **back)
    tx.publish(AnswerUnaccepted(**of_answer(before)))
    return before


async def _settle(tx: Tx, question: Question, answer: Answer) -> Question:
    state = led(question, QuestionVerb.ACCEPT)
    question = await tx.lock(Question, question.id, state=state, accepted_answer_id=answer.id)
    tx.publish(QuestionAccepted(**of(question), answer_id=answer.id, answered_by=answer.author_id))
    await index_question(tx, question)
    return question


@router.post("/v1/communities/{community_id}/answers/{answer_id}/accept", allows="question.settle")
async def post_answer_accept(
    community_id: UUID, answer_id: UUID, write: Write, command: AcceptAnswer = FOR_GOOD
) -> AnswerView:
    return await write(accept, community_id, answer_id, command)

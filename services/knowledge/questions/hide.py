"""What moderation makes of questions and answers: out of sight and back, each as often as it is told."""

from uuid import UUID

from services.knowledge.models import HOLD_QUESTION, THE_ANSWER, Answer, Question
from services.knowledge.questions.entries import index_all, index_answers
from services.knowledge.questions.rules import AnswerState, QuestionState
from services.knowledge.questions.steps import of, of_answer, recounted, standing
from services.knowledge.search import index
from shared.contracts.knowledge import AnswerHidden, AnswerRestored, QuestionHidden, QuestionRestored
from shared.store import Tx


async def hide_question(tx: Tx, question_id: UUID) -> None:
    """It and its answers are seen by editors alone; what is unknown or hidden is left as it is."""
    question = await tx.first(HOLD_QUESTION, {"question_id": question_id})
    if question is None or question.state is QuestionState.HIDDEN:
        return
    state = QuestionState.HIDDEN
    question = await tx.lock(Question, question_id, state=state, hidden_from=question.state)
    tx.publish(QuestionHidden(**of(question)))
    await index_all(tx, question)


async def show_question(tx: Tx, question_id: UUID) -> None:
    """It is seen as before, with what happened to it meanwhile."""
    question = await tx.first(HOLD_QUESTION, {"question_id": question_id})
    if question is None or question.state is not QuestionState.HIDDEN:
        return
    question = await tx.lock(Question, question_id, state=question.hidden_from, hidden_from=None)
    tx.publish(QuestionRestored(**of(question)))
    await index_all(tx, question)


async def hide_answer(tx: Tx, answer_id: UUID) -> None:
    """Editors alone see it; it no longer counts as an answer, but stays the accepted one if it was."""
    held = await _held(tx, answer_id)
    if held is None or held[1].state in (AnswerState.HIDDEN, AnswerState.DELETED):
        return
    question, answer = held
    answer = await tx.lock(Answer, answer_id, state=AnswerState.HIDDEN, hidden_from=answer.state)
    tx.publish(AnswerHidden(**of_answer(answer)))
    await recounted(tx, question, -1)
    await index.take_out(tx, [answer_id])


async def show_answer(tx: Tx, answer_id: UUID) -> None:
    """It is seen as before, unless another one was accepted meanwhile, or its time ran out."""
    held = await _held(tx, answer_id)
    if held is None or held[1].state is not AnswerState.HIDDEN:
        return
    question, answer = held
    answer = await tx.lock(Answer, answer_id, state=standing(answer), hidden_from=None)
    tx.publish(AnswerRestored(**of_answer(answer)))
    question = await recounted(tx, question, 1)
    await index_answers(tx, question, answer)


async def _held(tx: Tx, answer_id: UUID) -> tuple[Question, Answer] | None:
    found = await tx.first(THE_ANSWER, {"answer_id": answer_id})
    if found is None:
        return None
    question = await tx.one(HOLD_QUESTION, {"question_id": found.question_id})
    return question, await tx.one(THE_ANSWER, {"answer_id": answer_id})

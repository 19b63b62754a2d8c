"""Steps several verbs share; the question is held, and the index is told afterwards.

What is hidden goes its way unseen: `hidden_from` moves in place of `state`.
"""

from typing import Any
from uuid import UUID

from services.knowledge.models import Answer, Question
from services.knowledge.questions import rules
from services.knowledge.questions.rules import AnswerState, OutdatedReason, QuestionState
from shared.contracts.knowledge import (
    AnswerDeleted,
    AnswerOutdated,
    QuestionAnswered,
    QuestionOutdated,
    QuestionReopened,
)
from shared.store import Tx


def standing(row: Any) -> Any:
    """The state of a question or answer, hidden or not."""
    return row.hidden_from or row.state


def moved(row: Any, to: QuestionState | AnswerState) -> dict[str, Any]:
    """What changes when it goes to another state, hidden or not."""
    return {"hidden_from": to} if row.hidden_from is not None else {"state": to}


def of(question: Question) -> dict[str, Any]:
    """The ids its facts name."""
    return {"community_id": question.community_id, "question_id": question.id}


def of_answer(answer: Answer) -> dict[str, Any]:
    """The ids an answer's facts name."""
    return {"community_id": answer.community_id, "question_id": answer.question_id, "answer_id": answer.id}


async def recounted(tx: Tx, question: Question, by: int) -> Question:
    """One answer more or less can be read; the first makes it answered, without any it is open again."""
    answers = question.answers + by
    before = standing(question)
    after = rules.counted(before, answers)
    if after is before:
        return await tx.update(Question, question.id, answers=answers)
    question = await tx.lock(Question, question.id, answers=answers, **moved(question, after))
    fact = QuestionAnswered if after is QuestionState.ANSWERED else QuestionReopened
    tx.publish(fact(**of(question)))
    return question


async def outdated(
    tx: Tx, question: Question, answer: Answer, reason: OutdatedReason | None
) -> tuple[Question, Answer]:
    """The accepted answer holds no longer, and its question waits for another one."""
    answer = await tx.lock(
        Answer,
        answer.id,
        outdated_reason=reason,
        clock_at=None,
        rank=rules.rank_of(AnswerState.OUTDATED, answer.votes),
        **moved(answer, AnswerState.OUTDATED),
    )
    tx.publish(AnswerOutdated(**of_answer(answer)))
    return await _bereft(tx, question, answer.id), answer


async def deleted(tx: Tx, question: Question, answer: Answer) -> Question:
    """The answer's text and author are gone; an accepted one outdates its question."""
    gone: dict[str, Any] = {"body": None, "author_id": None, "verified_by": None, "clock_at": None}
    rank = rules.rank_of(AnswerState.DELETED, answer.votes)
    state = AnswerState.DELETED
    await tx.lock(Answer, answer.id, state=state, hidden_from=None, rank=rank, **gone)
    tx.publish(AnswerDeleted(**of_answer(answer)))
    if standing(answer) is AnswerState.ACCEPTED:
        question = await _bereft(tx, question, answer.id)
    return question if answer.state is AnswerState.HIDDEN else await recounted(tx, question, -1)


async def _bereft(tx: Tx, question: Question, answer_id: UUID) -> Question:
    """An accepted question is outdated; one that was closed meanwhile stays closed."""
    if standing(question) is not QuestionState.ACCEPTED:
        return question
    question = await tx.lock(Question, question.id, **moved(question, QuestionState.OUTDATED))
    tx.publish(QuestionOutdated(**of(question), answer_id=answer_id))
    return question

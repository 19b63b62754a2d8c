"""What a search is told of questions and answers; the last thing every handler does."""

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.models import Answer, Question
from services.knowledge.questions.rules import READABLE, UNSEEN, AnswerState, QuestionState
from services.knowledge.rendering.plain import plain_text
from services.knowledge.search import index
from services.knowledge.search.entries import Entry
from services.knowledge.search.rules import Found
from shared.store import Tx, constant, scope


async def index_question(tx: Tx, question: Question) -> None:
    """It is found as it is now; hidden, duplicate and forgotten ones are not."""
    if question.state in UNSEEN or not question.body:
        return await index.take_out(tx, [question.id])
    return await index.put(
        tx,
        Entry(
            id=question.id,
            kind=Found.QUESTION,
            title=question.title,
            text=plain_text(question.body),
            tags=question.tags,
            language=question.language,
            visibility=question.visibility,
            requires=None,
            fresh_at=question.updated_at,
            trusted=question.state is QuestionState.ACCEPTED,
            outdated=question.state is QuestionState.OUTDATED,
        ),
    )


async def index_answers(tx: Tx, question: Question, *answers: Answer) -> None:
    """These of its answers are found as they are now; hidden and deleted ones are not."""
    unseen = [each.id for each in answers if question.state in UNSEEN or each.state not in READABLE]
    if unseen:
        await index.take_out(tx, unseen)
    for answer in answers:
        if answer.id not in unseen and answer.body:
            await index.put(tx, _entry(question, answer))


async def index_all(tx: Tx, question: Question) -> None:
    """The question and every answer: what they share changed."""
    await index_question(tx, question)
    await index_answers(tx, question, *await tx.all(ITS_ANSWERS, {"question_id": question.id}))


def _entry(question: Question, answer: Answer) -> Entry:
    return Entry(
        id=answer.id,
        kind=Found.ANSWER,
        title=question.title,
        text=plain_text(answer.body or ""),
        tags=question.tags,
        language=question.language,
        visibility=question.visibility,
        requires=None,
        fresh_at=answer.updated_at,
        trusted=answer.state is AnswerState.ACCEPTED or answer.verified_at is not None,
        outdated=answer.state is AnswerState.OUTDATED,
        parent_id=question.id,
    )


ITS_ANSWERS = constant(
    select(Answer)
    .where(
        scope(Answer),
        col(Answer.question_id) == sa.bindparam("question_id"),
        col(Answer.state) != AnswerState.DELETED,
    )
    .order_by(col(Answer.id))
)

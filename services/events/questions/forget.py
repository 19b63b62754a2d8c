"""What becomes of somebody's questions, answers and votes when they are erased."""

from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, delete, select

from services.events.models import Question, QuestionVote
from services.events.questions.rules import QuestionState
from services.events.traces import AT_ONCE, IDS, theirs
from shared.contracts.events import QuestionAnswered, QuestionDismissed
from shared.data_subjects import DataSubject, parameters_of
from shared.store import Tx, constant, scope


async def forget_questions(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Nobody's, and not to be answered; answers may repeat what was asked."""
    rows = await tx.all(ASKED, parameters_of(subject))
    if not rows:
        return {}
    changes: dict[str, Any] = {"state": QuestionState.DISMISSED, "text": "", "answer": None, "asked_by": None}
    await tx.lock_all(Question, [row.id for row in rows], **changes)
    for row in rows:
        tx.publish(QuestionDismissed(**_of(row)))
    return {"question": len(rows)}


async def forget_answers(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """What they answered in writing goes; that it was answered stays."""
    rows = await tx.all(ANSWERED, parameters_of(subject))
    if not rows:
        return {}
    await tx.lock_all(Question, [row.id for row in rows], answer=None, answered_by=None)
    for row in rows:
        tx.publish(QuestionAnswered(**_of(row)))
    return {"question": len(rows)}


async def forget_votes(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """The rows go, and the questions count without them."""
    some = await tx.all(VOTES, parameters_of(subject))
    if not some:
        return {}
    ids = {"ids": sorted({row.question_id for row in some})}
    held = await tx.all(HOLD_QUESTIONS, ids)
    # Read again under their locks: a toggle that was under way has ended by now.
    given = parameters_of(subject) | ids
    taken = Counter(row.question_id for row in await tx.all(VOTES_AMONG, given))
    for question in held:
        await tx.update(Question, question.id, votes=question.votes - taken[question.id])
    return {"question_vote": await tx.execute(FORGET_VOTES, given)}


def _of(row: Any) -> dict[str, Any]:
    return {"community_id": row.community_id, "question_id": row.id, "event_id": row.event_id}


_QUESTION = (col(Question.id), col(Question.community_id), col(Question.event_id))


def _questions(column: Any) -> Any:
    wanted = sa.select(*_QUESTION).where(*theirs(Question, column)).order_by(col(Question.id))
    return constant(wanted.limit(AT_ONCE).with_for_update())


ASKED = _questions(Question.asked_by)
ANSWERED = _questions(Question.answered_by)
_VOTES = theirs(QuestionVote, QuestionVote.member_id)
VOTES = constant(select(QuestionVote).where(*_VOTES).order_by(col(QuestionVote.question_id)).limit(AT_ONCE))
HOLD_QUESTIONS = constant(
    select(Question)
    .where(scope(Question), col(Question.id).in_(IDS))
    .order_by(col(Question.id))
    .with_for_update(key_share=True)
)
_AMONG = (*_VOTES, col(QuestionVote.question_id).in_(IDS))
VOTES_AMONG = constant(select(QuestionVote).where(*_AMONG))
FORGET_VOTES = constant(delete(QuestionVote).where(*_AMONG))

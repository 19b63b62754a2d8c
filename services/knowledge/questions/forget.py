"""What becomes of somebody's questions, answers and votes when they are erased, some at a time."""

from collections import Counter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, delete, select, update

from services.knowledge.models import HOLD_QUESTION, Answer, AnswerVote, Question, QuestionInvitation
from services.knowledge.questions import rules
from services.knowledge.questions.entries import index_all, index_question
from services.knowledge.questions.rules import FORGOTTEN_TITLE, ClosedReason, QuestionState
from services.knowledge.questions.steps import deleted, moved, of, standing
from services.knowledge.search import index
from services.knowledge.traces import IDS, theirs
from shared.contracts.knowledge import QuestionClosed, QuestionForgotten
from shared.data_subjects import DataSubject, parameters_of
from shared.store import Tx, constant, scope

QUESTIONS_AT_ONCE = 5
"""Each may have a hundred answers that are found by its title."""
AT_ONCE = 50


async def forget_questions(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Nobody's, and without their words; what others answered stays. Then whom they asked for answers."""
    given = parameters_of(subject)
    rows = await tx.all(ASKED, given)
    if not rows:
        return await _count(tx, given, question_invitation=(FORGET_INVITED, FORGET_INVITER))
    forgotten = [await _forget(tx, row) for row in rows]
    for question in forgotten:
        await index_all(tx, question)
    return {"question": len(rows)}


async def _forget(tx: Tx, row: Question) -> Question:
    """One that nobody has answered can no longer be answered."""
    gone: dict[str, Any] = {"title": FORGOTTEN_TITLE, "body": "", "asked_by": None}
    waits = standing(row) is QuestionState.OPEN
    if waits:
        gone |= moved(row, QuestionState.CLOSED) | {"closed_reason": ClosedReason.NO_LONGER_NEEDED}
    question = await tx.lock(Question, row.id, facts=2 if waits else 1, **gone)
    tx.publish(QuestionForgotten(**of(question)))
    if waits:
        reason = ClosedReason.NO_LONGER_NEEDED.value
        tx.publish(QuestionClosed(**of(question), reason=reason, duplicate_of=None))
    return question


async def forget_answers(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Deleted, as if they had done it themselves. Then whose answers they found right."""
    given = parameters_of(subject)
    found = await tx.all(ANSWERED, given)
    if not found:
        return await _count(tx, given, answer=(FORGET_VERIFIER,))
    changed, gone = [], []
    for question_id in sorted({row.question_id for row in found}):
        before = question = await tx.one(HOLD_QUESTION, {"question_id": question_id})
        # Read again under its question: what was under way has ended by now.
        for answer in await tx.all(ANSWERS_OF, given | {"question_id": question_id}):
            question = await deleted(tx, question, answer)
            gone.append(answer.id)
        if question.state is not before.state:
            changed.append(question)
    for question in changed:
        await index_question(tx, question)
    await index.take_out(tx, gone)
    return {"answer": len(gone)}


async def forget_votes(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """The rows go, and the answers count without them."""
    given = parameters_of(subject)
    some = await tx.all(VOTED, given)
    if not some:
        return {}
    for question_id in sorted({row.question_id for row in some}):
        await tx.one(HOLD_QUESTION, {"question_id": question_id})
    # Read again under their locks: a vote that was under way has been counted by now.
    among = given | {"ids": sorted({row.answer_id for row in some})}
    sums: Counter[UUID] = Counter()
    for vote in await tx.all(VOTES_AMONG, among):
        sums[vote.answer_id] += vote.value
    for answer in await tx.all(THESE_ANSWERS, among):
        votes = answer.votes - sums[answer.id]
        await tx.update(Answer, answer.id, votes=votes, rank=rules.rank_of(standing(answer), votes))
    return {"answer_vote": await tx.execute(FORGET_VOTES, among)}


async def _count(tx: Tx, given: dict[str, Any], **what: tuple[Any, ...]) -> dict[str, int]:
    """Run the statements; how many rows of which table they touched."""
    counts = {table: sum([await tx.execute(each, given) for each in some]) for table, some in what.items()}
    return {table: count for table, count in counts.items() if count}


ASKED = constant(
    select(Question)
    .where(*theirs(Question, Question.asked_by))
    .order_by(col(Question.id))
    .limit(QUESTIONS_AT_ONCE)
    .with_for_update(key_share=True)
)
ANSWERED = constant(
    sa.select(col(Answer.id), col(Answer.question_id))
    .where(*theirs(Answer, Answer.author_id))
    .order_by(col(Answer.question_id), col(Answer.id))
    .limit(AT_ONCE)
)
ANSWERS_OF = constant(
    select(Answer)
    .where(*theirs(Answer, Answer.author_id), col(Answer.question_id) == sa.bindparam("question_id"))
    .order_by(col(Answer.id))
)
VOTED = constant(
    sa.select(col(AnswerVote.answer_id), col(Answer.question_id))
    .join(Answer, col(Answer.id) == col(AnswerVote.answer_id))
    .where(*theirs(AnswerVote, AnswerVote.member_id), scope(Answer))
    .order_by(col(Answer.question_id), col(AnswerVote.answer_id))
    .limit(AT_ONCE)
)
_AMONG = (*theirs(AnswerVote, AnswerVote.member_id), col(AnswerVote.answer_id).in_(IDS))
VOTES_AMONG = constant(select(AnswerVote).where(*_AMONG))
FORGET_VOTES = constant(delete(AnswerVote).where(*_AMONG))
THESE_ANSWERS = constant(
    select(Answer).where(scope(Answer), col(Answer.id).in_(IDS)).order_by(col(Answer.id))
)
FORGET_INVITED = constant(
    delete(QuestionInvitation).where(*theirs(QuestionInvitation, QuestionInvitation.member_id))
)
FORGET_INVITER = constant(
    update(QuestionInvitation)
    .where(*theirs(QuestionInvitation, QuestionInvitation.invited_by))
    .values(invited_by=None)
)
FORGET_VERIFIER = constant(update(Answer).where(*theirs(Answer, Answer.verified_by)).values(verified_by=None))

"""Outdate: POST /answers/{id}/mark-outdated, or the clock -> accepted answers -> AnswerOutdated."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.due import tried
from services.knowledge.models import HOLD_QUESTION, THE_ANSWER, Answer
from services.knowledge.questions.access import held_answer, require_answer_verb, require_author
from services.knowledge.questions.entries import index_answers, index_question
from services.knowledge.questions.rules import AnswerVerb, OutdatedReason
from services.knowledge.questions.steps import outdated
from services.knowledge.questions.view import AnswerView, shown_one
from shared.crash import crashpoint
from shared.identity import Actor, service_actor
from shared.jobs import Jobs
from shared.route import Command, Router, Write
from shared.store import Context, Store, Tx, across, constant

router = Router(tags=["answers"])
jobs = Jobs()


class MarkOutdated(Command):
    """Why it holds no longer, where that is known."""

    reason: OutdatedReason | None = None


WITHOUT_REASON = MarkOutdated()


async def mark_outdated(
    tx: Tx, actor: Actor, _community_id: UUID, answer_id: UUID, command: MarkOutdated
) -> AnswerView:
    """What was accepted holds no longer; its question waits for another answer."""
    question, answer = await held_answer(tx, actor, answer_id)
    require_author(tx, actor, question.asked_by, "answer.mark_outdated", answer_id)
    require_answer_verb(answer, AnswerVerb.OUTDATE)
    question, answer = await outdated(tx, question, answer, command.reason)
    await index_question(tx, question)
    await index_answers(tx, question, answer)
    return await shown_one(tx, actor, answer)


_NOW = sa.bindparam("now", type_=Answer.__table__.c.clock_at.type)  # type: ignore[attr-defined]
DUE = constant(
    across(
        select(Answer)
        .where(
            col(Answer.clock_at).is_not(None),
            col(Answer.clock_at) <= _NOW,
            col(Answer.id).not_in(sa.bindparam("but", expanding=True)),
        )
        .order_by(col(Answer.clock_at))
        .limit(1),
        why="accepted answers of every community that have ceased to hold",
    )
)


@jobs.every(seconds=1.0)
async def expire(store: Store) -> None:
    """Outdate what has ceased to hold, one at a time; idle it looks into an index."""
    but = [UUID(int=0)]
    while (due := await store.read(partial(_due, but=but), Context())) is not None:
        one = store.write(partial(expire_one, but=but), Context(actor=service_actor("knowledge")))
        if await tried(one, due.id) is None:
            but.append(due.id)
        crashpoint("after_answer_expired")


async def _due(tx: Tx, but: Sequence[UUID]) -> Any:
    return await tx.first(DUE, {"now": tx.now, "but": but})


async def expire_one(tx: Tx, but: Sequence[UUID]) -> bool:
    """The question first; what was due may have been seen to meanwhile, which says False."""
    found = await _due(tx, but)
    if found is None:
        return False
    tx.within(found.community_id)
    question = await tx.one(HOLD_QUESTION, {"question_id": found.question_id})
    answer = await tx.one(THE_ANSWER, {"answer_id": found.id})
    if answer.clock_at is None or answer.clock_at > tx.now:
        return False
    question, answer = await outdated(tx, question, answer, OutdatedReason.EXPIRED)
    crashpoint("mid_answer_expired")
    await index_question(tx, question)
    await index_answers(tx, question, answer)
    return True


@router.post("/v1/communities/{community_id}/answers/{answer_id}/mark-outdated", allows="question.settle")
async def post_answer_mark_outdated(
    community_id: UUID, answer_id: UUID, write: Write, command: MarkOutdated = WITHOUT_REASON
) -> AnswerView:
    return await write(mark_outdated, community_id, answer_id, command)

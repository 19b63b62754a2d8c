"""Vote: POST /answers/{id}/vote -> one per member, not for one's own, the sum exact -> AnswerVoted."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.knowledge.models import Answer, AnswerVote
from services.knowledge.questions import rules
from services.knowledge.questions.access import held_answer, require_member
from services.knowledge.questions.rules import READABLE
from services.knowledge.questions.steps import of_answer
from services.knowledge.questions.view import AnswerView, shown_one
from shared.contracts.knowledge import AnswerVoted
from shared.identity import Actor
from shared.ids import derived_id
from shared.problems import Forbidden, InvalidTransition
from shared.route import Command, Router, Whole, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["answers"])


class Vote(Command):
    """For it (1), against it (-1), or no longer (0)."""

    value: Annotated[int, Field(ge=-1, le=1), Whole]


class OwnAnswer(Forbidden):
    title = "Nobody votes on their own answer"


async def vote(tx: Tx, actor: Actor, community_id: UUID, answer_id: UUID, command: Vote) -> AnswerView:
    """The member's last word counts; repeating it changes nothing. Voters queue up for the question."""
    member_id = require_member(actor)
    await refuse_erased(tx, member_id)
    _, answer = await held_answer(tx, actor, answer_id)
    if answer.author_id == member_id:
        raise OwnAnswer
    if answer.state not in READABLE:
        raise InvalidTransition(state=answer.state.value, allowed=[])
    vote_id = derived_id(answer_id, str(member_id))
    before = await tx.first(THE_VOTE, {"vote_id": vote_id})
    by = command.value - (before.value if before is not None else 0)
    if not by:
        return await shown_one(tx, actor, answer)
    whose: dict[str, Any] = {"community_id": community_id, "answer_id": answer_id, "member_id": member_id}
    if before is not None:
        await tx.lock(AnswerVote, vote_id, value=command.value)
    else:
        given: dict[str, Any] = {"value": command.value, "created_at": tx.now, "updated_at": tx.now}
        await tx.insert(AnswerVote(id=vote_id, **whose, **given))
    tx.publish(AnswerVoted(**of_answer(answer), vote_id=vote_id, member_id=member_id, value=command.value))
    votes = answer.votes + by
    answer = await tx.update(Answer, answer_id, votes=votes, rank=rules.rank_of(answer.state, votes))
    return await shown_one(tx, actor, answer)


THE_VOTE = constant(
    select(AnswerVote).where(scope(AnswerVote), col(AnswerVote.id) == sa.bindparam("vote_id"))
)


@router.post("/v1/communities/{community_id}/answers/{answer_id}/vote", allows="answer.vote")
async def post_answer_vote(community_id: UUID, answer_id: UUID, command: Vote, write: Write) -> AnswerView:
    return await write(vote, community_id, answer_id, command)

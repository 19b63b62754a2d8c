"""Ask members for an answer: POST /questions/{id}/invite -> each once -> QuestionMemberInvited."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col

from services.knowledge.models import Question, QuestionInvitation
from services.knowledge.people.readers import member_of
from services.knowledge.questions import rules
from services.knowledge.questions.access import held_question
from services.knowledge.questions.rules import INVITED_AT_ONCE, INVITED_MOST, TAKES_ANSWERS
from services.knowledge.questions.steps import of
from shared.contracts.knowledge import QuestionMemberInvited
from shared.identity import Actor
from shared.problems import Conflict, InvalidTransition, Unprocessable
from shared.route import Command, Router, View, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["questions"])


class InviteToAnswer(Command):
    """Members who may know the answer."""

    member_ids: Annotated[list[UUID], Field(min_length=1, max_length=INVITED_AT_ONCE)]


class InvitedView(View):
    """Who was asked by this, and how many were in all."""

    question_id: UUID
    invited: list[UUID]
    invitations: int


class NobodyAsksThemselves(Unprocessable):
    """Neither whoever asks for an answer nor whoever asked the question is asked for one."""

    title = "Ask somebody else"


class TooManyInvitations(Conflict):
    """At most `limit` members are asked for an answer to one question."""

    title = "Too many invitations"


async def invite(
    tx: Tx, actor: Actor, _community_id: UUID, question_id: UUID, command: InviteToAnswer
) -> InvitedView:
    """Those who were asked before, or have answered, are left in peace."""
    invited_by = member_of(actor)
    question = await held_question(tx, actor, question_id)
    if question.state not in TAKES_ANSWERS:
        raise InvalidTransition(state=question.state.value, allowed=rules.verbs(question.state))
    wanted = list(dict.fromkeys(command.member_ids))
    if invited_by in wanted or question.asked_by in wanted:
        raise NobodyAsksThemselves
    await refuse_erased(tx, invited_by, *wanted)
    known = {row.member_id for row in await tx.all(INVITED, {"question_id": question_id})}
    new = [each for each in wanted if each not in known]
    if len(known) + len(new) > INVITED_MOST:
        raise TooManyInvitations(limit=INVITED_MOST)
    if new:
        await tx.lock(Question, question_id, facts=len(new))
        said: dict[str, Any] = {"invited_by": invited_by, "created_at": tx.now}
        await tx.insert([QuestionInvitation(**of(question), **said, member_id=each) for each in new])
    for each in new:
        tx.publish(QuestionMemberInvited(**of(question), member_id=each, invited_by=invited_by))
    return InvitedView(question_id=question_id, invited=new, invitations=len(known) + len(new))


INVITED = constant(
    sa.select(col(QuestionInvitation.member_id)).where(
        scope(QuestionInvitation), col(QuestionInvitation.question_id) == sa.bindparam("question_id")
    )
)


@router.post("/v1/communities/{community_id}/questions/{question_id}/invite", allows="question.ask")
async def post_question_invite(
    community_id: UUID, question_id: UUID, command: InviteToAnswer, write: Write
) -> InvitedView:
    return await write(invite, community_id, question_id, command)

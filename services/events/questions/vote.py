"""Want a question answered: POST, DELETE /questions/{id}/vote -> one vote per member, the counter exact."""

from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import col, delete

from services.events.models import HOLD_QUESTION, Question, QuestionVote
from services.events.questions.ask import open_for_questions
from services.events.questions.rules import QuestionState
from services.events.questions.view import QuestionView, shown
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["questions"])

TAKE_BACK = constant(
    delete(QuestionVote).where(
        scope(QuestionVote),
        col(QuestionVote.question_id) == bindparam("question_id"),
        col(QuestionVote.member_id) == bindparam("member_id"),
    )
)


async def vote(
    tx: Tx, actor: Actor, community_id: UUID, event_id: UUID, question_id: UUID, wants: bool
) -> QuestionView:
    """Repeating it changes nothing. The question is held first, so its members' toggles queue up."""
    _, member_id = await open_for_questions(tx, actor, event_id)
    question = await tx.one(HOLD_QUESTION, {"event_id": event_id, "question_id": question_id})
    if question.state is not QuestionState.ASKED:
        raise InvalidTransition(state=question.state.value, allowed=[])
    whose = {"question_id": question_id, "member_id": member_id}
    if wants:
        keep = tx.upsert(QuestionVote).on_conflict_do_nothing()
        change = await tx.execute(keep, whose | {"community_id": community_id})
    else:
        change = -await tx.execute(TAKE_BACK, whose)
    if change:
        question = await tx.update(Question, question_id, votes=question.votes + change)
    (view,) = await shown(tx, actor, [question])
    return view


_PATH = "/v1/communities/{community_id}/events/{event_id}/questions/{question_id}/vote"


@router.post(_PATH, allows="event.ask")
async def post_question_vote(
    community_id: UUID, event_id: UUID, question_id: UUID, write: Write
) -> QuestionView:
    return await write(vote, community_id, event_id, question_id, True)


@router.delete(_PATH, allows="event.ask")
async def delete_question_vote(
    community_id: UUID, event_id: UUID, question_id: UUID, write: Write
) -> QuestionView:
    return await write(vote, community_id, event_id, question_id, False)

"""Settle questions: POST /questions/{id}/answer, /dismiss -> once -> QuestionAnswered, QuestionDismissed."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.events.events.access import require_manager, visible_event
from services.events.models import HOLD_QUESTION, Question
from services.events.questions import rules
from services.events.questions.rules import QuestionState, QuestionVerb
from services.events.questions.view import QuestionView, shown
from shared.contracts.events import QuestionAnswered, QuestionDismissed
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["questions"])

Path = "/v1/communities/{community_id}/events/{event_id}/questions/{question_id}"


class AnswerQuestion(Command):
    """The answer in writing; without one it was given at the event."""

    answer: Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")] | None = None


SPOKEN = AnswerQuestion()


async def settle(
    tx: Tx,
    actor: Actor,
    community_id: UUID,
    event_id: UUID,
    question_id: UUID,
    verb: QuestionVerb,
    said: AnswerQuestion = SPOKEN,
) -> QuestionView:
    """Take the question through `verb`; each is settled once."""
    event = await visible_event(tx, actor, event_id)
    await require_manager(tx, actor, event)
    question = await tx.one(HOLD_QUESTION, {"event_id": event_id, "question_id": question_id})
    allowed = rules.verbs(question.state)
    if verb not in allowed:
        raise InvalidTransition(state=question.state.value, allowed=[other.value for other in allowed])
    of: dict[str, Any] = {"community_id": community_id, "question_id": question_id, "event_id": event_id}
    if verb is QuestionVerb.ANSWER:
        changes: dict[str, Any] = {"answer": said.answer, "answered_by": actor.member_id}
        after = await tx.lock(Question, question_id, state=QuestionState.ANSWERED, **changes)
        tx.publish(QuestionAnswered(**of))
    else:
        after = await tx.lock(Question, question_id, state=QuestionState.DISMISSED)
        tx.publish(QuestionDismissed(**of))
    tx.audit(f"question.{verb.value}", question_id)
    (view,) = await shown(tx, actor, [after])
    return view


@router.post(f"{Path}/answer", allows="event.host")
async def post_question_answer(
    community_id: UUID, event_id: UUID, question_id: UUID, write: Write, command: AnswerQuestion = SPOKEN
) -> QuestionView:
    return await write(settle, community_id, event_id, question_id, QuestionVerb.ANSWER, command)


@router.post(f"{Path}/dismiss", allows="event.host")
async def post_question_dismiss(
    community_id: UUID, event_id: UUID, question_id: UUID, write: Write
) -> QuestionView:
    return await write(settle, community_id, event_id, question_id, QuestionVerb.DISMISS)

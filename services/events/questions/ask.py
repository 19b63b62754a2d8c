"""Ask: POST /events/{id}/questions -> before and during the event, by whoever may come -> QuestionAsked."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.events.audience.admit import require_admitted
from services.events.events.access import visible_event
from services.events.events.rules import AHEAD, EventState
from services.events.models import Event, Question
from services.events.questions.view import QuestionView, shown
from shared.contracts.events import QuestionAsked
from shared.identity import Actor
from shared.ids import uuid7
from shared.problems import Conflict, Forbidden
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["questions"])

TAKES_QUESTIONS = AHEAD | {EventState.POSTPONED, EventState.LIVE}


class AskQuestion(Command):
    """What somebody wants to know."""

    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class MembersOnly(Forbidden):
    """A key asks and votes for nobody."""

    title = "Only members of the community can do this"


class NoQuestionsNow(Conflict):
    """The event is not announced yet, or over."""

    title = "The event takes no questions"


async def open_for_questions(tx: Tx, actor: Actor, event_id: UUID) -> tuple[Event, UUID]:
    """The event the caller may ask at, and who they are; or the problem by name."""
    event = await visible_event(tx, actor, event_id)
    if actor.member_id is None:
        raise MembersOnly
    if event.state not in TAKES_QUESTIONS:
        raise NoQuestionsNow(state=event.state.value)
    await require_admitted(tx, event, actor.member_id)
    return event, actor.member_id


async def ask(tx: Tx, actor: Actor, community_id: UUID, event_id: UUID, command: AskQuestion) -> QuestionView:
    """Put a question."""
    _, member_id = await open_for_questions(tx, actor, event_id)
    question = Question(
        id=uuid7(),
        community_id=community_id,
        event_id=event_id,
        asked_by=member_id,
        text=command.text,
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(question)
    tx.publish(
        QuestionAsked(
            community_id=community_id, question_id=question.id, event_id=event_id, member_id=member_id
        )
    )
    (view,) = await shown(tx, actor, [question])
    return view


@router.post(
    "/v1/communities/{community_id}/events/{event_id}/questions", status_code=201, allows="event.ask"
)
async def post_question(
    community_id: UUID, event_id: UUID, command: AskQuestion, write: Write
) -> QuestionView:
    return await write(ask, community_id, event_id, command)

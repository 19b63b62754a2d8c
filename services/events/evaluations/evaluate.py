"""Record the result: POST /events/{id}/evaluate -> completed, attendance settled -> EventEvaluated."""

from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.events.evaluations.find import EvaluationView, shown
from services.events.evaluations.rules import Verdict
from services.events.events.lifecycle import held
from services.events.events.rules import SETTLED_AFTER, EventVerb
from services.events.events.steps import require_verb, take
from services.events.models import Evaluation, Event, SurveyResult
from services.events.registrations.seats import counted, settle
from shared.contracts.events import EventEvaluated
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope

router = Router(tags=["events"])


class EvaluateEvent(Command):
    """Whether it worked and what was learnt; `survey_id` names the survey that belongs to it.

    With `settle_now` whoever has not come so far counts as no-show at once.
    """

    verdict: Verdict
    learnings: Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"\S")] | None = None
    survey_id: UUID | None = None
    settle_now: bool = False


class AttendanceNotSettled(Conflict):
    """Devices at the door may still send who came: `settles_at` says until when."""

    title = "The attendance is not settled yet"


async def evaluate(
    tx: Tx, actor: Actor, community_id: UUID, event_id: UUID, command: EvaluateEvent
) -> EvaluationView:
    """Record what an event came to; without it an event is not closed."""
    event = await settled(tx, await held(tx, actor, event_id), now=command.settle_now)
    count = await counted(tx, event)
    survey = await survey_of(tx, event_id, command.survey_id)
    evaluation = Evaluation(
        event_id=event_id,
        community_id=community_id,
        format_id=event.format_id,
        verdict=command.verdict,
        learnings=command.learnings,
        confirmed=count.confirmed,
        attended=count.checked_in,
        no_show=count.no_show,
        late_cancelled=count.late_cancelled,
        capacity=event.capacity,
        satisfied=survey.satisfied if survey is not None else None,
        answered=survey.answered if survey is not None else None,
        survey_id=survey.survey_id if survey is not None else command.survey_id,
        recorded_by=f"{actor.kind}:{actor.id}"[:100],
        recorded_at=tx.now,
    )
    await take(tx, event, EventVerb.EVALUATE)
    await tx.insert(evaluation)
    tx.publish(told(evaluation))
    tx.audit("event.evaluate", event_id)
    return shown(evaluation, all_of_it=True)


async def settled(tx: Tx, event: Event, *, now: bool) -> Event:
    """The event, which may be evaluated, with its attendance settled; `AttendanceNotSettled` too early."""
    require_verb(event, EventVerb.EVALUATE)
    if event.settled_at is not None:
        return event
    settles_at = event.ends_at + SETTLED_AFTER
    if not now and tx.now < settles_at:
        raise AttendanceNotSettled(settles_at=settles_at)
    return await settle(tx, event)


async def survey_of(tx: Tx, event_id: UUID, survey_id: UUID | None) -> SurveyResult | None:
    """What the survey that was named came to, or the last one about the event."""
    if survey_id is not None:
        return await tx.first(NAMED, {"event_id": event_id, "survey_id": survey_id})
    return await tx.first(LAST, {"event_id": event_id})


def told(evaluation: Evaluation) -> EventEvaluated:
    """The fact of a result."""
    return EventEvaluated(
        community_id=evaluation.community_id,
        event_id=evaluation.event_id,
        format_id=evaluation.format_id,
        verdict=evaluation.verdict.value,
        satisfied=evaluation.satisfied,
        answered=evaluation.answered,
    )


_OF_EVENT = select(SurveyResult).where(
    scope(SurveyResult), col(SurveyResult.event_id) == sa.bindparam("event_id")
)
NAMED = constant(_OF_EVENT.where(col(SurveyResult.survey_id) == sa.bindparam("survey_id")))
LAST = constant(_OF_EVENT.order_by(col(SurveyResult.closed_at).desc()).limit(1))


@router.post("/v1/communities/{community_id}/events/{event_id}/evaluate", allows="event.host")
async def post_event_evaluate(
    community_id: UUID, event_id: UUID, command: EvaluateEvent, write: Write
) -> EvaluationView:
    return await write(evaluate, community_id, event_id, command)

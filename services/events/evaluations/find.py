"""Read a result: GET /events/{id}/evaluation -> rates with what they are of; learnings for organisers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.events.evaluations.rules import Verdict, ratio
from services.events.events.access import manages, visible_event
from services.events.models import THE_EVALUATION, Evaluation
from shared.identity import Actor
from shared.route import Read, Router, View
from shared.store import Tx

router = Router(tags=["events"])


class EvaluationView(View):
    """What an event came to, in seats; `learnings` and `recorded_by` are null for those who do not manage it.

    `attendance` = attended / confirmed, `no_show_rate` is the rest of it, those who cancelled after the start
    among them; `fill` = confirmed / capacity, `satisfaction` = satisfied / answered; each null when there is
    nothing to divide by.
    """

    event_id: UUID
    format_id: UUID | None
    verdict: Verdict
    learnings: str | None
    confirmed: int
    attended: int
    no_show: int
    late_cancelled: int
    capacity: int | None
    attendance: float | None
    no_show_rate: float | None
    fill: float | None
    satisfied: int | None
    answered: int | None
    satisfaction: float | None
    survey_id: UUID | None
    recorded_by: str | None
    recorded_at: datetime


def shown(evaluation: Evaluation, *, all_of_it: bool) -> EvaluationView:
    """The result as the caller may see it."""
    each = evaluation
    kept: dict[str, Any] = {name: getattr(each, name, None) for name in EvaluationView.model_fields}
    kept |= {
        "attendance": ratio(each.attended, each.confirmed),
        "no_show_rate": ratio(each.confirmed - each.attended, each.confirmed),
        "fill": ratio(each.confirmed, each.capacity or 0),
        "satisfaction": ratio(each.satisfied, each.answered or 0) if each.satisfied is not None else None,
    }
    if not all_of_it:
        kept |= {"learnings": None, "recorded_by": None}
    return EvaluationView.model_validate(kept)


async def evaluation_of(tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID) -> EvaluationView:
    """The recorded result."""
    event = await visible_event(tx, actor, event_id)
    evaluation = await tx.one(THE_EVALUATION, {"event_id": event_id})
    return shown(evaluation, all_of_it=await manages(tx, actor, event))


@router.get("/v1/communities/{community_id}/events/{event_id}/evaluation", allows="event.read")
async def get_event_evaluation(community_id: UUID, event_id: UUID, read: Read) -> EvaluationView:
    return await read(evaluation_of, community_id, event_id)

"""Attach a survey: SurveyClosed about an event -> its result, recorded or to be -> EventEvaluated again."""

import sqlalchemy as sa
from sqlmodel import col

from services.events.evaluations.evaluate import told
from services.events.models import HOLD_EVENT, THE_EVALUATION, Evaluation, Event, SurveyResult
from shared.consumers import Consumers
from shared.contracts.announced import SurveyClosed
from shared.newest import keep_newest
from shared.store import Tx, constant, scope

consumers = Consumers()


@consumers.on(SurveyClosed)
async def attach(tx: Tx, fact: SurveyClosed) -> None:
    """Keep the numbers; a result that belongs to this survey, or to none so far, is told again with them."""
    if fact.event_id is None or await tx.first(HOLD_EVENT, {"event_id": fact.event_id}) is None:
        return
    newer = {
        "event_id": fact.event_id,
        "satisfied": fact.satisfied,
        "answered": fact.answered,
        "closed_at": fact.occurred_at,
    }
    row = {"survey_id": fact.survey_id, "community_id": fact.community_id}
    if not await keep_newest(tx, SurveyResult, fact, ["survey_id"], row, newer):
        return
    evaluation = await tx.first(THE_EVALUATION, {"event_id": fact.event_id})
    if evaluation is None or evaluation.survey_id not in (None, fact.survey_id):
        return
    given = {"n_satisfied": fact.satisfied, "n_answered": fact.answered, "n_survey_id": fact.survey_id}
    await tx.execute(ATTACH, {"event_id": fact.event_id} | given)
    await tx.lock(Event, fact.event_id)
    tx.publish(told(await tx.one(THE_EVALUATION, {"event_id": fact.event_id})))


_THIS = (scope(Evaluation), col(Evaluation.event_id) == sa.bindparam("event_id"))
ATTACH = constant(
    sa.update(Evaluation)
    .where(*_THIS)
    .values(
        satisfied=sa.bindparam("n_satisfied", type_=sa.Integer()),
        answered=sa.bindparam("n_answered", type_=sa.Integer()),
        survey_id=sa.bindparam("n_survey_id", type_=Evaluation.__table__.c.survey_id.type),  # type: ignore[attr-defined]
    )
)

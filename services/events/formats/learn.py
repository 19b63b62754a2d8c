"""Learn from events: EventEvaluated, EventAttendanceCounted -> what a format achieved -> FormatChanged.

Without it whoever asks for a format with If-None-Match would be told that nothing changed.
"""

from uuid import UUID

from services.events.models import THE_EVALUATION, THE_FORMAT, Format
from shared.consumers import Consumers
from shared.contracts.events import EventAttendanceCounted, EventEvaluated, FormatChanged
from shared.store import Tx

consumers = Consumers()


@consumers.on(EventEvaluated)
async def learn(tx: Tx, fact: EventEvaluated) -> None:
    """A result was recorded, or what was said of it in a survey came later."""
    await _changed(tx, fact.format_id)


@consumers.on(EventAttendanceCounted)
async def correct(tx: Tx, fact: EventAttendanceCounted) -> None:
    """Who came was corrected after the result was recorded."""
    result = await tx.first(THE_EVALUATION, {"event_id": fact.event_id})
    await _changed(tx, result.format_id if result is not None else None)


async def _changed(tx: Tx, format_id: UUID | None) -> None:
    known = await tx.first(THE_FORMAT, {"format_id": format_id}) if format_id is not None else None
    if known is not None:
        await tx.lock(Format, known.id)
        tx.publish(FormatChanged(community_id=known.community_id, format_id=known.id))

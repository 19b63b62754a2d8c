"""Keep how events were attended: EventAttendanceCounted -> the newest count of each event."""

from services.metrics.log import by_community, enter
from services.metrics.models import EventTally, table
from shared.consumers import Consumers
from shared.contracts.events import EventAttendanceCounted
from shared.store import Tx

consumers = Consumers()

SEATS = ("capacity", "confirmed", "checked_in", "late_cancelled", "offers", "offers_accepted")


@consumers.on_many(EventAttendanceCounted)
async def keep(tx: Tx, facts: list[EventAttendanceCounted]) -> None:
    """Put what an event's newest fact says in the place of what is there; older news changes nothing."""
    insert = tx.upsert(EventTally)
    own = table(EventTally)
    put = insert.on_conflict_do_update(
        index_elements=list(own.primary_key.columns),
        set_={column.name: insert.excluded[column.name] for column in own.c if not column.primary_key},
        where=own.c.fact_version < insert.excluded.fact_version,
    )
    for community_id, theirs in by_community(facts):
        await enter(tx, community_id, theirs)
        await tx.execute(put, [_row(fact) for fact in theirs])


def _row(fact: EventAttendanceCounted) -> dict[str, object]:
    return {
        "community_id": fact.community_id,
        "event_id": fact.event_id,
        "starts_at": fact.starts_at,
        "fact_id": fact.fact_id,
        "fact_version": fact.aggregate_version,
    } | {name: getattr(fact, name) for name in SEATS}

"""Outside activities: POST /channels/{id}/activities -> new by natural key -> ChannelActivityIngested."""

from typing import Annotated, Any
from uuid import UUID

from annotated_types import MaxLen, MinLen
from sqlmodel import bindparam, col, insert, select

from services.engagement import rules
from services.engagement.inputs import Ref, Refusal, RefusedItem, Word
from services.engagement.models import LOCKED_CHANNEL, Activity, Channel
from services.engagement.rules import BATCH, is_plausible
from shared.contracts.engagement import ITEMS_LIMIT, ChannelActivityIngested
from shared.facts import ActorRef
from shared.identity import Actor
from shared.ids import identity_id
from shared.route import Command, Instant, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["activities"])


class OutsideActivity(Command):
    """What `subject` did (null when unknown); `ref` is its id there, `thread` what it belongs to."""

    kind: Word
    at: Instant
    subject: Ref | None = None
    ref: Ref
    thread: Ref | None = None


class IngestActivities(Command):
    provider: Word
    items: Annotated[list[OutsideActivity], MinLen(1), MaxLen(BATCH)]


class IngestedView(View):
    """How many were new, how many were known, and which could not be taken."""

    accepted: int
    duplicates: int
    refused: list[RefusedItem]


_KNOWN = constant(
    select(Activity.id).where(scope(Activity), col(Activity.id).in_(bindparam("ids", expanding=True)))
)
_INSERT = constant(insert(Activity))


async def ingest(
    tx: Tx, _actor: Actor, community_id: UUID, channel_id: UUID, command: IngestActivities
) -> IngestedView:
    """The channel is locked first: of two batches with the same activities one finds the other's rows."""
    await tx.one(LOCKED_CHANNEL, {"id": channel_id})
    items = command.items
    refused = [
        RefusedItem(index=index, reason=Refusal.IMPLAUSIBLE_TIME)
        for index, item in enumerate(items)
        if not is_plausible(item.at, tx.now)
    ]
    left_out = {item.index for item in refused}
    given = {
        rules.activity_id(channel_id, item.kind, item.ref): item
        for index, item in enumerate(items)
        if index not in left_out
    }
    rows_known: list[Any] = await tx.all(_KNOWN, {"ids": list(given)})
    known = {row.id for row in rows_known}
    rows = _rows(
        community_id, channel_id, command, {id_: item for id_, item in given.items() if id_ not in known}
    )
    if rows:
        await tx.execute(_INSERT, rows)
        await _publish(tx, community_id, channel_id, command.provider, rows)
        tx.audit("activity.ingest", channel_id)
    duplicates = len(items) - len(refused) - len(rows)
    return IngestedView(accepted=len(rows), duplicates=duplicates, refused=refused)


def _rows(
    community_id: UUID, channel_id: UUID, command: IngestActivities, new: dict[UUID, OutsideActivity]
) -> list[dict[str, Any]]:
    provider = command.provider
    subjects, refs = {item.subject for item in new.values()}, {item.thread for item in new.values()}
    identities = {subject: identity_id(community_id, provider, subject) for subject in subjects if subject}
    threads = {ref: rules.imported_topic_id(community_id, provider, ref) for ref in refs if ref}
    return [
        {
            "id": id_,
            "community_id": community_id,
            "channel_id": channel_id,
            "kind": item.kind,
            "ref": item.ref,
            "at": item.at,
            "identity_id": identities[item.subject] if item.subject else None,
            "thread_id": threads[item.thread] if item.thread else None,
        }
        for id_, item in new.items()
    ]


async def _publish(
    tx: Tx, community_id: UUID, channel_id: UUID, provider: str, rows: list[dict[str, Any]]
) -> None:
    starts = range(0, len(rows), ITEMS_LIMIT)
    await tx.lock(Channel, channel_id, facts=len(starts))
    about = {
        "community_id": community_id,
        "channel_id": channel_id,
        "actor": ActorRef(kind="import", id=provider),
    }
    for start in starts:
        # Plain values, validated once for the whole fact, cost a third of items built one by one.
        activities = [
            {
                "activity_id": row["id"],
                "identity_id": row["identity_id"],
                "kind": row["kind"],
                "at": row["at"],
                "thread": row["thread_id"],
            }
            for row in rows[start : start + ITEMS_LIMIT]
        ]
        tx.publish(ChannelActivityIngested.model_validate(about | {"activities": activities}))


@router.post("/v1/communities/{community_id}/channels/{channel_id}/activities", allows="activity.ingest")
async def post_activities(
    community_id: UUID, channel_id: UUID, command: IngestActivities, write: Write
) -> IngestedView:
    return await write(ingest, community_id, channel_id, command)

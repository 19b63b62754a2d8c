"""Outside activities: POST /channels/{id}/activities -> new by natural key -> ChannelActivityIngested."""

from typing import Annotated, Any
from uuid import UUID

from annotated_types import MaxLen, MinLen
from sqlmodel import bindparam, col, insert, select

from services.engagement import rules
from services.engagement.inputs import Ref, Refusal, RefusedItem, Word
from services.engagement.models import LOCKED_CHANNEL, Activity, Channel
from services.engagement.rules import BATCH
from shared.contracts.engagement import ITEMS_LIMIT, ChannelActivityIngested
from shared.facts import ActorRef
from shared.identity import Actor
from shared.ids import derived_id
from shared.route import Command, Instant, Router, View, Write
from shared.store import Tx, constant, scope
from shared.subjects import identity_of
from shared.tombstones import erased_among

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
    left_out = set(rules.implausible((item.at for item in items), tx.now))
    new = {
        derived_id(channel_id, rules.activity_name(item.kind, item.ref)): item
        for index, item in enumerate(items)
        if index not in left_out
    }
    known: list[Any] = await tx.all(_KNOWN, {"ids": list(new)})
    for row in known:
        del new[row.id]
    rows = await _rows(tx, community_id, channel_id, command.provider, new)
    if rows:
        await tx.execute(_INSERT, rows)
        await _publish(tx, community_id, channel_id, command.provider, rows)
        tx.audit("activity.ingest", channel_id)
    refused = [RefusedItem(index=index, reason=Refusal.IMPLAUSIBLE_TIME) for index in sorted(left_out)]
    duplicates = len(items) - len(refused) - len(rows)
    return IngestedView(accepted=len(rows), duplicates=duplicates, refused=refused)


async def _rows(
    tx: Tx, community_id: UUID, channel_id: UUID, provider: str, new: dict[UUID, OutsideActivity]
) -> list[dict[str, Any]]:
    """What to keep; what somebody did who was erased since is nobody's."""
    subjects, refs = {item.subject for item in new.values()}, {item.thread for item in new.values()}
    identities = {each: identity_of(community_id, provider, each) if each else None for each in subjects}
    gone = await erased_among(tx, [each for each in identities.values() if each is not None])
    threads = {ref: rules.imported_topic_id(community_id, provider, ref) if ref else None for ref in refs}
    return [
        {
            "id": id_,
            "community_id": community_id,
            "channel_id": channel_id,
            "kind": item.kind,
            "ref": "" if identities[item.subject] in gone else item.ref,
            "at": item.at,
            "identity_id": None if identities[item.subject] in gone else identities[item.subject],
            "thread_id": threads[item.thread],
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

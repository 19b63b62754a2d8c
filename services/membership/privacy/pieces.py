"""An export on its way: whom it is about, what has been kept, and where the next piece begins."""

from itertools import count
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from services.membership.privacy.models import ArchiveEntry, DataRequest
from services.membership.privacy.packing import VOLUME_BYTES, new_archive_key, sealed_entry, sealer_of
from services.membership.privacy.rules import ARCHIVE_KEPT, DataRequestState
from services.membership.privacy.subjects import communities_of, subject_of
from shared.data_subjects import DataSubject, Piece
from shared.store import Tx


async def start(tx: Tx, request_id: UUID) -> None:
    """Remember whom it is about, and make the archive's key."""
    request = await tx.lock(DataRequest, request_id, facts=0)
    if request.state is not DataRequestState.VERIFIED:
        return
    for community_id in await communities_of(tx, request):
        tx.within(community_id)
        subject = await subject_of(tx, request)
        await tx.insert(subject.part_of(request, community_id))
    position = {"step": 0, "after": None, "seq": 0, "volume": 1, "bytes": 0}
    running: dict[str, Any] = {
        "state": DataRequestState.RUNNING,
        "archive_key": new_archive_key(),
        "position": position,
    }
    await tx.lock(DataRequest, request_id, facts=0, **running)


async def keep(
    tx: Tx, request_id: UUID, position: dict[str, Any], place: tuple[DataSubject, str], piece: Piece
) -> None:
    """Store a piece and where the next begins, unless somebody else has, or an erasure stopped it."""
    request = await tx.lock(DataRequest, request_id, facts=0)
    if request.position != position or request.state is not DataRequestState.RUNNING:
        return
    sealer = sealer_of(request)
    after = dict(position)
    subject, service = place
    for (table, rows), seq in zip(piece.items.items(), count(position["seq"]), strict=False):
        if not rows:
            continue
        content = to_json(rows, indent=1)
        entry = sealed_entry(sealer, request_id, seq, content)
        if after["bytes"] and after["bytes"] + len(entry["sealed"]) > VOLUME_BYTES:
            after["volume"], after["bytes"] = after["volume"] + 1, 0
        name = f"{subject.community_id}/{service}/{table}-{seq:05}.json"
        await tx.insert(ArchiveEntry(**entry, volume=after["volume"], name=name, rows=len(rows)))
        after["seq"], after["bytes"] = seq + 1, after["bytes"] + len(entry["sealed"])
    after["after"] = piece.next
    after["step"] += piece.next is None
    await tx.lock(DataRequest, request_id, facts=0, position=after)


async def finish(tx: Tx, request_id: UUID) -> None:
    request = await tx.lock(DataRequest, request_id, facts=0)
    if request.state is not DataRequestState.RUNNING:
        return
    done: dict[str, Any] = {
        "state": DataRequestState.DONE,
        "settled_at": tx.now,
        "expires_at": tx.now + ARCHIVE_KEPT,
    }
    await tx.lock(DataRequest, request_id, facts=0, volumes=request.position["volume"], **done)

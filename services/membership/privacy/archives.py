"""Hand out archives: GET /data-requests/{id}/archive -> a zip of JSON files -> purged after seven days."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Query
from sqlmodel import col, select
from starlette.responses import Response

from services.membership.privacy.models import THE_REQUEST, ArchiveEntry, DataRequest
from services.membership.privacy.packing import zipped
from services.membership.privacy.rules import OPEN, DataRequestKind, DataRequestState, RejectReason
from services.membership.privacy.view import owns, requester_of
from shared.answers import Rendered
from shared.data_subjects import DataSubject, parameters_of
from shared.identity import Actor
from shared.jobs import Jobs
from shared.problems import NotFound
from shared.route import Read, Router
from shared.store import Context, Store, Tx, constant

router = Router(tags=["data requests"])
jobs = Jobs()

PURGE_SECONDS = 600.0
PURGED_AT_ONCE = 100
Volume = Annotated[int, Query(ge=1, le=100_000, description="1 to the request's `volumes`")]


class Zip(Response):
    """How the archive is documented."""

    media_type = "application/zip"


async def archive(tx: Tx, actor: Actor, request_id: UUID, volume: int) -> Rendered:
    """One volume, a whole zip by itself; for whoever asked for it, an owner only while they are one."""
    request = await tx.one(THE_REQUEST, {"request_id": request_id})
    finished = request.state is DataRequestState.DONE and request.archive_key is not None
    kept = request.expires_at is not None and request.expires_at > tx.now
    if actor.scopes is not None or request.requested_by != requester_of(actor) or not (finished and kept):
        raise NotFound
    if request.member_id is not None and not await owns(tx, actor, request.community_id):
        raise NotFound
    entries = await tx.all(ENTRIES, {"request_id": request_id, "volume": volume})
    if not entries:
        raise NotFound
    name = f"guildhall-{request_id}-{volume}-of-{request.volumes}.zip"
    headers = {
        "content-type": Zip.media_type,
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }
    return Rendered(200, headers, zipped(request, volume, entries))


async def forget_archives(tx: Tx, subject: DataSubject) -> int:
    """Drop every archive with what is erased, their keys first; how many files there were."""
    given = parameters_of(subject) | {"of": subject.community_id}
    await tx.execute(DROP_THEIR_KEYS, given)
    await tx.execute(STOP_THEIRS, given | {"now": tx.now})
    return await tx.execute(FORGET_THEIRS, given)


@jobs.every(seconds=PURGE_SECONDS)
async def purge(store: Store) -> None:
    """Drop expired archives, a few files at a time; without its key what is left of one is noise."""
    while await store.write(_purge, Context()):
        continue


async def _purge(tx: Tx) -> int:
    await tx.execute(DROP_KEYS, {"now": tx.now})
    return await tx.execute(FORGET_EXPIRED, {"now": tx.now})


_NOW: Any = sa.bindparam("now", type_=DataRequest.__table__.c.created_at.type)  # type: ignore[attr-defined]
_KEYED = col(DataRequest.archive_key).is_not(None)
_EXPIRED = col(DataRequest.expires_at) <= _NOW
_ID: Any = DataRequest.__table__.c.id.type  # type: ignore[attr-defined]
_HELD_OF_THIS = sa.or_(
    col(DataRequest.community_id).is_(None), col(DataRequest.community_id) == sa.bindparam("of", type_=_ID)
)
_THEIRS = sa.or_(
    col(DataRequest.member_id).in_(sa.bindparam("members", expanding=True)),
    sa.and_(col(DataRequest.person_id).in_(sa.bindparam("persons", expanding=True)), _HELD_OF_THIS),
)
_KEY = (col(ArchiveEntry.request_id), col(ArchiveEntry.seq))
ENTRIES = constant(
    select(ArchiveEntry)
    .where(
        col(ArchiveEntry.request_id) == sa.bindparam("request_id"),
        col(ArchiveEntry.volume) == sa.bindparam("volume"),
    )
    .order_by(col(ArchiveEntry.seq))
)
DROP_KEYS = constant(sa.update(DataRequest).where(_EXPIRED, _KEYED).values(archive_key=None))
DROP_THEIR_KEYS = constant(sa.update(DataRequest).where(_THEIRS, _KEYED).values(archive_key=None))
STOP_THEIRS = constant(
    sa.update(DataRequest)
    .where(_THEIRS, col(DataRequest.kind) == DataRequestKind.EXPORT, col(DataRequest.state).in_(OPEN))
    .values(state=DataRequestState.REJECTED, reason=RejectReason.ERASED, settled_at=_NOW)
)
FORGET_EXPIRED = constant(
    sa.delete(ArchiveEntry).where(
        sa.tuple_(*_KEY).in_(
            select(*_KEY)
            .where(col(ArchiveEntry.request_id).in_(select(col(DataRequest.id)).where(_EXPIRED)))
            .limit(PURGED_AT_ONCE)
        )
    )
)
FORGET_THEIRS = constant(
    sa.delete(ArchiveEntry).where(
        col(ArchiveEntry.request_id).in_(select(col(DataRequest.id)).where(_THEIRS))
    )
)


@router.get("/v1/data-requests/{request_id}/archive", allows="data_request.read", response_class=Zip)
async def get_archive(request_id: UUID, read: Read, volume: Volume = 1) -> Any:
    return await read(archive, request_id, volume, long=True)

"""Read data requests: GET /data-requests -> one's own, with every service's receipt."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.members.actors import standing_for
from services.membership.members.rules import MemberState
from services.membership.models import THE_MEMBER, Member
from services.membership.privacy.models import THE_PARTS, THE_RECEIPTS, THE_REQUEST, DataRequest
from services.membership.privacy.receipts import ANSWERING
from services.membership.privacy.rules import DataRequestKind, DataRequestState, RejectReason
from services.membership.roles.rules import Role
from shared.identity import Actor
from shared.problems import NotFound
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["data requests"])


class ErasedView(View):
    """How many rows of a table were removed or made nobody's."""

    table: str
    rows: int


class ReceiptView(View):
    """What a service answered about a community; `received_at` is null while it has not."""

    community_id: UUID
    service: str
    received_at: datetime | None
    erased: list[ErasedView]
    retained: list[str]


class ListedRequest(View):
    """A data request; `community_id` is null when it is about every community of the person."""

    id: UUID
    kind: DataRequestKind
    community_id: UUID | None
    member_id: UUID | None
    state: DataRequestState
    reason: RejectReason | None
    created_at: datetime
    due_at: datetime
    verified_at: datetime | None
    settled_at: datetime | None
    volumes: int
    expires_at: datetime | None


class DataRequestView(ListedRequest):
    """A data request with the receipts of an erasure; an export has `volumes` archives until `expires_at`."""

    receipts: list[ReceiptView]


def requester_of(actor: Actor) -> str:
    """Who asks, as it is kept: a person whatever they are in a community, else the key."""
    return str(actor.person_id or actor.id)


async def own_member(tx: Tx, actor: Actor) -> Member | None:
    """The member the caller is in the transaction's community; who was merged is the survivor."""
    if actor.person_id is None:
        return None
    return await standing_for(tx, await tx.first(OWN_MEMBER, {"person_id": actor.person_id}))


async def is_oneself(tx: Tx, actor: Actor, member_id: UUID) -> bool:
    """Whether the caller is that member of the transaction's community, or was before a merge."""
    oneself = await own_member(tx, actor)
    member = await standing_for(tx, await tx.first(THE_MEMBER, {"member_id": member_id}))
    return oneself is not None and member is not None and member.id == oneself.id


async def owns(tx: Tx, actor: Actor, community_id: UUID | None) -> bool:
    """Whether the caller owns the community; these routes name none, so nobody has looked yet."""
    if actor.is_owner_key:
        return True
    if community_id is None or actor.person_id is None:
        return False
    tx.within(community_id)
    member = await own_member(tx, actor)
    return member is not None and member.state is MemberState.ACTIVE and Role.OWNER in member.roles


async def visible(tx: Tx, actor: Actor, request_id: UUID, *, lock: bool = False) -> DataRequest:
    """The request if the caller is its subject, or owns the community it is about by now."""
    request = await tx.one(HELD_REQUEST if lock else THE_REQUEST, {"request_id": request_id})
    if actor.scopes is not None:
        raise NotFound
    if not await _is_about(tx, actor, request) and not await owns(tx, actor, request.community_id):
        raise NotFound
    return request


async def _is_about(tx: Tx, actor: Actor, request: DataRequest) -> bool:
    if actor.person_id is None:
        return False
    if request.member_id is None or request.community_id is None:
        return request.person_id == actor.person_id
    tx.within(request.community_id)
    return await is_oneself(tx, actor, request.member_id)


async def viewed(tx: Tx, request: DataRequest) -> DataRequestView:
    """The request with its receipts, missing ones included."""
    given = {"request_id": request.id}
    receipts: list[dict[str, Any]] = []
    if request.kind is DataRequestKind.ERASE:
        known = {(row.community_id, row.service): row for row in await tx.all(THE_RECEIPTS, given)}
        for part in await tx.all(THE_PARTS, given):
            for service in ANSWERING:
                row: Any = known.get((part.community_id, service))
                receipts.append(
                    {
                        "community_id": part.community_id,
                        "service": service,
                        "received_at": row.received_at if row else None,
                        "erased": row.erased if row else [],
                        "retained": row.retained if row else [],
                    }
                )
    listed = ListedRequest.model_validate(request)
    return DataRequestView.model_validate(dict(listed) | {"receipts": receipts})


async def request_of(tx: Tx, actor: Actor, request_id: UUID) -> DataRequestView:
    """The request, for those who may see it."""
    return await viewed(tx, await visible(tx, actor, request_id))


async def requests_of(tx: Tx, actor: Actor, limit: int, cursor: str | None) -> Page[Any]:
    """The requests the caller made, newest first."""
    made = select(DataRequest).where(col(DataRequest.requested_by) == requester_of(actor))
    by = (DataRequest.created_at, DataRequest.id)
    return await tx.page(made, by=by, limit=limit, cursor=cursor, descending=True)


HELD_REQUEST = constant(THE_REQUEST.with_for_update())
OWN_MEMBER = constant(select(Member).where(scope(Member), col(Member.person_id) == sa.bindparam("person_id")))


@router.get("/v1/data-requests", allows="data_request.read")
async def list_data_requests(read: Read, limit: Limit = 20, cursor: Cursor = None) -> Page[ListedRequest]:
    return await read(requests_of, limit, cursor)


@router.get("/v1/data-requests/{request_id}", allows="data_request.read")
async def get_data_request(request_id: UUID, read: Read) -> DataRequestView:
    return await read(request_of, request_id)

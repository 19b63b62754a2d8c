"""Run erasures: verified -> ErasureRequested in each community -> every service's receipt -> done, once."""

from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col

from services.membership.members.rules import MemberState
from services.membership.models import HOLD_COMMUNITY
from services.membership.privacy.burial import bury, forget_logins
from services.membership.privacy.models import (
    THE_PARTS,
    THE_RECEIPTS,
    THE_REQUEST,
    DataRequest,
    DataRequestPart,
    DataRequestReceipt,
)
from services.membership.privacy.receipts import ANSWERING, RECEIPTS
from services.membership.privacy.rules import DataRequestState
from services.membership.privacy.subjects import communities_of, subject_of
from services.membership.roles.grant import require_another_owner
from services.membership.roles.rules import Role
from shared.consumers import Consumers
from shared.contracts.membership import ErasureRequested
from shared.facts import ErasureReceipt
from shared.store import Tx, constant

consumers = Consumers()
log = structlog.get_logger("erasure")


async def begin(tx: Tx, request: DataRequest) -> None:
    """Bury the members and tell every service, in one transaction; `LastOwner` while nobody else owns.

    The caller has just verified the request. In each community the last owner is looked for, and taken out of
    office, under the community's lock: of two who ask at once one stays.
    """
    parts = []
    persons = {request.person_id} if request.person_id is not None else set()
    for community_id in await communities_of(tx, request):
        tx.within(community_id)
        await tx.one(HOLD_COMMUNITY)
        subject = await subject_of(tx, request)
        for each in subject.members:
            if each.state is MemberState.ACTIVE and Role.OWNER in each.roles:
                await require_another_owner(tx, each.id)
        persons |= {each.person_id for each in subject.members if each.person_id is not None}
        part = subject.part_of(request, community_id, told_at=tx.now)
        await tx.insert(part)
        await bury(tx, community_id, subject.members)
        parts.append(part)
    tx.within(None)
    await forget_logins(tx, persons)
    state = DataRequestState.RUNNING if parts else DataRequestState.DONE
    settled_at = None if parts else tx.now
    changes: dict[str, Any] = {"state": state, "verified_at": tx.now, "settled_at": settled_at}
    await tx.lock(DataRequest, request.id, facts=len(parts), **changes)
    for part in parts:
        tx.publish(requested(part))


def requested(part: DataRequestPart) -> ErasureRequested:
    """What the services are told of a part, the first time and again."""
    return ErasureRequested.model_validate(
        {
            "community_id": part.community_id,
            "request_id": part.request_id,
            "member_ids": part.member_ids,
            "identity_ids": part.identity_ids,
            "person_ids": part.person_ids,
        }
    )


@consumers.on(*RECEIPTS)
async def receive(tx: Tx, fact: ErasureReceipt) -> None:
    """Keep a service's receipt; the last one that was missing ends the request."""
    request = await tx.first(LOCKED, {"request_id": fact.request_id})
    if request is None or fact.community_id is None:
        return
    receipt = {
        "request_id": fact.request_id,
        "community_id": fact.community_id,
        "service": fact.owner,
        "erased": [each.model_dump() for each in fact.erased],
        "retained": fact.retained,
        "received_at": tx.now,
    }
    await tx.execute(tx.upsert(DataRequestReceipt).on_conflict_do_nothing(), receipt)
    given = {"request_id": fact.request_id}
    answered = {(row.community_id, row.service) for row in await tx.all(THE_RECEIPTS, given)}
    open_parts = [part for part in await tx.all(THE_PARTS, given) if part.answered_at is None]
    complete = [p for p in open_parts if all((p.community_id, name) in answered for name in ANSWERING)]
    for part in complete:
        where = {"request_id": part.request_id, "of": part.community_id, "now": tx.now}
        await tx.execute(ANSWERED, where)
    if len(complete) == len(open_parts) and request.state is DataRequestState.RUNNING:
        await tx.lock(DataRequest, request.id, facts=0, state=DataRequestState.DONE, settled_at=tx.now)
        log.info("erasure_done", request_id=str(request.id), seconds=(tx.now - request.created_at).seconds)


THIS_PART = (
    col(DataRequestPart.request_id) == sa.bindparam("request_id"),
    col(DataRequestPart.community_id) == sa.bindparam("of"),
)
NOW: Any = sa.bindparam("now", type_=DataRequest.__table__.c.created_at.type)  # type: ignore[attr-defined]
LOCKED = constant(THE_REQUEST.with_for_update())
ANSWERED = constant(sa.update(DataRequestPart).where(*THIS_PART).values(answered_at=NOW))

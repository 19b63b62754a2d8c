"""Decide on what was asked for somebody: POST /data-requests/{id}/{verb} -> it begins, or has no effect."""

from typing import Any
from uuid import UUID

from services.membership.privacy import erasure, rules
from services.membership.privacy.models import THE_REQUEST, DataRequest
from services.membership.privacy.rules import DataRequestKind, DataRequestState, DataRequestVerb, RejectReason
from services.membership.privacy.view import DataRequestView, viewed, visible
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["data requests"])


class RejectDataRequest(Command):
    """Why nothing is done."""

    reason: RejectReason


async def verified(tx: Tx, request: DataRequest) -> None:
    """It is the person's own wish: an erasure begins here, an export is collected by a job."""
    if request.kind is DataRequestKind.ERASE:
        await erasure.begin(tx, request)
    else:
        verified = DataRequestState.VERIFIED
        await tx.lock(DataRequest, request.id, facts=0, state=verified, verified_at=tx.now)


async def decide(
    tx: Tx, actor: Actor, request_id: UUID, verb: DataRequestVerb, reason: RejectReason | None = None
) -> DataRequestView:
    """Verify or reject what was asked for somebody: by them, or by an owner who has made sure of them."""
    request = await visible(tx, actor, request_id, lock=True)
    allowed = rules.data_request_verbs(request.state)
    if verb not in allowed:
        raise InvalidTransition(state=request.state.value, allowed=[each.value for each in allowed])
    if request.community_id is not None:
        tx.audit(f"data_request.{verb.value}", request_id, community_id=request.community_id)
    if verb is DataRequestVerb.VERIFY:
        await verified(tx, request)
    else:
        rejected: dict[str, Any] = {
            "state": DataRequestState.REJECTED,
            "reason": reason,
            "settled_at": tx.now,
        }
        await tx.lock(DataRequest, request_id, facts=0, **rejected)
    return await viewed(tx, await tx.one(THE_REQUEST, {"request_id": request_id}))


@router.post("/v1/data-requests/{request_id}/verify", allows="data_request.make")
async def verify_data_request(request_id: UUID, write: Write) -> DataRequestView:
    return await write(decide, request_id, DataRequestVerb.VERIFY)


@router.post("/v1/data-requests/{request_id}/reject", allows="data_request.make")
async def reject_data_request(request_id: UUID, command: RejectDataRequest, write: Write) -> DataRequestView:
    return await write(decide, request_id, DataRequestVerb.REJECT, command.reason)

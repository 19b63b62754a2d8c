"""Read and revoke invitations: GET, DELETE /invitations -> never their token."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.membership.models import Invitation
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["invitations"])

INVITATIONS = constant(select(Invitation).where(scope(Invitation)))
THE_INVITATION = constant(INVITATIONS.where(col(Invitation.id) == sa.bindparam("invitation_id")))
REVOKE = constant(
    sa.update(Invitation)
    .where(scope(Invitation), col(Invitation.id) == sa.bindparam("invitation_id"))
    .where(col(Invitation.revoked_at).is_(None))
    .values(revoked_at=sa.bindparam("now"), updated_at=sa.bindparam("now"))
)


class InvitationView(View):
    """An invitation, its token never among what is shown of it."""

    id: UUID
    member_id: UUID | None
    prospect_id: UUID | None
    max_uses: int
    uses: int
    expires_at: datetime
    revoked_at: datetime | None
    created_by: str
    created_at: datetime


async def revoke(tx: Tx, _actor: Actor, invitation_id: UUID) -> None:
    """Let nobody else in by this invitation; who came in stays, and again changes nothing."""
    await tx.one(THE_INVITATION, {"invitation_id": invitation_id})
    if await tx.execute(REVOKE, {"invitation_id": invitation_id, "now": tx.now}):
        tx.audit("invitation.revoke", invitation_id)


async def invitation_of(tx: Tx, _actor: Actor, invitation_id: UUID) -> Invitation:
    """The invitation."""
    return await tx.one(THE_INVITATION, {"invitation_id": invitation_id})


async def invitations(tx: Tx, _actor: Actor, limit: int, cursor: str | None) -> Page[Any]:
    """Every invitation, the newest first."""
    by = (Invitation.created_at, Invitation.id)
    return await tx.page(INVITATIONS, by=by, limit=limit, cursor=cursor, descending=True)


@router.get("/v1/communities/{community_id}/invitations", allows="invitation.manage")
async def list_invitations(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[InvitationView]:
    return await read(invitations, limit, cursor)


@router.get("/v1/communities/{community_id}/invitations/{invitation_id}", allows="invitation.manage")
async def get_invitation(community_id: UUID, invitation_id: UUID, read: Read) -> InvitationView:  # noqa: ARG001 - as above
    return await read(invitation_of, invitation_id)


@router.delete(
    "/v1/communities/{community_id}/invitations/{invitation_id}", status_code=204, allows="invitation.manage"
)
async def delete_invitation(community_id: UUID, invitation_id: UUID, write: Write) -> None:  # noqa: ARG001 - as above
    return await write(revoke, invitation_id)

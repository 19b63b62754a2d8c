"""Read invitations: GET /speaker-invitations -> all for organisers, for others who speaks there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.events.access import manages, visible_event
from services.events.models import THE_EVENT, THE_INVITATION, Event, Speaker, SpeakerInvitation
from services.events.speakers.rules import ON_STAGE, InvitationState
from shared.identity import Actor
from shared.problems import NotFound
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["speakers"])

OF_EVENT = constant(
    select(SpeakerInvitation).where(
        scope(SpeakerInvitation), col(SpeakerInvitation.event_id) == sa.bindparam("event_id")
    )
)
MINE = select(Speaker.id).where(
    scope(Speaker),
    col(Speaker.member_id) == sa.bindparam("member_id", type_=Speaker.__table__.c.id.type),  # type: ignore[attr-defined]
)
SEEN = constant(
    OF_EVENT.where(
        sa.or_(
            col(SpeakerInvitation.state).in_(sorted(ON_STAGE)),
            sa.and_(
                col(SpeakerInvitation.state) != InvitationState.DRAFTED,
                col(SpeakerInvitation.speaker_id).in_(MINE),
            ),
        )
    )
)
WHO = constant(
    sa.select(col(Speaker.id), col(Speaker.name), col(Speaker.member_id)).where(
        scope(Speaker), col(Speaker.id).in_(sa.bindparam("ids", expanding=True))
    )
)
NOBODY = UUID(int=0)


class InvitationView(View):
    """An invitation to speak; `message` and `deadline` are for the organisers and whoever is invited."""

    id: UUID
    event_id: UUID
    speaker_id: UUID
    speaker_name: str
    member_id: UUID | None
    message: str | None
    deadline: datetime | None
    state: InvitationState
    answered_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


async def shown(
    tx: Tx, actor: Actor, invitations: Sequence[SpeakerInvitation], *, organises: bool
) -> list[InvitationView]:
    """The invitations as the caller may see them."""
    if not invitations:
        return []
    who = {row.id: row for row in await tx.all(WHO, {"ids": [each.speaker_id for each in invitations]})}
    views = []
    for each in invitations:
        speaker = who[each.speaker_id]
        kept: dict[str, Any] = {name: getattr(each, name, None) for name in InvitationView.model_fields}
        kept |= {"speaker_name": speaker.name, "member_id": speaker.member_id}
        if not organises and not is_invited(actor, speaker.member_id):
            kept |= {"message": None, "deadline": None}
        views.append(InvitationView.model_validate(kept))
    return views


def is_invited(actor: Actor, member_id: UUID | None) -> bool:
    """Whether the caller is the speaker's member."""
    return member_id is not None and member_id == actor.member_id


async def organises(tx: Tx, actor: Actor, event: Event) -> bool:
    """Whether the caller sees and runs the invitations to an event."""
    return actor.may("speaker.manage", "events") or await manages(tx, actor, event)


async def invitations(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, limit: int, cursor: str | None
) -> Page[Any]:
    """Invitations in the order they were made: all, or those of whoever speaks there and one's own."""
    event = await visible_event(tx, actor, event_id)
    runs = await organises(tx, actor, event)
    given = {"event_id": event_id} | ({} if runs else {"member_id": actor.member_id or NOBODY})
    by = (SpeakerInvitation.created_at, SpeakerInvitation.id)
    page = await tx.page(OF_EVENT if runs else SEEN, given, by=by, limit=limit, cursor=cursor)
    return Page(items=await shown(tx, actor, page.items, organises=runs), next_cursor=page.next_cursor)


async def invitation_of(
    tx: Tx, actor: Actor, _community_id: UUID, event_id: UUID, invitation_id: UUID
) -> InvitationView:
    """The invitation; missing for whoever may not know of it. The invited may, even of a draft event's."""
    event = await tx.one(THE_EVENT, {"event_id": event_id})
    given = {"event_id": event_id, "invitation_id": invitation_id}
    invitation = await tx.one(THE_INVITATION, given)
    runs = await organises(tx, actor, event)
    (view,) = await shown(tx, actor, [invitation], organises=runs)
    if runs or (is_invited(actor, view.member_id) and view.state is not InvitationState.DRAFTED):
        return view
    if view.state not in ON_STAGE:
        raise NotFound
    await visible_event(tx, actor, event_id)
    return view


@router.get("/v1/communities/{community_id}/events/{event_id}/speaker-invitations", allows="speaker.read")
async def list_speaker_invitations(
    community_id: UUID, event_id: UUID, read: Read, limit: Limit = 20, cursor: Cursor = None
) -> Page[InvitationView]:
    return await read(invitations, community_id, event_id, limit, cursor)


@router.get(
    "/v1/communities/{community_id}/events/{event_id}/speaker-invitations/{invitation_id}",
    allows="speaker.read",
)
async def get_speaker_invitation(
    community_id: UUID, event_id: UUID, invitation_id: UUID, read: Read
) -> InvitationView:
    return await read(invitation_of, community_id, event_id, invitation_id)

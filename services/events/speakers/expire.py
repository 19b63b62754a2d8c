"""Invitations expire: what was sent and not answered in time -> SpeakerInvitationExpired, exactly once."""

from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.events.models import THE_SPEAKER, SpeakerInvitation
from services.events.speakers import rules
from services.events.speakers.rules import InvitationState
from services.events.speakers.steps import become
from shared.crash import crashpoint
from shared.identity import service_actor
from shared.jobs import Jobs
from shared.store import Context, Store, Tx, across, constant

jobs = Jobs()

LOOK_SECONDS = 1.0
_MOMENT = SpeakerInvitation.__table__.c.deadline.type  # type: ignore[attr-defined]
DUE = constant(
    across(
        select(SpeakerInvitation)
        .where(
            col(SpeakerInvitation.state) == InvitationState.SENT,
            col(SpeakerInvitation.deadline) <= sa.bindparam("now", type_=_MOMENT),
        )
        .order_by(col(SpeakerInvitation.deadline))
        .limit(200),
        why="the clock looks at every community",
    )
)


@jobs.every(seconds=LOOK_SECONDS)
async def expire(store: Store) -> None:
    """Close what nobody answered in time."""
    for each in await store.read(_due, Context()):
        context = Context(actor=service_actor("events"), community_id=each.community_id)
        await store.write(partial(_expire, invitation_id=each.id), context)


async def _due(tx: Tx) -> list[SpeakerInvitation]:
    return await tx.all(DUE, {"now": tx.now})


async def _expire(tx: Tx, invitation_id: UUID) -> None:
    due = await tx.lock(SpeakerInvitation, invitation_id, facts=0)
    if rules.standing(due.state, due.deadline, tx.now) is due.state:
        return  # answered meanwhile
    speaker = await tx.one(THE_SPEAKER, {"speaker_id": due.speaker_id})
    await become(tx, due, speaker, InvitationState.EXPIRED)
    crashpoint("mid_invitation_expired")

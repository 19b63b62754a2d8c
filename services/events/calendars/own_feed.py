"""A member's own calendar: POST, GET, DELETE /members/me/calendar-feed -> one token at a time, shown once."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlmodel import col, select

from services.events.calendars.models import CalendarFeed
from services.events.calendars.tokens import NewToken, digest
from shared.identity import Actor
from shared.problems import Conflict, Forbidden
from shared.route import Read, Router, View, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["calendars"])

PATH = "/v1/communities/{community_id}/members/me/calendar-feed"
OF = "/v1/communities/{}/members/me"


class FeedView(View):
    """A feed; its token and address are shown once, when it is made."""

    id: UUID
    created_at: AwareDatetime


class NewFeedView(FeedView):
    token: str | None
    """Null when the request was made before."""

    url: str | None
    """Relative to the API."""


class FeedMadeMeanwhile(Conflict):
    """Two were asked for at once; the other one has its token."""

    title = "The feed was made meanwhile"


async def make(tx: Tx, actor: Actor, community_id: UUID, new: NewToken) -> NewFeedView:
    """A feed with a new token; the one before ends."""
    member_id = _oneself(actor)
    await refuse_erased(tx, member_id)
    await tx.execute(REVOKE, {"of": member_id, "now": tx.now})
    feed = CalendarFeed(
        community_id=community_id, member_id=member_id, token_hash=digest(new.token), created_at=tx.now
    )
    await tx.insert(feed, conflicts={"one_idx": FeedMadeMeanwhile})
    new.opens = feed.id
    return NewFeedView(id=feed.id, created_at=feed.created_at, token=None, url=None)


async def told(tx: Tx, actor: Actor) -> CalendarFeed:
    """Whether there is a feed; `NotFound` without one."""
    return await tx.one(OWN, {"of": _oneself(actor)})


async def revoke(tx: Tx, actor: Actor) -> None:
    """End it: its token opens nothing from now on; without one nothing happens."""
    await tx.execute(REVOKE, {"of": _oneself(actor), "now": tx.now})


def _oneself(actor: Actor) -> UUID:
    if actor.member_id is None:
        raise Forbidden
    return actor.member_id


_STANDS = (
    scope(CalendarFeed),
    col(CalendarFeed.revoked_at).is_(None),
    col(CalendarFeed.member_id) == sa.bindparam("of"),
)
_NOW: Any = sa.bindparam("now", type_=CalendarFeed.__table__.c.created_at.type)  # type: ignore[attr-defined]
OWN = constant(select(CalendarFeed).where(*_STANDS))
REVOKE = constant(sa.update(CalendarFeed).where(*_STANDS).values(revoked_at=_NOW))


@router.post(PATH, status_code=201, allows="event.register")
async def post_calendar_feed(community_id: UUID, write: Write) -> NewFeedView:
    new = NewToken()
    answer: Any = new.reveal(await write(make, community_id, new), f"{OF.format(community_id)}/events.ics")
    return answer


@router.get(PATH, allows="event.register")
async def get_calendar_feed(community_id: UUID, read: Read) -> FeedView:  # noqa: ARG001 - the tenant
    return await read(told)


@router.delete(PATH, status_code=204, allows="event.register")
async def delete_calendar_feed(community_id: UUID, write: Write) -> None:  # noqa: ARG001 - the tenant
    return await write(revoke)

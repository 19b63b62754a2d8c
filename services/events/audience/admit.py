"""Who may come to an event: by how they stand, no ban from events, and what the event asks for."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, or_

from services.events.audience.rules import MAY_COME
from services.events.models import Entitlement, Event, EventBan, GroupMembership, Standing
from shared.problems import Forbidden
from shared.store import Tx, constant, scope
from shared.tombstones import PersonErased, erased


class NotActiveMember(Forbidden):
    """A member who is suspended, banned or has left."""

    title = "Only active members come to events"


class BannedFromEvents(Forbidden):
    title = "Banned from events"


class NotInAudience(Forbidden):
    """The event is for certain groups, or for whoever is entitled to it."""

    title = "This event is not for you"


_MEMBER: Any = sa.bindparam("member_id", type_=Standing.__table__.c.member_id.type)  # type: ignore[attr-defined]
_NOW: Any = sa.bindparam("now", type_=EventBan.__table__.c.until.type)  # type: ignore[attr-defined]


def _lasts(until: Any) -> Any:
    return or_(col(until).is_(None), col(until) > _NOW)


_STANDING = (
    sa.select(col(Standing.standing))
    .where(scope(Standing), col(Standing.member_id) == _MEMBER)
    .scalar_subquery()
)
_BANNED = sa.exists().where(
    scope(EventBan),
    col(EventBan.member_id) == _MEMBER,
    col(EventBan.ended).is_(False),
    _lasts(EventBan.until),
)
_KNOWN = constant(sa.select(_STANDING.label("standing"), _BANNED.label("banned")))
_IN_GROUPS = sa.exists().where(
    scope(GroupMembership),
    col(GroupMembership.member_id) == _MEMBER,
    col(GroupMembership.group_id).in_(
        sa.bindparam("groups", type_=GroupMembership.__table__.c.group_id.type, expanding=True)  # type: ignore[attr-defined]
    ),
    col(GroupMembership.belongs).is_(True),
)
_ENTITLED = sa.exists().where(
    scope(Entitlement),
    col(Entitlement.member_id) == _MEMBER,
    col(Entitlement.resource) == sa.bindparam("resource", type_=sa.String()),
    col(Entitlement.ended).is_(False),
    _lasts(Entitlement.until),
)
_MEANT = constant(sa.select(_IN_GROUPS.label("by_group"), _ENTITLED.label("by_right")))
NO_GROUP = [UUID(int=0)]


async def keeps_away(tx: Tx, member_id: UUID) -> type[Forbidden] | None:
    """Why the member may come to no event at all, if so; members nobody told of count as active."""
    if await erased(tx, member_id):
        return PersonErased
    known = await tx.one(_KNOWN, {"member_id": member_id, "now": tx.now})
    if known.standing is not None and known.standing not in MAY_COME:
        return NotActiveMember
    return BannedFromEvents if known.banned else None


async def require_admitted(tx: Tx, event: Event, member_id: UUID) -> None:
    """Raise by name unless the member may come; of an audience's groups and resource any one suffices."""
    refusal = await keeps_away(tx, member_id)
    if refusal is not None:
        raise refusal
    audience = event.audience or {}
    groups, resource = audience.get("groups") or [], audience.get("resource")
    if not groups and resource is None:
        return
    wanted = {"groups": [UUID(each) for each in groups] or NO_GROUP, "resource": resource}
    meant = await tx.one(_MEANT, wanted | {"member_id": member_id, "now": tx.now})
    if not (meant.by_group or meant.by_right):
        raise NotInAudience

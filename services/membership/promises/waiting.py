"""Which facts keep which promises: the statements that find either."""

import sqlalchemy as sa
from sqlmodel import col, or_, select

from services.membership.models import Occurrence, Promise
from shared.store import across, constant, scope

AT_ONCE = 50
"""Promises kept in one write."""
LOOKED_AT = 200
"""Facts somebody waits for, or nobody does any more, taken in one round, oldest first."""

_AT = Occurrence.__table__.c.occurred_at.type  # type: ignore[attr-defined]
_WAITED_FOR = sa.and_(
    col(Promise.community_id) == col(Occurrence.community_id),
    col(Promise.on_event) == col(Occurrence.occasion),
    or_(col(Promise.about_id).is_(None), col(Promise.about_id) == col(Occurrence.about_id)),
    col(Promise.made_at) < col(Occurrence.occurred_at),
    or_(col(Promise.breaks_at).is_(None), col(Promise.breaks_at) >= col(Occurrence.occurred_at)),
)
_SOMEBODY_WAITS = sa.exists().where(col(Promise.settled_at).is_(None), _WAITED_FOR)
_UNSWEPT = (
    select(Occurrence)
    .where(col(Occurrence.swept_at).is_(None))
    .order_by(col(Occurrence.received_at))
    .limit(LOOKED_AT)
)
AWAITED = constant(
    across(_UNSWEPT.where(_SOMEBODY_WAITS), why="facts of every community that promises wait for")
)
OVER = constant(
    across(
        _UNSWEPT.where(~_SOMEBODY_WAITS, col(Occurrence.received_at) < sa.bindparam("before", type_=_AT)),
        why="facts of every community nobody waits for",
    )
)
KEEPING = constant(
    across(
        select(Occurrence)
        .join(Promise, _WAITED_FOR)
        .where(col(Promise.id) == sa.bindparam("promise_id", type_=Promise.__table__.c.id.type))  # type: ignore[attr-defined]
        .order_by(col(Occurrence.occurred_at))
        .limit(1),
        why="the fact lies in the community of its promise",
    )
)
"""The first fact heard of that keeps a promise."""
_WAITING = (
    select(Promise)
    .where(
        scope(Promise),
        col(Promise.settled_at).is_(None),
        col(Promise.on_event) == sa.bindparam("occasion", type_=Promise.__table__.c.on_event.type),  # type: ignore[attr-defined]
        or_(
            col(Promise.about_id).is_(None),
            col(Promise.about_id) == sa.bindparam("about_id", type_=Promise.__table__.c.about_id.type),  # type: ignore[attr-defined]
        ),
        col(Promise.made_at) < sa.bindparam("at", type_=_AT),
        or_(col(Promise.breaks_at).is_(None), col(Promise.breaks_at) >= sa.bindparam("at", type_=_AT)),
    )
    .order_by(col(Promise.made_at))
)
"""Those who waited for a fact when it happened: not those made later, nor those broken by then."""
WAITING = constant(_WAITING.limit(AT_ONCE).with_for_update(key_share=True))
SWEEP = constant(
    across(
        sa.update(Occurrence)
        .where(
            col(Occurrence.id).in_(sa.bindparam("ids", expanding=True)),
            col(Occurrence.received_at) < sa.bindparam("before", type_=_AT),
        )
        .values(swept_at=sa.bindparam("now", type_=_AT)),
        why="facts of every community nobody waits for",
    )
)
"""Not one that was woken meanwhile: then it was received anew."""
FORGET = constant(
    across(
        sa.delete(Occurrence).where(col(Occurrence.received_at) < sa.bindparam("before", type_=_AT)),
        why="what is too old for every community",
    )
)

"""Who wants a community: each interest that was not withdrawn, with the person it is in the end."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from services.membership.communities import rules
from services.membership.communities.rules import InterestSource
from services.membership.models import Community, Interest, Member, Prospect
from shared.store import across, constant, scope

_MEMBER: Any = Member.__table__  # type: ignore[attr-defined]
_SIGNED, _SURVIVOR = sa.alias(_MEMBER, "signed"), sa.alias(_MEMBER, "survivor")
_TENANT, _PARTY = col(Interest.community_id), col(Interest.party_id)


def _joined() -> Any:
    """An interest with its prospect, if it is one's, the member they are, and whom that is merged into."""
    prospect = sa.and_(col(Prospect.community_id) == _TENANT, col(Prospect.id) == _PARTY)
    signed = sa.and_(_SIGNED.c.community_id == _TENANT, _SIGNED.c.person_id == _PARTY)
    member_id = sa.func.coalesce(_SIGNED.c.id, col(Prospect.member_id), _PARTY)
    member = sa.and_(col(Member.community_id) == _TENANT, col(Member.id) == member_id)
    survivor = sa.and_(_SURVIVOR.c.community_id == _TENANT, _SURVIVOR.c.id == col(Member.merged_into))
    found = sa.outerjoin(Interest, Prospect, prospect).outerjoin(_SIGNED, signed)
    return found.outerjoin(Member, member).outerjoin(_SURVIVOR, survivor)


_WHO = sa.func.coalesce(_SURVIVOR.c.id, col(Member.id), _PARTY)
_STATE = sa.func.coalesce(_SURVIVOR.c.state, col(Member.state))
_WISHES = (
    sa.select(_TENANT, _PARTY, col(Interest.source), _WHO.label("who"))
    .select_from(_joined())
    .where(col(Interest.withdrawn_at).is_(None))
)
_COUNTED = _WISHES.where(
    sa.or_(col(Prospect.id).is_(None), col(Prospect.state).in_(rules.COUNTED_PROSPECTS)),
    sa.or_(col(Member.id).is_(None), _STATE.in_(rules.COUNTED_MEMBERS)),
)

PARTIES_OF = constant(
    sa.select(_PARTY)
    .select_from(_joined())
    .where(
        scope(Interest),
        col(Interest.withdrawn_at).is_(None),
        sa.bindparam("who", type_=_MEMBER.c.id.type) == _WHO,
    )
)
"""Under which ids somebody had said so: as a person, as a prospect, as members who were merged."""


def _by_source() -> Any:
    """How many people by source; who said so themselves counts as that, survey or not."""
    wish = _COUNTED.where(scope(Interest)).subquery("wish")
    own_word = sa.func.max(sa.case((wish.c.source == InterestSource.EXPLICIT, 1), else_=0))
    person = sa.select(wish.c.who, own_word.label("own_word")).group_by(wish.c.who).subquery("person")
    return sa.select(
        sa.func.count().label("interested"),
        sa.func.coalesce(sa.func.sum(person.c.own_word), 0).label("explicit"),
    )


def _unsettled() -> Any:
    """Communities not started yet whose demand stands otherwise than was last told."""
    wish = _COUNTED.subquery("wish")
    people = sa.func.count(sa.distinct(wish.c.who))
    reached, told = people >= col(Community.demand_threshold), col(Community.demand_reached_at).is_not(None)
    return (
        sa.select(col(Community.id))
        .join(wish, wish.c.community_id == col(Community.id), isouter=True)
        .where(col(Community.state).in_(rules.NOT_STARTED))
        .group_by(col(Community.id), col(Community.demand_threshold), col(Community.demand_reached_at))
        .having(reached != told)
        .limit(100)
    )


BY_SOURCE = constant(_by_source())
UNSETTLED = constant(across(_unsettled(), why="the clock looks at every community"))

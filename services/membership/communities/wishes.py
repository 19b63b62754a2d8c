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
    """An interest with its prospect, if it is one's, and the member they are."""
    prospect = sa.and_(col(Prospect.community_id) == _TENANT, col(Prospect.id) == _PARTY)
    signed = sa.and_(_SIGNED.c.community_id == _TENANT, _SIGNED.c.person_id == _PARTY)
    member_id = sa.func.coalesce(_SIGNED.c.id, col(Prospect.member_id), _PARTY)
    member = sa.and_(col(Member.community_id) == _TENANT, col(Member.id) == member_id)
    found = sa.outerjoin(Interest, Prospect, prospect)
    return found.outerjoin(_SIGNED, signed).outerjoin(Member, member)


def _wishes(*which: Any) -> Any:
    """Interests with `who` they are in the end, from one merge to the next; `state` is null for no member."""
    first = (
        sa.select(
            _TENANT,
            _PARTY,
            col(Interest.source),
            sa.func.coalesce(col(Member.id), _PARTY).label("who"),
            col(Member.state),
            col(Member.merged_into),
        )
        .select_from(_joined())
        .where(col(Interest.withdrawn_at).is_(None), *which)
        .cte("merging", recursive=True)
    )
    following = sa.select(
        *(first.c.community_id, first.c.party_id, first.c.source),
        *(_SURVIVOR.c.id, _SURVIVOR.c.state, _SURVIVOR.c.merged_into),
    ).join(
        _SURVIVOR,
        sa.and_(_SURVIVOR.c.community_id == first.c.community_id, _SURVIVOR.c.id == first.c.merged_into),
    )
    merging = first.union_all(following)
    return sa.select(merging).where(merging.c.merged_into.is_(None)).subquery("wish")


_LIVING_PROSPECT = sa.or_(col(Prospect.id).is_(None), col(Prospect.state).in_(rules.COUNTED_PROSPECTS))


def _counts(wish: Any) -> Any:
    return sa.or_(wish.c.state.is_(None), wish.c.state.in_(rules.COUNTED_MEMBERS))


def _parties_of() -> Any:
    wish = _wishes(scope(Interest))
    return sa.select(wish.c.party_id).where(wish.c.who == sa.bindparam("who", type_=_MEMBER.c.id.type))


def _by_source() -> Any:
    """How many people by source; who said so themselves counts as that, survey or not."""
    wish = _wishes(scope(Interest), _LIVING_PROSPECT)
    own_word = sa.func.max(sa.case((wish.c.source == InterestSource.EXPLICIT, 1), else_=0)).label("own_word")
    person = sa.select(wish.c.who, own_word).where(_counts(wish)).group_by(wish.c.who).subquery("person")
    return sa.select(
        sa.func.count().label("interested"),
        sa.func.coalesce(sa.func.sum(person.c.own_word), 0).label("explicit"),
    ).select_from(person)


def _unsettled() -> Any:
    """Communities not started yet whose demand stands otherwise than was last told."""
    gathering = sa.select(col(Community.id)).where(col(Community.state).in_(rules.NOT_STARTED))
    wish = _wishes(_LIVING_PROSPECT, _TENANT.in_(gathering))
    people = sa.func.count(sa.distinct(wish.c.who))
    reached, told = people >= col(Community.demand_threshold), col(Community.demand_reached_at).is_not(None)
    return (
        sa.select(col(Community.id))
        .join(wish, sa.and_(wish.c.community_id == col(Community.id), _counts(wish)), isouter=True)
        .where(col(Community.state).in_(rules.NOT_STARTED))
        .group_by(col(Community.id), col(Community.demand_threshold), col(Community.demand_reached_at))
        .having(reached != told)
        .limit(100)
    )


BY_SOURCE = constant(_by_source())
PARTIES_OF = constant(_parties_of())
"""Under which ids somebody had said so: as a person, as a prospect, as members who were merged."""
UNSETTLED = constant(across(_unsettled(), why="the clock looks at every community"))

"""Which members are alike: identities of one likeness, or one signs in with what is linked to the other.

Every part is found by an index: `identity_likeness_idx`, the members' and the merges'.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.membership.identities.rules import LOGIN_PROVIDER, IdentityState
from services.membership.merges.rules import MERGEABLE
from services.membership.models import Identity, Member, Merge, Person
from shared.store import constant, scope


def _alike() -> Any:
    """Pairs of members with identities of one likeness; addresses count once both were verified.

    The index alone says which likenesses are several members'; only those are looked at.
    """
    each: Any = aliased(Identity)
    one: Any = aliased(Identity)
    other: Any = aliased(Identity)
    several = (
        sa.select(each.likeness)
        .where(each.community_id == _TENANT, each.likeness.is_not(None))
        .group_by(each.likeness)
        .having(sa.func.count() > sa.literal_column("1"))
        .cte("several")
        .prefix_with("MATERIALIZED")
    )
    verified = sa.and_(one.verified_at.is_not(None), other.verified_at.is_not(None))
    return sa.select(one.member_id.label("one_id"), other.member_id.label("other_id")).where(
        one.community_id == _TENANT,
        other.community_id == _TENANT,
        one.likeness == several.c.likeness,
        other.likeness == several.c.likeness,
        one.member_id < other.member_id,
        one.state == IdentityState.LINKED,
        other.state == IdentityState.LINKED,
        sa.or_(one.likeness != one.subject, verified),
    )


def _signed_in() -> Any:
    """Pairs of a member who signs in with what is linked to another one, where logins are linked at all."""
    signed: Any = aliased(Member)
    login: Any = aliased(Person)
    linked: Any = aliased(Identity)
    any_: Any = aliased(Identity)
    logins = sa.and_(
        any_.likeness >= _literal(f"{LOGIN_PROVIDER}:"), any_.likeness < _literal(f"{LOGIN_PROVIDER};")
    )
    first = signed.id < linked.member_id
    one = sa.case((first, signed.id), else_=linked.member_id)
    other = sa.case((first, linked.member_id), else_=signed.id)
    return sa.select(one.label("one_id"), other.label("other_id")).where(
        sa.select(sa.literal(1)).where(any_.community_id == _TENANT, logins).exists(),
        signed.community_id == _TENANT,
        linked.community_id == _TENANT,
        login.id == signed.person_id,
        linked.likeness == _likeness(login),
        linked.state == IdentityState.LINKED,
        signed.id != linked.member_id,
    )


def _literal(text: str) -> Any:
    return sa.literal(text, sa.Text())


def _likeness(login: Any) -> Any:
    """The likeness of the identity of a login."""
    return _literal(f"{LOGIN_PROVIDER}:").concat(login.issuer).concat("#").concat(login.subject)


_TENANT: Any = scope(Member).right
PAIR = sa.union(_alike(), _signed_in()).cte("pair").prefix_with("MATERIALIZED")
"""Counted out whole, whatever page is wanted: a planner that begins at the page looks at everybody."""

_ONE: Any = aliased(Member)
_OTHER: Any = aliased(Member)
_SEEN = (
    sa.select(sa.literal(1))
    .where(
        col(Merge.community_id) == _TENANT,
        sa.or_(
            sa.and_(col(Merge.merged_id) == PAIR.c.one_id, col(Merge.survivor_id) == PAIR.c.other_id),
            sa.and_(col(Merge.merged_id) == PAIR.c.other_id, col(Merge.survivor_id) == PAIR.c.one_id),
        ),
    )
    .exists()
)
PAIRS: Any = constant(
    sa.select(
        PAIR.c.one_id,
        PAIR.c.other_id,
        _ONE.joined_at.label("one_joined"),
        _OTHER.joined_at.label("other_joined"),
    ).where(
        _ONE.id == PAIR.c.one_id,
        _OTHER.id == PAIR.c.other_id,
        _ONE.community_id == _TENANT,
        _OTHER.community_id == _TENANT,
        _ONE.state.in_(sorted(MERGEABLE)),
        _OTHER.state.in_(sorted(MERGEABLE)),
        sa.not_(_SEEN),
    )
)
_IDS: Any = sa.bindparam("ids", expanding=True)
IDENTITIES = constant(
    sa.select(Identity).where(
        scope(Identity), col(Identity.member_id).in_(_IDS), col(Identity.state) == IdentityState.LINKED
    )
)
LOGINS = constant(
    sa.select(col(Member.id), _likeness(Person).label("likeness")).where(
        scope(Member), col(Member.id).in_(_IDS), col(Person.id) == col(Member.person_id)
    )
)

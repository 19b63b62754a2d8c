"""Suggest merges: GET /merge-suggestions -> members whose identities are alike -> pairs, with the reasons."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.membership.identities.rules import LOGIN_PROVIDER, IdentityState
from services.membership.merges.rules import MERGEABLE
from services.membership.models import Identity, Member, Merge, Person
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["merges"])


class Reason(StrEnum):
    """Why two members may be one person."""

    SAME_EMAIL = "same_verified_email"
    SAME_SUBJECT = "same_subject"
    SAME_LOGIN = "same_login"


class SuggestionView(View):
    """Two members who may be one person; the one who joined first would stand for both."""

    survivor_id: UUID
    merged_id: UUID
    reasons: list[Reason]


async def suggestions(tx: Tx, _actor: Actor, limit: int, cursor: str | None) -> Page[SuggestionView]:
    """Pairs that nobody has proposed, applied, undone or rejected yet."""
    page: Page[Any] = await tx.page(PAIRS, by=(_PAIR.c.one_id, _PAIR.c.other_id), limit=limit, cursor=cursor)
    reasons = await _reasons(tx, page.items)
    items = []
    for pair in page.items:
        joined = sorted(((pair.one_joined, pair.one_id), (pair.other_joined, pair.other_id)))
        (_, survivor), (_, merged) = joined
        found = sorted(reasons[pair.one_id, pair.other_id])
        items.append(SuggestionView(survivor_id=survivor, merged_id=merged, reasons=found))
    return Page(items=items, next_cursor=page.next_cursor)


async def _reasons(tx: Tx, pairs: list[Any]) -> dict[tuple[UUID, UUID], set[Reason]]:
    """Why each of these few pairs is suggested."""
    ids = sorted({each for pair in pairs for each in (pair.one_id, pair.other_id)})
    marks: dict[UUID, set[tuple[str, Reason]]] = {id_: set() for id_ in ids}
    for identity in await tx.all(IDENTITIES, {"ids": ids}) if ids else ():
        if identity.likeness == identity.subject:
            if identity.verified_at is not None:
                marks[identity.member_id].add((identity.likeness, Reason.SAME_EMAIL))
        elif identity.likeness is not None:
            marks[identity.member_id].add((identity.likeness, Reason.SAME_SUBJECT))
    logins = {row.id: row.likeness for row in await tx.all(LOGINS, {"ids": ids})} if ids else {}
    found = {}
    for pair in pairs:
        one, other = pair.one_id, pair.other_id
        found[one, other] = {reason for _, reason in marks[one] & marks[other]}
        signs_in_as = (logins.get(one), other), (logins.get(other), one)
        if any((login, Reason.SAME_SUBJECT) in marks[member] for login, member in signs_in_as):
            found[one, other].add(Reason.SAME_LOGIN)
    return found


@router.get("/v1/communities/{community_id}/merge-suggestions", allows="merge.manage")
async def list_merge_suggestions(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[SuggestionView]:
    return await read(suggestions, limit, cursor)


# Statements ---------------------------------------------------------------------------------------------


def _alike() -> Any:
    """Pairs of members with identities of one likeness; addresses count once both were verified."""
    one: Any = aliased(Identity)
    other: Any = aliased(Identity)
    verified = sa.and_(one.verified_at.is_not(None), other.verified_at.is_not(None))
    return sa.select(one.member_id.label("one_id"), other.member_id.label("other_id")).where(
        one.community_id == _TENANT,
        other.community_id == _TENANT,
        other.likeness == one.likeness,
        one.member_id < other.member_id,
        one.state == IdentityState.LINKED,
        other.state == IdentityState.LINKED,
        sa.or_(one.likeness != one.subject, verified),
    )


def _signed_in(*, first: bool) -> Any:
    """Pairs of a member who signs in with what is linked to another one; `first` by its id or not."""
    signed: Any = aliased(Member)
    login: Any = aliased(Person)
    linked: Any = aliased(Identity)
    one, other = (signed.id, linked.member_id) if first else (linked.member_id, signed.id)
    return sa.select(one.label("one_id"), other.label("other_id")).where(
        signed.community_id == _TENANT,
        linked.community_id == _TENANT,
        login.id == signed.person_id,
        linked.likeness == _likeness(login),
        linked.state == IdentityState.LINKED,
        one < other,
    )


def _likeness(login: Any) -> Any:
    """The likeness of the identity of a login."""
    return sa.literal(f"{LOGIN_PROVIDER}:", sa.Text()).concat(login.issuer).concat("#").concat(login.subject)


_TENANT: Any = scope(Member).right
_PAIR = sa.union(_alike(), _signed_in(first=True), _signed_in(first=False)).subquery("pair")
_ONE: Any = aliased(Member)
_OTHER: Any = aliased(Member)
_SEEN = (
    sa.select(sa.literal(1))
    .where(
        col(Merge.community_id) == _TENANT,
        sa.or_(
            sa.and_(col(Merge.merged_id) == _PAIR.c.one_id, col(Merge.survivor_id) == _PAIR.c.other_id),
            sa.and_(col(Merge.merged_id) == _PAIR.c.other_id, col(Merge.survivor_id) == _PAIR.c.one_id),
        ),
    )
    .exists()
)
PAIRS: Any = constant(
    sa.select(
        _PAIR.c.one_id,
        _PAIR.c.other_id,
        _ONE.joined_at.label("one_joined"),
        _OTHER.joined_at.label("other_joined"),
    ).where(
        _ONE.id == _PAIR.c.one_id,
        _OTHER.id == _PAIR.c.other_id,
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

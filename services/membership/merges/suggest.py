"""Suggest merges: GET /merge-suggestions -> members whose identities are alike -> pairs, with the reasons."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from services.membership.merges.alike import IDENTITIES, LOGINS, PAIR, PAIRS
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx

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
    page: Page[Any] = await tx.page(PAIRS, by=(PAIR.c.one_id, PAIR.c.other_id), limit=limit, cursor=cursor)
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

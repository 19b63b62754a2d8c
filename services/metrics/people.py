"""Count activity for whoever it is: IdentityLinked, IdentityRevoked, MergeApplied, MergeReverted -> people.

A link leads from an identity to its member, or from a merged member to the survivor, and on from there. Facts
of different subjects come in any order, so for a moment links may even lead in a circle: then everybody in it
counts as one of them, until the fact that opens the circle is there.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from services.metrics.log import LOG, chunks, refold, subjects
from services.metrics.models import Activity, Subject, table
from shared.contracts.membership import IdentityLinked, IdentityRevoked, MergeApplied, MergeReverted
from shared.store import Tx, constant, scope

Link = IdentityLinked | IdentityRevoked | MergeApplied | MergeReverted


class News(NamedTuple):
    """What the newest fact says of a subject: whom it is linked to, and by which version it says so."""

    linked: int | None
    version: int


class Known(NamedTuple):
    """A subject's link and the person it counts as so far."""

    linked: int | None
    member: int | None


async def attribute(tx: Tx, community: Any, links: Sequence[Link]) -> None:
    """Each subject counts for whom its links lead to now; older news than known changes nothing."""
    latest = {_ends(link)[0]: link for link in sorted(links, key=lambda link: link.aggregate_version)}
    ids = latest.keys() | {_ends(link)[1] for link in latest.values()}
    rows = await subjects(tx, community.community_id, ids)
    news: dict[int, News] = {}
    for id_, link in latest.items():
        subject, target = rows.get(id_), rows.get(_ends(link)[1])
        if subject is None or target is None:
            continue  # erased
        if link.aggregate_version > subject.fact_version:
            leads = isinstance(link, IdentityLinked | MergeApplied)
            news[subject.no] = News(target.no if leads else None, link.aggregate_version)
    known = {row.no: Known(row.linked, row.member) for row in rows.values()}
    merges = {id_ for id_, link in latest.items() if isinstance(link, MergeApplied | MergeReverted)}
    merged = {rows[id_].no for id_ in merges & rows.keys()}
    affected = news.keys() | await _followers(tx, known, merged & news.keys())
    for no, one in news.items():
        known[no] = known[no]._replace(linked=one.linked)
    await _complete(tx, known)
    people = {no: person(known, no) for no in affected}
    await _count(tx, community, known, people)
    rows_changed = [{"_no": no, "_linked": to, "_version": version} for no, (to, version) in news.items()]
    await tx.execute(_LINK, rows_changed)


def _ends(link: Link) -> tuple[UUID, UUID]:
    """Whom a link leads from and to."""
    if isinstance(link, IdentityLinked | IdentityRevoked):
        return link.identity_id, link.member_id
    return link.merged_id, link.survivor_id


async def _followers(tx: Tx, known: dict[int, Known], merged: set[int]) -> set[int]:
    """Everybody whose links lead to these members, added to `known`; nobody is linked to an identity."""
    found, frontier = set(merged), merged
    while frontier:
        rows = [row for some in chunks(frontier) for row in await tx.all(_LINKED_TO, {"_nos": some})]
        known.update((row.no, Known(row.linked, row.member)) for row in rows)
        frontier = {row.no for row in rows} - found
        found |= frontier
    return found


async def _complete(tx: Tx, known: dict[int, Known]) -> None:
    """Add to `known` everybody links lead to."""
    while missing := {one.linked for one in known.values() if one.linked is not None} - known.keys():
        rows = [row for some in chunks(missing) for row in await tx.all(_NUMBERED, {"_nos": some})]
        known.update((no, Known(None, None)) for no in missing)
        known.update((row.no, Known(row.linked, row.member)) for row in rows)


def person(known: dict[int, Known], no: int) -> int:
    """Where a subject's links end; of a circle the lowest number."""
    seen: list[int] = []
    while (linked := known[no].linked) is not None:
        if no in seen:
            return min(seen[seen.index(no) :])
        seen.append(no)
        no = linked
    return no


async def _count(tx: Tx, community: Any, known: dict[int, Known], people: dict[int, int]) -> None:
    """Count what these subjects did for these people from now on."""
    moving = {no: one for no, one in people.items() if one != (known[no].member or no)}
    before: list[Any] = []
    for some in chunks(moving):
        before += await tx.all(_THEIRS, {"_subjects": some})
    await tx.execute(
        _COUNT_AS, [{"_no": no, "_member": None if one == no else one} for no, one in moving.items()]
    )
    if before:
        await refold(tx, community, before, [row._replace(person=moving[row.subject]) for row in before])


_activity, _subject = table(Activity), table(Subject)
_NO = sa.bindparam("_no", type_=sa.BigInteger)
_NOS = sa.bindparam("_nos", type_=sa.BigInteger, expanding=True)
_SUBJECT = sa.select(_subject.c.no, _subject.c.linked, _subject.c.member).where(scope(Subject))
_LINKED_TO = constant(_SUBJECT.where(_subject.c.linked.in_(_NOS)))
_NUMBERED = constant(_SUBJECT.where(_subject.c.no.in_(_NOS)))
_LINK = constant(
    sa.update(_subject)
    .where(scope(Subject), _subject.c.no == _NO)
    .values(
        linked=sa.bindparam("_linked", type_=sa.Integer),
        fact_version=sa.bindparam("_version", type_=sa.Integer),
    )
)
_COUNT_AS = constant(
    sa.update(_subject)
    .where(scope(Subject), _subject.c.no == _NO)
    .values(member=sa.bindparam("_member", type_=sa.Integer))
)
_THEIRS = constant(
    LOG.where(
        _activity.c.subject.in_(sa.bindparam("_subjects", type_=sa.Integer, expanding=True)),
        _activity.c.retracted.is_(False),
    )
)

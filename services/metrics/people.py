"""Count an identity's activity for its member: IdentityLinked, IdentityRevoked -> new attribution."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.metrics.log import LOG, chunks, refold, subjects
from services.metrics.models import Activity, Subject, table
from shared.contracts.membership import IdentityLinked, IdentityRevoked
from shared.store import Tx, constant, scope

Link = IdentityLinked | IdentityRevoked


async def attribute(tx: Tx, community: Any, links: Sequence[Link]) -> None:
    """Each identity counts as its member now, or as itself; older news than known changes nothing."""
    latest = {link.identity_id: link for link in sorted(links, key=lambda link: link.aggregate_version)}
    members = {link.member_id for link in latest.values()}
    known = await subjects(tx, community.community_id, latest.keys() | members)
    news: dict[int, dict[str, Any]] = {}
    for identity_id, link in latest.items():
        identity, member = known.get(identity_id), known.get(link.member_id)
        if identity is None or member is None:
            continue  # erased
        if link.aggregate_version > identity.fact_version:
            linked = member.no if isinstance(link, IdentityLinked) else None
            news[identity.no] = {"_no": identity.no, "_member": linked, "_version": link.aggregate_version}
    before: list[Any] = []
    for some in chunks(news):
        before += await tx.all(_THEIRS, {"_subjects": some})
    await tx.execute(_LINK, list(news.values()))
    after = [row._replace(person=news[row.subject]["_member"] or row.subject) for row in before]
    moved = [(old, new) for old, new in zip(before, after, strict=True) if old.person != new.person]
    if moved:
        await refold(tx, community, [old for old, _ in moved], [new for _, new in moved])


_activity, _subject = table(Activity), table(Subject)
_LINK = constant(
    sa.update(_subject)
    .where(scope(Subject), _subject.c.no == sa.bindparam("_no", type_=sa.BigInteger))
    .values(
        member=sa.bindparam("_member", type_=sa.Integer),
        fact_version=sa.bindparam("_version", type_=sa.Integer),
    )
)
_THEIRS = constant(
    LOG.where(
        _activity.c.subject.in_(sa.bindparam("_subjects", type_=sa.Integer, expanding=True)),
        _activity.c.retracted.is_(False),
    )
)

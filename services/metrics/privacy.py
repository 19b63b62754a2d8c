"""What metrics does for a person: ErasureRequested -> what they did was nobody's -> ErasureCompleted.

Activities stay in the log without a person (docs/decisions/0008): a rebuild counts what the roll-ups say.
"""

from typing import Any

import sqlalchemy as sa

from services.metrics.log import LOG, lock, refold
from services.metrics.models import Activity, Subject, table
from shared.contracts.metrics import ErasureCompleted
from shared.data_subjects import DataSubject, Piece, parameters_of
from shared.privacy import Privacy
from shared.store import Tx, constant, scope

privacy = Privacy(
    receipt=ErasureCompleted,
    covers=(Activity,),
    retains=("audit_trail", "facts", "statistics"),
)
router, consumers, jobs = privacy.router, privacy.consumers, privacy.jobs

PIECE = 500
"""Activities counted anew in one write, as a rebuild does."""


@privacy.erases
async def erase(tx: Tx, subject: DataSubject) -> dict[str, int]:
    """Make the next activities nobody's in log and roll-ups; with the last, the subjects go.

    The community is locked as for every fold: a fact comes before and is found here, or later and then finds
    the tombstone."""
    community = await lock(tx)
    if community is None:
        return {}
    subjects = [row.no for row in await tx.all(_SUBJECTS, parameters_of(subject))]
    linked = [row.no for row in await tx.all(_LINKED, {"_members": subjects})] if subjects else []
    if not subjects:
        return {}
    rows: list[Any] = []
    for no in subjects + linked:  # of one the index has them in order, of several it would have to be made
        rows = await tx.all(_THEIRS, {"_subject": no})
        if rows:
            break
    if rows:
        await tx.execute(_ANONYMISE, {"_ids": [row.activity_id for row in rows]})
        counted = [row for row in rows if not row.retracted]
        await refold(tx, community, counted, [row._replace(person=None) for row in counted])
        return {"activity": len(rows)}
    return {"subject": await tx.execute(_FORGET, {"_subjects": subjects + linked})}


@privacy.exports
async def export(tx: Tx, subject: DataSubject, after: str | None) -> Piece:
    """What was counted as the person's, in the order it was told."""
    rows: list[Any] = await tx.all(_EXPORT, parameters_of(subject) | {"_after": int(after or 0)})
    items = [
        {"activity_id": row.activity_id, "kind": row.kind, "at": row.at, "thread": row.thread} for row in rows
    ]
    return Piece({"activity": items} if rows else {}, str(rows[-1].seq) if len(rows) == PIECE else None)


_activity, _subject = table(Activity), table(Subject)
_ID = _subject.c.subject_id.type
_NOS = sa.bindparam("_subjects", type_=sa.BigInteger, expanding=True)
_THEM = sa.or_(
    _subject.c.subject_id.in_(sa.bindparam("members", type_=_ID, expanding=True)),
    _subject.c.subject_id.in_(sa.bindparam("identities", type_=_ID, expanding=True)),
)
_SUBJECTS = constant(sa.select(_subject.c.no).where(scope(Subject), _THEM))
_LINKED = constant(
    sa.select(_subject.c.no).where(
        scope(Subject), _subject.c.member.in_(sa.bindparam("_members", type_=sa.BigInteger, expanding=True))
    )
)
_THEIRS = constant(
    LOG.where(_activity.c.subject == sa.bindparam("_subject", type_=sa.BigInteger))
    .order_by(_activity.c.seq.desc())
    .limit(PIECE)
)
"""The newest first: what changes at the end of a history is compared from there on."""
_ANONYMISE = constant(
    sa.update(_activity)
    .where(
        scope(Activity),
        _activity.c.activity_id.in_(sa.bindparam("_ids", type_=_activity.c.activity_id.type, expanding=True)),
    )
    .values(subject=None)
)
_FORGET = constant(sa.delete(_subject).where(scope(Subject), _subject.c.no.in_(_NOS)))
_EXPORT = constant(
    sa.select(_activity)
    .where(
        scope(Activity),
        _activity.c.subject.in_(sa.select(_subject.c.no).where(scope(Subject), _THEM)),
        _activity.c.seq > sa.bindparam("_after", type_=sa.BigInteger),
    )
    .order_by(_activity.c.seq)
    .limit(PIECE)
)

"""When a thread was opened and first answered by somebody else, kept as contributions come and go."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa

from services.metrics.models import Activity, Rollup, Subject, Thread, table
from services.metrics.rules import LESSER_KINDS, OPENING_KINDS, ActivityClass, class_of, waited
from services.metrics.upserts import drop, put
from shared.store import Tx, constant, scope

EVERYTHING = 2**62


class Said(Protocol):
    """What threads need to know of an activity."""

    @property
    def activity(self) -> UUID: ...
    @property
    def person(self) -> int | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def thread(self) -> UUID | None: ...


async def recount(tx: Tx, rollup: Rollup, added: Sequence[Said], removed: Sequence[Said]) -> None:
    """Bring the threads these activities belong to up to date with the log.

    Only a contribution that opens or first answers its thread, before or after, has it looked at again: what
    else is said in a long thread, or taken back, costs the same as in a short one."""
    some = [(one, changes) for these, changes in ((added, _comes), (removed, _goes)) for one in these]
    some = [(one, changes) for one, changes in some if _counts(one)]
    if not some:
        return
    ids = list({one.thread for one, _ in some})
    rows: list[Any] = await tx.all(_THREADS, {"_rollup": rollup.no, "_threads": ids})
    known = {row.thread: row for row in rows}
    changed = {
        one.thread: one.activity
        for one, changes in some
        if one.thread not in known or changes(one, known[one.thread])
    }
    if changed:
        await _recount(tx, rollup, changed)


def _counts(one: Said) -> bool:
    return one.thread is not None and class_of(one.kind) >= ActivityClass.CONTRIBUTION


def _comes(one: Said, thread: Thread) -> bool:
    """Whether a new contribution can change how its thread was opened or first answered."""
    if one.kind in OPENING_KINDS or (one.at, one.activity) < (thread.opened_at, thread.opening):
        return True
    if one.person is None or one.person == thread.person:
        return False
    return thread.answered_at is None or one.at < thread.answered_at


def _goes(one: Said, thread: Thread) -> bool:
    """Whether its thread was opened or first answered by a contribution that goes."""
    if one.activity == thread.opening:
        return True
    return one.person not in (None, thread.person) and one.at == thread.answered_at


async def _recount(tx: Tx, rollup: Rollup, changed: Mapping[UUID | None, UUID]) -> None:
    """Find how these threads were opened and answered; each is named with one of its activities."""
    upto = EVERYTHING if rollup.cursor is None else rollup.cursor
    given = {"_ids": list(changed.values()), "_upto": upto}
    first = [row.first for row in await tx.all(_FIRST, given) if row.first is not None]
    openings: list[Any] = await tx.all(_OPENINGS, {"_firsts": first, "_upto": upto}) if first else []
    rows = [
        {
            "thread": row.thread,
            "opened_at": row.at,
            "opening": row.activity_id,
            "person": row.person,
            "answered_at": row.answered_at,
            "waited_microseconds": waited(row.at, row.answered_at),
        }
        for row in openings
    ]
    await put(tx, Thread, rollup.no, rows)
    gone = changed.keys() - {row.thread for row in openings}
    await drop(tx, Thread, rollup.no, [{"thread": thread} for thread in gone])


_thread, _activity, _subject = table(Thread), table(Activity), table(Subject)
_ROLLUP = sa.bindparam("_rollup", type_=sa.Integer)
_UPTO = sa.bindparam("_upto", type_=sa.BigInteger)
_IDS = sa.bindparam("_threads", type_=_thread.c.thread.type, expanding=True)
_THREADS = constant(sa.select(*_thread.c).where(_thread.c.rollup == _ROLLUP, _thread.c.thread.in_(_IDS)))

_one, _who = _activity.alias("one"), _subject.alias("who")


def _person(subject: Any) -> Any:
    return sa.func.coalesce(subject.c.member, subject.c.no)


_IN_THREAD = (
    _one.c.community_id == _activity.c.community_id,
    _one.c.thread == _activity.c.thread,
    _one.c.retracted.is_(False),
    _one.c.seq + sa.literal_column("0") <= _UPTO,  # no reason to read the log in its order
)
"""What counts in the thread of the activity around it; `activity_thread_idx` has it by time."""


def _earliest(*conditions: Any) -> Any:
    earliest = sa.select(_one.c.seq).where(*_IN_THREAD, *conditions)
    return earliest.order_by(_one.c.at, _one.c.activity_id).limit(sa.literal_column("1")).scalar_subquery()


_FIRST = constant(
    sa.select(
        sa.func.coalesce(
            _earliest(_one.c.kind.in_(sorted(OPENING_KINDS))), _earliest(_one.c.kind.not_in(LESSER_KINDS))
        ).label("first")
    ).where(
        scope(Activity),
        _activity.c.activity_id.in_(sa.bindparam("_ids", type_=_activity.c.activity_id.type, expanding=True)),
    )
)
_ANSWERED = (
    sa.select(_one.c.at)
    .join(_who, sa.and_(_who.c.no == _one.c.subject, _who.c.community_id == _one.c.community_id))
    .where(
        *_IN_THREAD,
        _one.c.kind.not_in(LESSER_KINDS),
        _one.c.at >= _activity.c.at,
        _person(_who).is_distinct_from(_person(_subject)),
    )
    .order_by(_one.c.at)
    .limit(sa.literal_column("1"))
    .correlate(_activity, _subject)
    .scalar_subquery()
)
_OPENINGS = constant(
    sa.select(
        _activity.c.thread,
        _activity.c.at,
        _activity.c.activity_id,
        _person(_subject).label("person"),
        _ANSWERED.label("answered_at"),
    )
    .outerjoin(
        _subject,
        sa.and_(_subject.c.no == _activity.c.subject, _subject.c.community_id == _activity.c.community_id),
    )
    .where(
        scope(Activity),
        _activity.c.seq.in_(sa.bindparam("_firsts", type_=sa.BigInteger, expanding=True)),
    )
)

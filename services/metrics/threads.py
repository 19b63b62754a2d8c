"""When a thread was opened and first answered by somebody else, kept as contributions come and go."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa

from services.metrics.models import Activity, Rollup, Subject, Thread, table
from services.metrics.rules import OPENING_KINDS, ActivityClass, Contribution, class_of, opening
from services.metrics.upserts import drop, put
from shared.store import Tx, constant, scope

EVERYTHING = 2**62


class Said(Protocol):
    """What threads need to know of an activity."""

    @property
    def person(self) -> int | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def thread(self) -> UUID | None: ...


async def recount(tx: Tx, rollup: Rollup, added: Sequence[Said], removed: Sequence[Said]) -> None:
    """Bring the threads these activities belong to up to date with the log."""
    stale = {one.thread for one in removed if _counts(one)}
    new: dict[UUID | None, list[Said]] = defaultdict(list)
    for one in added:
        if _counts(one):
            new[one.thread].append(one)
    if not stale and not new:
        return
    rows: list[Any] = await tx.all(_THREADS, {"_rollup": rollup.no, "_threads": list(new)}) if new else []
    settled = {row.thread for row in rows if not any(_matters(one, row) for one in new[row.thread])}
    await _recount(tx, rollup, stale | (new.keys() - settled))


def _counts(one: Said) -> bool:
    return one.thread is not None and class_of(one.kind) >= ActivityClass.CONTRIBUTION


def _matters(one: Said, thread: Thread) -> bool:
    """Whether a contribution can change how its thread was opened or first answered."""
    if one.kind in OPENING_KINDS or one.at < thread.opened_at:
        return True
    if one.person is None or one.person == thread.person:
        return False
    return thread.answered_at is None or one.at < thread.answered_at


async def _recount(tx: Tx, rollup: Rollup, threads: set[UUID | None]) -> None:
    if not threads:
        return
    upto = EVERYTHING if rollup.cursor is None else rollup.cursor
    said: dict[UUID, list[Contribution]] = defaultdict(list)
    log: list[Any] = await tx.all(_SAID, {"_threads": list(threads), "_upto": upto})
    for row in log:
        if class_of(row.kind) >= ActivityClass.CONTRIBUTION:
            said[row.thread].append(
                Contribution(row.at, row.activity_id.hex, row.kind in OPENING_KINDS, row.person)
            )
    rows = [
        {
            "thread": thread,
            "opened_at": begun.at,
            "opening": UUID(begun.activity),
            "person": begun.person,
            "answered_at": begun.answered_at,
            "waited_microseconds": begun.waited_microseconds,
        }
        for thread, contributions in said.items()
        if (begun := opening(contributions))
    ]
    await put(tx, Thread, rollup.no, rows)
    await drop(tx, Thread, rollup.no, [{"thread": thread} for thread in threads - said.keys()])


_thread, _activity, _subject = table(Thread), table(Activity), table(Subject)
_ROLLUP = sa.bindparam("_rollup", type_=sa.Integer)
_IDS = sa.bindparam("_threads", type_=_thread.c.thread.type, expanding=True)
_THREADS = constant(sa.select(*_thread.c).where(_thread.c.rollup == _ROLLUP, _thread.c.thread.in_(_IDS)))
_SAID = constant(
    sa.select(
        _activity.c.thread,
        _activity.c.activity_id,
        _activity.c.kind,
        _activity.c.at,
        sa.func.coalesce(_subject.c.member, _subject.c.no).label("person"),
    )
    .outerjoin(
        _subject,
        sa.and_(_subject.c.no == _activity.c.subject, _subject.c.community_id == _activity.c.community_id),
    )
    .where(
        scope(Activity),
        _activity.c.thread.in_(_IDS),
        _activity.c.retracted.is_(False),
        _activity.c.seq <= sa.bindparam("_upto", type_=sa.BigInteger),
    )
)

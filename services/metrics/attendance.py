"""How full and how attended events were, and how many members came: from the tallies and from the log."""

from bisect import bisect_left
from typing import Any, NamedTuple

import sqlalchemy as sa

from services.metrics.growth import memberships
from services.metrics.log import LOG
from services.metrics.models import Activity, EventTally, table
from services.metrics.periods import Period, midnight
from services.metrics.question import Point, Question
from services.metrics.rules import ratio
from shared.store import constant, scope


class Seats(NamedTuple):
    """The seats of the events that began in a period; `capacity` of those that have one."""

    period: Period
    events: int
    capacity: int
    confirmed: int
    checked_in: int
    late_cancelled: int
    offers: int
    offers_accepted: int


SUMS = Seats._fields[2:]


async def event_attendance_rate(question: Question) -> list[Point]:
    """Seats checked in / seats confirmed at the start, or later, as walk-ins are."""
    all_seats = await _seats(question)
    return [_point(seats, seats.checked_in, "confirmed", "checked_in") for seats in all_seats]


async def no_show(question: Question) -> list[Point]:
    """(confirmed - checked in) / confirmed; the seats cancelled late stand beside it."""
    return [
        _point(seats, seats.confirmed - seats.checked_in, "confirmed", "checked_in", "late_cancelled")
        for seats in await _seats(question)
    ]


async def fill(question: Question) -> list[Point]:
    """Seats confirmed / seats there were, of the events that have a capacity."""
    all_seats = await _seats(question, limited=True)
    return [_point(seats, seats.confirmed, "capacity", "confirmed") for seats in all_seats]


async def waitlist_conversion(question: Question) -> list[Point]:
    """Offers accepted / offers made from waiting lists."""
    all_seats = await _seats(question)
    return [_point(seats, seats.offers_accepted, "offers", "offers_accepted") for seats in all_seats]


async def event_reach(question: Question) -> list[Point]:
    """People who attended an event in a period / members at its end."""
    given = {"_start": midnight(question.start, question.zone), "_end": midnight(question.end, question.zone)}
    rows: list[Any] = await question.tx.all(_CAME, given)
    times = [row.at for row in rows]
    points = []
    for period, _, members in await memberships(question):
        people = {row.person for row in rows[_inside(question, period, times)]}
        inputs = {"attendees": len(people), "members": members}
        points.append(Point(period, ratio(len(people), members), members, inputs, dict(inputs)))
    return points


def _inside(question: Question, period: Period, times: list[Any]) -> slice:
    """What of these ordered times lies in a period."""
    start, end = (bisect_left(times, midnight(day, question.zone)) for day in (period.start, period.end))
    return slice(start, end)


async def _seats(question: Question, *, limited: bool = False) -> list[Seats]:
    """The seats by the day their event began on."""
    given = {"_start": midnight(question.start, question.zone), "_end": midnight(question.end, question.zone)}
    rows: list[Any] = await question.tx.all(_TALLIES, given)
    if limited:
        rows = [row for row in rows if row.capacity is not None]
    times = [row.starts_at for row in rows]
    found = []
    for period in question.periods():
        theirs = rows[_inside(question, period, times)]
        sums = [sum(getattr(row, name) or 0 for row in theirs) for name in SUMS]
        found.append(Seats(period, len(theirs), *sums))
    return found


def _point(seats: Seats, part: int, whole: str, *beside: str) -> Point:
    inputs = {name: getattr(seats, name) for name in (*beside, whole, "events")}
    return Point(seats.period, ratio(part, inputs[whole]), inputs[whole], inputs, dict(inputs))


_tally, _activity = table(EventTally), table(Activity)


def _between(column: sa.Column[Any]) -> tuple[sa.ColumnElement[bool], ...]:
    start, end = (sa.bindparam(name, type_=column.type) for name in ("_start", "_end"))
    return column >= start, column < end


_TALLIES = constant(
    sa.select(_tally.c.starts_at, *(_tally.c[name] for name in SUMS))
    .where(scope(EventTally), *_between(_tally.c.starts_at))
    .order_by(_tally.c.starts_at)
)
_CAME = constant(
    LOG.with_only_columns(_activity.c.at, LOG.selected_columns.person, maintain_column_froms=True)
    .where(
        *_between(_activity.c.at),
        _activity.c.kind == sa.literal_column("'attend'"),  # as `activity_attended_idx` has it
        _activity.c.retracted.is_(False),
        _activity.c.subject.is_not(None),
    )
    .order_by(_activity.c.at)
)

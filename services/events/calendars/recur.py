"""The recurrence of a series for clients: its rule and the occurrences there are -> lines that make these."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from services.events.calendars.write import at, in_utc
from services.events.models import Series
from services.events.rules import instant
from services.events.series.expand import OutOfSteps, expand
from services.events.series.generate import recurrence_of
from services.events.series.recurrence import Recurrence
from services.events.series.rules import Rule, SeriesState

SECOND = timedelta(seconds=1)


def recurrence(series: Series, rows: Collection[datetime], *, ends: bool) -> tuple[datetime, tuple[str, ...]]:
    """DTSTART, and the lines RRULE, RDATE and EXDATE.

    Up to the horizon of the series they make the occurrences `rows`, neither more nor fewer, whatever was
    changed, moved or left out since the rule was made; behind it those of the rule, unless it `ends`. The
    first one shown is DTSTART: RFC 5545 counts it as an occurrence, and those before it are not shown.
    """
    kept = recurrence_of(series)
    horizon = max(rows)
    is_over = ends or series.state is SeriesState.ENDED
    if series.horizon_at is not None and not is_over:
        horizon = max(horizon, series.horizon_at.astimezone(kept.zone).replace(tzinfo=None))
    try:
        ruled, last = _ruled(kept, min(rows), horizon)
    except OutOfSteps:
        ruled, last = set(), None
    if kept.rule is None or not ruled:
        start, *others = sorted(rows)
        return start, _dates("RDATE", others, series)
    until = max(ruled) if is_over else last
    further = (set(rows) - ruled) | {each for each in kept.rdates if each > horizon and not is_over}
    left_out = (ruled - set(rows)) | {each for each in kept.exdates if each > horizon and not is_over}
    lines = (f"RRULE:{_written(kept, until)}", *_dates("RDATE", further, series))
    return min(ruled), (*lines, *_dates("EXDATE", left_out, series))


def _ruled(kept: Recurrence, first: datetime, horizon: datetime) -> tuple[set[datetime], datetime | None]:
    """The times of the rule from `first` to the horizon, as clients find them, and the last of all."""
    rule = kept.rule
    if rule is None:
        return set(), None
    start = next((each for each in expand(rule, kept.start, since=first) if each >= first), None)
    if start is None:
        return set(), None
    last = rule.until
    if rule.count is not None:
        *_, last = expand(rule, kept.start)
    found = expand(_endless(rule), start, before=horizon + SECOND)
    return {each for each in found if last is None or each <= last}, last


def _endless(rule: Rule) -> Rule:
    return replace(rule, count=None, until=None)


def _written(kept: Recurrence, until: datetime | None) -> str:
    """The rule with its end as clients want it: a day for days, else a moment in UTC (RFC 5545, 3.3.10)."""
    parts = [part for part in (kept.rrule or "").split(";") if not part.startswith(("UNTIL=", "COUNT="))]
    if until is not None:
        parts.append(
            f"UNTIL={until:%Y%m%d}" if kept.all_day else f"UNTIL={in_utc(instant(until, kept.zone))}"
        )
    return ";".join(parts)


def _dates(name: str, dates: Iterable[datetime], series: Series) -> tuple[str, ...]:
    values = [at(each, series.timezone, all_day=series.all_day).rpartition(":") for each in sorted(dates)]
    return (f"{name}{values[0][0]}:{','.join(value for *_, value in values)}",) if values else ()

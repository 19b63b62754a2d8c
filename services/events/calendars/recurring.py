"""What recurs in a calendar: RRULE, RDATE and EXDATE -> a recurrence set within bounds, or why not."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.events.calendars.lines import Property
from services.events.calendars.moments import Clocks, Moment, NotUnderstood, ending
from services.events.rules import local_text
from services.events.series.inputs import LONGEST_DAYS
from services.events.series.recurrence import MOST_DATES, Recurrence, TooManyDates, parse
from services.events.series.rrule import OneRuleOnly

Properties = dict[str, list[Property]]


def recurrence_of(given: Properties, start: Moment, ends_at: datetime, clocks: Clocks) -> Recurrence | None:
    """The set; None where nothing recurs. Each refusal says what is allowed."""
    rules, further = given.get("RRULE", []), given.get("RDATE", [])
    if len(rules) > 1 or "EXRULE" in given:
        raise OneRuleOnly(allowed=["one RRULE", "RDATE", "EXDATE"])
    rdates = _dates(further, start, ends_at, clocks)
    if not rules and not rdates:
        return None
    if "RECURRENCE-ID" in given:
        raise NotUnderstood("one occurrence does not recur itself")
    if start.by_offset:
        raise NotUnderstood("it recurs in a time zone that is not known")
    if start.is_day and ends_at - start.instant > timedelta(days=LONGEST_DAYS, hours=2):
        raise NotUnderstood(f"it recurs and is longer than {LONGEST_DAYS} days")
    if not start.is_day and (ends_at - start.instant) % timedelta(minutes=1):
        raise NotUnderstood("it does not last whole minutes")
    return parse(
        local_text(start.local)[: 10 if start.is_day else None],
        start.zone,
        rrule=rules[0].value if rules else None,
        rdates=rdates,
        exdates=_dates(given.get("EXDATE", []), start, ends_at, clocks),
    )


def _dates(lists: Sequence[Property], start: Moment, ends_at: datetime, clocks: Clocks) -> list[str]:
    """Further or excluded dates, local in the zone of the start; a period has to be as long as the event."""
    if sum(each.value.count(",") + 1 for each in lists) > MOST_DATES:
        raise TooManyDates(f"at most {MOST_DATES}", allowed={"dates": MOST_DATES})
    found: list[str] = []
    for each in lists:
        for value in filter(None, each.value.split(",")):
            begin, is_period, end = value.partition("/")
            at = clocks.moment(each, begin)
            if at.by_offset:
                raise NotUnderstood(f"{each.name} in a time zone that is not known")
            if is_period:
                _require_as_long(at, each._replace(value=end.strip()), ends_at - start.instant, clocks)
            local = local_text(at.within(start.zone))
            found.append(local[:10] if at.is_day else local)
    return found


def _require_as_long(start: Moment, end: Property, length: timedelta, clocks: Clocks) -> None:
    is_duration = end.value.upper().lstrip("+-").startswith("P")
    over = ending(start, None if is_duration else end, end if is_duration else None, clocks)
    if over - start.instant != length:
        raise NotUnderstood(f"{end.name} with a period of another length")

"""T13: what does expanding 1,000 series over a year cost, beside python-dateutil left to itself?"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter

from dateutil.rrule import rrulestr

from bench.rounds import Effort, Row, ratio, remarks_on, taking_turns
from services.events.series.recurrence import Recurrence, parsed_kept

Side = Callable[[list[tuple[datetime, str]]], object]
SERIES = 1000
SEED = 4
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR")
FIRST = datetime(2023, 1, 2, 9)  # noqa: DTZ001 - a local time
SINCE = datetime(2026, 1, 1)  # noqa: DTZ001 - a local time
BEFORE = datetime(2027, 1, 1)  # noqa: DTZ001 - a local time


def rules(count: int) -> list[tuple[datetime, str]]:
    """Starts and rules as groups have them: mostly weekly and every two weeks, some monthly, a few others."""
    chance = random.Random(SEED)  # noqa: S311 - the same series every time
    made = []
    for _ in range(count):
        start = FIRST + timedelta(days=chance.randrange(900), minutes=30 * chance.randrange(20))
        weekday = chance.choice(WEEKDAYS)
        every = chance.choices(
            [
                f"FREQ=WEEKLY;BYDAY={weekday}",
                f"FREQ=WEEKLY;INTERVAL=2;BYDAY={weekday}",
                f"FREQ=MONTHLY;BYDAY={chance.choice((1, 2, 3, 4, -1))}{weekday}",
                f"FREQ=MONTHLY;BYMONTHDAY={chance.randrange(1, 32)}",
                "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
                "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=400",
                f"FREQ=YEARLY;BYMONTH={chance.randrange(1, 13)};BYDAY=2{weekday}",
            ],
            weights=[40, 30, 15, 5, 4, 3, 3],
        )[0]
        made.append((start, every))
    return made


def measure(effort: Effort) -> list[Row]:
    """The occurrences of one year of series that have run for a while, read from text both times."""
    given = rules(max(int(SERIES * effort.share), 10))
    if ours(given) != theirs(given):
        raise AssertionError("the two sides do not find the same occurrences")
    seen = taking_turns(
        {"ours": lambda: _seconds(ours, given), "dateutil": lambda: _seconds(theirs, given)}, effort.rounds
    )
    value = ratio(seen["dateutil"], seen["ours"])
    beside = {
        "occurrences": float(sum(map(len, ours(given)))),
        "ms": 1000 * min(seen["ours"]),
        "dateutil_ms": 1000 * min(seen["dateutil"]),
    }
    question = "1,000 series over a year, expanded / bare dateutil, speed"
    return [Row("T13", question, value, ">= 1.5", beside, remarks_on(seen["dateutil"]))]


def ours(given: list[tuple[datetime, str]]) -> list[list[datetime]]:
    """Every series' occurrences of the year."""
    return [list(_kept(start, rule).occurrences(SINCE, BEFORE)) for start, rule in given]


def _kept(start: datetime, rule: str) -> Recurrence:
    return parsed_kept(start.isoformat(), "Europe/Berlin", all_day=False, rrule=rule, rdates=[], exdates=[])


def theirs(given: list[tuple[datetime, str]]) -> list[list[datetime]]:
    """The same, by nothing but python-dateutil."""
    last = BEFORE - timedelta(seconds=1)
    return [rrulestr(rule, dtstart=start).between(SINCE, last, inc=True) for start, rule in given]


def _seconds(side: Side, given: list[tuple[datetime, str]]) -> float:
    began = perf_counter()
    side(given)
    return perf_counter() - began

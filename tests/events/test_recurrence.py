"""Recurrence rules: the instances are those of python-dateutil, for whatever rule and start."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.events.series.expand import OutOfSteps
from services.events.series.recurrence import Recurrence, parse
from services.events.series.rrule import LARGEST_COUNT, ending_before
from shared.problems import Unprocessable

START = "2026-01-05T09:30:00"
"""A Monday."""
BERLIN = "Europe/Berlin"
MATCHES_OF_DATEUTIL = 15


def starts(rule: str, start: str = START, zone: str = "UTC", **more: Any) -> list[str]:
    """The local starts of a rule that ends."""
    return [at.isoformat() for at in parse(start, zone, rrule=rule, **more).occurrences(limit=100)]


RULES = [
    ("FREQ=DAILY;COUNT=3", ["2026-01-05", "2026-01-06", "2026-01-07"]),
    ("FREQ=DAILY;INTERVAL=10;COUNT=3", ["2026-01-05", "2026-01-15", "2026-01-25"]),
    ("FREQ=DAILY;BYDAY=SA,SU;COUNT=3", ["2026-01-10", "2026-01-11", "2026-01-17"]),
    ("FREQ=DAILY;BYMONTH=3;COUNT=2", ["2026-03-01", "2026-03-02"]),
    ("FREQ=DAILY;BYMONTHDAY=-1;COUNT=3", ["2026-01-31", "2026-02-28", "2026-03-31"]),
    ("FREQ=WEEKLY;COUNT=3", ["2026-01-05", "2026-01-12", "2026-01-19"]),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4", ["2026-01-06", "2026-01-11", "2026-01-20", "2026-01-25"]),
    (
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU;COUNT=4",
        ["2026-01-06", "2026-01-18", "2026-01-20", "2026-02-01"],
    ),
    ("FREQ=WEEKLY;BYMONTH=2;COUNT=2", ["2026-02-02", "2026-02-09"]),
    ("FREQ=MONTHLY;COUNT=2", ["2026-01-05", "2026-02-05"]),
    ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", ["2026-01-31", "2026-03-31", "2026-05-31"]),
    ("FREQ=MONTHLY;BYDAY=2TU,-1FR;COUNT=3", ["2026-01-13", "2026-01-30", "2026-02-10"]),
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2", ["2026-02-13", "2026-03-13"]),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["2026-01-30", "2026-02-27"]),
    ("FREQ=YEARLY;COUNT=2", ["2026-01-05", "2027-01-05"]),
    ("FREQ=YEARLY;INTERVAL=100;COUNT=3", ["2026-01-05", "2126-01-05", "2226-01-05"]),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=3", ["2028-02-29", "2032-02-29", "2036-02-29"]),
    ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=2", ["2026-11-26", "2027-11-25"]),
    ("FREQ=YEARLY;BYDAY=-1SU;COUNT=2", ["2026-12-27", "2027-12-26"]),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=2", ["2026-05-11", "2027-05-17"]),
    ("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU;COUNT=2", ["2027-01-03", "2028-01-02"]),
    ("FREQ=YEARLY;BYYEARDAY=1,100,-1;COUNT=3", ["2026-04-10", "2026-12-31", "2027-01-01"]),
    ("FREQ=DAILY;UNTIL=20260107T093000", ["2026-01-05", "2026-01-06", "2026-01-07"]),
    ("FREQ=DAILY;UNTIL=20260107", ["2026-01-05", "2026-01-06"]),
    ("FREQ=DAILY;UNTIL=20251231T000000Z", []),
    ("RRULE:freq=weekly;byday=mo;count=1", ["2026-01-05"]),
    ("  RRULE:FREQ=DAILY;COUNT=1;\n", ["2026-01-05"]),
]


@pytest.mark.parametrize(("rule", "days"), RULES)
def test_a_rule_has_these_days(rule: str, days: list[str]) -> None:
    assert starts(rule) == [f"{day}T09:30:00" for day in days]


def test_what_either_part_of_a_mixed_byday_names_counts() -> None:
    found = starts("FREQ=MONTHLY;BYDAY=MO,1TU;COUNT=5")
    assert [each[:10] for each in found] == [
        "2026-01-05",
        "2026-01-06",
        "2026-01-12",
        "2026-01-19",
        "2026-01-26",
    ]


def test_leap_centuries_are_kept() -> None:
    found = starts("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=3", "2092-03-01T00:00:00")
    assert found == ["2096-02-29T00:00:00", "2104-02-29T00:00:00", "2108-02-29T00:00:00"]


def test_until_as_an_instant_is_compared_in_local_time() -> None:
    rule = "FREQ=DAILY;UNTIL=20260106T083000Z"
    assert len(starts(rule, zone=BERLIN)) == 2
    assert len(starts(rule.replace("083000", "082959"), zone=BERLIN)) == 1


def test_one_time_of_day_may_be_said_in_the_rule() -> None:
    assert starts("FREQ=DAILY;BYHOUR=7;BYMINUTE=0;COUNT=2") == ["2026-01-06T07:00:00", "2026-01-07T07:00:00"]


@pytest.mark.parametrize("clock", ["01:30:00", "02:00:00", "02:30:00", "03:00:00", "03:15:00"])
@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])
def test_a_rule_ends_before_a_day_on_which_clocks_change(day: str, clock: str) -> None:
    at = datetime.fromisoformat(f"{day}T{clock}")
    before = [(at - timedelta(days=n)).isoformat() for n in (3, 2, 1)]
    ended = ending_before("FREQ=DAILY", at, ZoneInfo(BERLIN), all_day=False)
    assert starts(ended, before[0], BERLIN) == before


def test_dates_are_added_left_out_and_told_once() -> None:
    found = starts(
        "FREQ=WEEKLY;COUNT=3",
        rdates=["2026-01-08T10:00:00", "20260112T093000", "2026-01-01"],
        exdates=["2026-01-19", "2026-01-05T09:30:00Z"],
    )
    assert found == ["2026-01-01T09:30:00", "2026-01-08T10:00:00", "2026-01-12T09:30:00"]


def test_without_a_rule_the_start_is_the_first() -> None:
    alone = parse(START, "UTC", rdates=["2026-02-01T08:00:00"])
    assert [at.isoformat() for at in alone.occurrences()] == [START, "2026-02-01T08:00:00"]


def test_a_day_begins_a_series_of_whole_days() -> None:
    whole = parse("2026-01-05", BERLIN, rrule="FREQ=DAILY;COUNT=2", exdates=["2026-01-06T15:00:00"])
    assert whole.all_day
    assert [at.isoformat() for at in whole.occurrences()] == ["2026-01-05T00:00:00"]


def test_a_start_with_an_offset_counts_as_it_is_in_the_zone() -> None:
    assert parse("2026-07-01T22:30:00Z", BERLIN).start == datetime(2026, 7, 2, 0, 30)  # noqa: DTZ001 - local
    assert parse("20260701T223000+0200", BERLIN).start == datetime(2026, 7, 1, 22, 30)  # noqa: DTZ001 - local


def test_a_part_of_a_long_series_is_the_same_as_of_the_whole() -> None:
    for rule in ("FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU", "FREQ=MONTHLY;BYDAY=-1FR"):
        series = parse("2001-01-02T09:00:00", "UTC", rrule=rule)
        since, before = datetime(2026, 2, 3, 9), datetime(2026, 9, 1)  # noqa: DTZ001 - local
        whole = series.occurrences(before=before, steps=1_000_000)
        assert list(series.occurrences(since, before)) == [at for at in whole if at >= since]


WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
Values = st.lists(st.integers(-31, 31).filter(bool), min_size=1, max_size=4, unique=True)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules of every frequency with any of the parts it may have."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    parts.append(f"WKST={draw(st.sampled_from(WEEKDAYS))}")
    chosen: list[str] = []

    def add(name: str, values: Any) -> None:
        if draw(st.booleans()):
            chosen.append(f"{name}={','.join(map(str, draw(values)))}")

    add("BYMONTH", st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True))
    if frequency != "WEEKLY":
        add("BYMONTHDAY", Values)
    weekdays = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True)
    if frequency == "YEARLY":
        add("BYYEARDAY", st.lists(st.integers(-366, 366).filter(bool), min_size=1, max_size=4, unique=True))
        add("BYWEEKNO", st.lists(st.integers(1, 51), min_size=1, max_size=3, unique=True))
    if frequency in ("MONTHLY", "YEARLY") and "BYWEEKNO" not in "".join(chosen) and draw(st.booleans()):
        nth = st.tuples(st.sampled_from([-2, -1, 1, 2, 3, 4]), st.sampled_from(WEEKDAYS))
        add(
            "BYDAY",
            st.lists(nth.map(lambda pair: f"{pair[0]}{pair[1]}"), min_size=1, max_size=3, unique=True),
        )
    else:
        add("BYDAY", weekdays)
    if chosen:
        add("BYSETPOS", st.lists(st.sampled_from([-2, -1, 1, 2, 3]), min_size=1, max_size=2, unique=True))
    end = draw(st.sampled_from(["", "COUNT=7", "UNTIL=20290101T120000"]))
    return ";".join([*parts, *chosen, *filter(None, [end])])


@settings(max_examples=300, deadline=None)
@given(rules(), st.datetimes(datetime(1998, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 - local
def test_the_instances_are_those_of_dateutil(rule: str, begins: datetime) -> None:
    start = begins.replace(microsecond=0)
    ours = matched(rule, start)
    assume(ours is not None)
    assert ours == list(islice(rrulestr(rule, dtstart=start), MATCHES_OF_DATEUTIL))


def matched(rule: str, start: datetime) -> list[datetime] | None:
    """What is found of a rule that has instances before long; dateutil would look for others for seconds."""
    try:
        found = list(parse(start.isoformat(), "UTC", rrule=rule).occurrences(limit=MATCHES_OF_DATEUTIL))
    except (Unprocessable, OutOfSteps):
        return None
    ended = len(found) == MATCHES_OF_DATEUTIL or "COUNT" in rule or "UNTIL" in rule
    return found if ended else None


@settings(max_examples=100, deadline=None)
@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - local
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "UTC"]),
    st.data(),
)
def test_dates_only_add_and_leave_out(start: datetime, zone: str, data: st.DataObject) -> None:
    start = start.replace(microsecond=0)
    plain = parse(start.isoformat(), zone, rrule="FREQ=WEEKLY;COUNT=20")
    near = st.integers(-5, 30).map(lambda days: start + timedelta(days=days))
    added, left_out = (data.draw(st.lists(near, max_size=6)) for _ in range(2))
    both = parse(
        start.isoformat(),
        zone,
        rrule="FREQ=WEEKLY;COUNT=20",
        rdates=[each.isoformat() for each in added],
        exdates=[each.isoformat() for each in left_out],
    )
    found = list(both.occurrences())
    assert found == sorted({*plain.occurrences(), *added} - set(left_out))


def test_a_start_may_be_in_any_zone() -> None:
    series = parse("2026-01-05T09:30:00", BERLIN, rrule=f"FREQ=DAILY;COUNT={LARGEST_COUNT}")
    assert isinstance(series, Recurrence)
    assert (series.zone, len(list(series.occurrences()))) == (ZoneInfo(BERLIN), LARGEST_COUNT)

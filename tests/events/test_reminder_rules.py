"""When a reminder is due, across changes of the clock, and what becomes of it when the event moves."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.events.reminders.rules import (
    ANOTHER_TIME,
    TOO_LATE,
    ReminderKind,
    ReminderState,
    comes_too_late,
    due_at,
    planned,
)
from services.events.rules import instant

pytestmark = pytest.mark.either_database

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
DAY_BEFORE: dict[str, Any] = {"kind": "reminder", "days": 1}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "local", "item", "due"),
    [
        (BERLIN, "2026-06-10T18:00", DAY_BEFORE, "2026-06-09T16:00"),
        # Spring: the day before still has winter time, and its last hours are 23 before the start.
        (BERLIN, "2026-03-29T18:00", DAY_BEFORE, "2026-03-28T17:00"),
        (BERLIN, "2026-03-29T18:00", {"kind": "reminder", "minutes": 1440}, "2026-03-28T16:00"),
        (BERLIN, "2026-10-25T18:00", DAY_BEFORE, "2026-10-24T16:00"),
        # A local time that is skipped counts with the offset before it; one that comes twice is the first.
        (BERLIN, "2026-03-30T18:00", {"kind": "reminder", "days": 1, "at": "02:30"}, "2026-03-29T01:30"),
        (BERLIN, "2026-10-26T18:00", {"kind": "reminder", "days": 1, "at": "02:30"}, "2026-10-25T00:30"),
        (NEW_YORK, "2026-03-08T09:00", DAY_BEFORE, "2026-03-07T14:00"),
        (NEW_YORK, "2026-11-01T09:00", DAY_BEFORE, "2026-10-31T13:00"),
        (NEW_YORK, "2026-03-10T09:00", {"kind": "reminder", "days": 7, "at": "08:15"}, "2026-03-03T13:15"),
        # Lord Howe moves its clocks by half an hour.
        (LORD_HOWE, "2026-10-04T10:00", DAY_BEFORE, "2026-10-02T23:30"),
        (LORD_HOWE, "2026-04-05T10:00", DAY_BEFORE, "2026-04-03T23:00"),
        # Early in the local day it is still yesterday elsewhere: the local day counts.
        (LORD_HOWE, "2026-06-10T00:30", {"kind": "reminder", "days": 0, "at": "00:10"}, "2026-06-09T13:40"),
        (NEW_YORK, "2026-06-10T22:30", {"kind": "reminder", "days": 1, "at": "20:00"}, "2026-06-10T00:00"),
        # After the end, which is 90 minutes later.
        (BERLIN, "2026-03-28T18:00", {"kind": "follow_up", "minutes": 60}, "2026-03-28T19:30"),
        (BERLIN, "2026-03-28T18:00", {"kind": "follow_up", "days": 1}, "2026-03-29T17:30"),
        (BERLIN, "2026-06-10T23:00", {"kind": "follow_up", "days": 1, "at": "10:00"}, "2026-06-12T08:00"),
    ],
)
def test_when_it_is_due(zone: str, local: str, item: dict[str, Any], due: str) -> None:
    starts = instant(datetime.fromisoformat(local), ZoneInfo(zone))
    assert due_at(item, starts, starts + timedelta(minutes=90), ZoneInfo(zone)) == utc(due)


@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - local times
    days=st.integers(0, 60),
    zone=st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, "Asia/Kathmandu", "UTC"]),
)
@settings(max_examples=100, deadline=None)
def test_so_many_days_before_it_is_the_same_local_time_unless_that_is_skipped(
    start: datetime, days: int, zone: str
) -> None:
    there = ZoneInfo(zone)
    local = start.replace(second=0, microsecond=0)
    starts = instant(local, there)
    shown = starts.astimezone(there).replace(tzinfo=None)  # later by the gap where `local` is skipped
    due = due_at({"kind": "reminder", "days": days}, starts, starts, there).astimezone(there)
    off = due.replace(tzinfo=None) - (shown - timedelta(days=days))
    assert off in (timedelta(0), timedelta(hours=1), timedelta(minutes=30))
    assert off == timedelta(0) or instant(shown - timedelta(days=days), there).astimezone(there) == due


NOW = utc("2026-06-01T12:00")
HOUR = timedelta(hours=1)
P, T, S = ReminderState.PLANNED, ReminderState.TOLD, ReminderState.SKIPPED


@pytest.mark.parametrize(
    ("due", "known", "becomes"),
    [
        (HOUR, None, P),
        (-HOUR, None, None),
        (timedelta(0), None, None),
        (None, None, None),
        (HOUR, (P, HOUR), None),
        (2 * HOUR, (P, HOUR), P),
        (-HOUR, (P, HOUR), S),
        (-HOUR, (P, -HOUR), None),  # its time has come: the clock tells it
        (None, (P, HOUR), S),
        (HOUR, (S, HOUR), P),
        (-HOUR, (S, HOUR), None),
        (None, (S, HOUR), None),
        (-HOUR, (T, -HOUR), None),
        (None, (T, -HOUR), None),
        (HOUR / 2, (T, -HOUR / 4), None),  # told a quarter of an hour ago: not again in half an hour
        (HOUR, (T, -HOUR), P),
    ],
)
def test_what_becomes_of_it(
    due: timedelta | None, known: tuple[ReminderState, timedelta] | None, becomes: ReminderState | None
) -> None:
    at = NOW + due if due is not None else None
    assert planned(at, NOW, (known[0], NOW + known[1]) if known else None) is becomes


def test_long_overdue_nobody_is_reminded_of_what_has_begun() -> None:
    due, late = NOW - TOO_LATE - timedelta(seconds=1), ReminderKind.REMINDER
    assert comes_too_late(late, due, NOW, NOW)
    assert not comes_too_late(late, due, NOW + HOUR, NOW)
    assert not comes_too_late(late, NOW - HOUR, NOW, NOW)
    assert not comes_too_late(ReminderKind.FOLLOW_UP, due, NOW - HOUR, NOW)
    assert ANOTHER_TIME < TOO_LATE

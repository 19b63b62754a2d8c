"""What an event goes through, by hand and by the clock, and when a local time is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.events import rules
from services.events.events.rules import EventState, EventVerb, Times
from services.events.events.timing import timing
from services.events.rules import instant

START = datetime(2027, 5, 1, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
TIMES = Times(START, START + 2 * HOUR, START - 9 * HOUR, START - HOUR, None)


def test_every_verb_leads_from_somewhere_to_another_state() -> None:
    for verb in EventVerb:
        states = [state for state in EventState if verb in rules.verbs(state)]
        assert states
        assert rules.after(verb) not in states


def test_no_event_ends_without_its_result() -> None:
    """From `completed` nothing leads on but its evaluation."""
    assert rules.verbs(EventState.COMPLETED) == [EventVerb.EVALUATE]
    assert rules.verbs(EventState.ARCHIVED) == []


@pytest.mark.parametrize(
    ("state", "at", "verb"),
    [
        (EventState.PUBLISHED, TIMES.opens_at, EventVerb.OPEN_REGISTRATION),
        (EventState.REGISTRATION_OPEN, TIMES.closes_at, EventVerb.CLOSE_REGISTRATION),
        (EventState.REGISTRATION_CLOSED, TIMES.starts_at, EventVerb.START),
        (EventState.LIVE, TIMES.ends_at, EventVerb.COMPLETE),
        (EventState.COMPLETED, TIMES.ends_at + 2 * HOUR, None),
        (EventState.EVALUATED, TIMES.ends_at + 2 * HOUR, None),
    ],
)
def test_the_clock_does_what_is_next(state: EventState, at: datetime, verb: EventVerb | None) -> None:
    assert rules.next_due(state, TIMES) == (at, verb)


def test_without_a_window_registration_is_opened_by_hand() -> None:
    bare = TIMES._replace(opens_at=None, closes_at=None)
    assert rules.next_due(EventState.PUBLISHED, bare) == (START, EventVerb.START)
    assert rules.next_due(EventState.REGISTRATION_OPEN, bare) == (START, EventVerb.START)


@pytest.mark.parametrize(
    "state", [EventState.DRAFT, EventState.POSTPONED, EventState.CANCELLED, EventState.ARCHIVED]
)
def test_time_leaves_others_alone(state: EventState) -> None:
    assert rules.next_due(state, TIMES) is None
    assert rules.next_due(EventState.COMPLETED, TIMES._replace(settled_at=START)) is None


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_the_clock_brings_every_published_event_to_its_end(opens: int, closes: int, starts: int) -> None:
    begins = START + starts * HOUR
    times = Times(begins, begins + HOUR, START + opens * HOUR, START + closes * HOUR, None)
    state, steps = EventState.PUBLISHED, 0
    while (due := rules.next_due(state, times)) is not None and due.verb is not None:
        assert due.verb in rules.verbs(state)
        state, steps = rules.after(due.verb), steps + 1
    assert (state, steps <= 4) == (EventState.COMPLETED, True)


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:30:00+00:00"),
        ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00"),
        ("America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00+00:00"),
        ("UTC", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00"),
    ],
)
def test_a_clock_change_leaves_one_instant(zone: str, local: str, utc: str) -> None:
    assert instant(datetime.fromisoformat(local), ZoneInfo(zone)).isoformat() == utc


def test_without_an_end_an_event_takes_an_hour() -> None:
    time = timing("2027-05-01T18:00:00", "UTC", ends=None, minutes=None, all_day=False)
    assert time.ends_at - time.starts_at == HOUR

"""Words people announce meetings with: which rule they mean, and which mean none."""

from datetime import date
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.converters.meetings import Meeting, local_time, meeting
from cli.converters.zones import ZONES, zone


def said(often: str, day: str = "Tuesday", time: str = "9:00", tz: str = "UTC") -> Meeting:
    return meeting("A meeting", day, time, tz, often)


@pytest.mark.parametrize(
    ("often", "day", "rule"),
    [
        ("weekly", "Tuesday", "FREQ=WEEKLY;BYDAY=TU"),
        ("Every week", "Fridays", "FREQ=WEEKLY;BYDAY=FR"),
        ("weekly, you must be signed into a free zoom account to join", "Monday", "FREQ=WEEKLY;BYDAY=MO"),
        ("First Wednesday of the month", "Wednesday", "FREQ=MONTHLY;BYDAY=1WE"),
        ("first Tuesday of each month", "Tuesday", "FREQ=MONTHLY;BYDAY=1TU"),
        ("Monthly on 4th Thursday", "Thursday", "FREQ=MONTHLY;BYDAY=4TH"),
        ("every third Wednesday of the month", "Wednesday", "FREQ=MONTHLY;BYDAY=3WE"),
        ("monthly - last Wednesday every month", "Wednesday", "FREQ=MONTHLY;BYDAY=-1WE"),
        ("monthly - third Tuesday", "Tuesday", "FREQ=MONTHLY;BYDAY=3TU"),
        ("monthly, second Thursday of the month", "Thursday", "FREQ=MONTHLY;BYDAY=2TH"),
        ("2nd and 4th Tuesday", "Tuesday", "FREQ=MONTHLY;BYDAY=2TU,4TU"),
        ("monthly", "third Wednesday", "FREQ=MONTHLY;BYDAY=3WE"),
    ],
)
def test_words_that_say_everything_are_a_rule(often: str, day: str, rule: str) -> None:
    made = said(often, day)
    assert (made.rule, made.doubts) == (rule, [])


@pytest.mark.parametrize(
    ("often", "weeks"),
    [
        ("biweekly", 2),
        ("bi-weekly", 2),
        ("Biweekly, interleaved with the Regular SIG Meeting", 2),
        ("biweekly - alternating with regular meeting", 2),
        ("bi-weekly ([upcoming meeting dates](#upcoming-meeting-dates))", 2),
        ("every two weeks", 2),
        ("every other week", 2),
        ("every 3 weeks", 3),
        ("every four weeks", 4),
    ],
)
def test_every_few_weeks_is_a_rule_whose_start_is_missing(often: str, weeks: int) -> None:
    made = said(often)
    assert made.rule == f"FREQ=WEEKLY;INTERVAL={weeks};BYDAY=TU"
    assert made.doubts == [f"every {weeks} weeks, but not in which: the rule has no start"]


@pytest.mark.parametrize(
    ("often", "day", "starts"),
    [
        ("biweekly starting Tuesday Feb 27, 2024", "Tuesday", date(2024, 2, 27)),
        ("biweekly starting Thursday June 25th, 2020", "Thursday", date(2020, 6, 25)),
        ("biweekly 2019 start date: Jan. 11th", "Friday", date(2019, 1, 11)),
        ("bi-weekly", "Tuesday (starting September 10th 2024)", date(2024, 9, 10)),
    ],
)
def test_a_start_says_in_which_weeks(often: str, day: str, starts: date) -> None:
    made = said(often, day)
    assert (made.starts, made.doubts) == (starts, [])
    assert made.rule is not None


@pytest.mark.parametrize(
    ("often", "day", "doubt"),
    [
        ("monthly", "Tuesday", "'monthly' does not say in which week of the month"),
        ("bimonthly", "Tuesday", "'bimonthly' has two meanings"),
        ("twice a month", "Tuesday", "'twice a month' has two meanings"),
        ("weekly except in May", "Tuesday", "the frequency 'weekly except in May' is not understood"),
        (
            "monthly - Wednesday, after the fourth Tuesday, every month",
            "Wednesday",
            "the frequency 'monthly - Wednesday, after the fourth Tuesday, every month' is not understood",
        ),
        ("first Monday of the month", "Tuesday", "'first Monday of the month' is not on the day 'Tuesday'"),
        ("weekly", "first Tuesday", "'first Tuesday' does not go with 'weekly'"),
        ("weekly", "Tuesday or so", "the day 'Tuesday or so' is not understood"),
        ("weekly", "", "the day '' is not understood"),
    ],
)
def test_words_that_leave_something_open_are_kept_without_a_rule(often: str, day: str, doubt: str) -> None:
    made = said(often, day)
    assert (made.rule, made.doubts) == (None, [doubt])
    assert often in made.frequency
    assert day in made.frequency


def test_a_start_on_another_day_is_no_start() -> None:
    made = said("biweekly starting Tuesday Feb 28, 2024")
    assert made.starts is None
    assert made.doubts[0] == "it is said to start on 2024-02-28, which is no tuesday"
    assert said("weekly starting Feb 30, 2024").rule is None


def test_a_zone_that_may_be_several_is_none_and_leaves_no_rule() -> None:
    made = said("weekly", tz="IST")
    assert (made.timezone, made.rule, made.doubts) == (None, None, ["the zone 'IST' is not understood"])
    assert made.frequency == "weekly; Tuesday 9:00 IST"
    assert [zone(words) for words in ("CST", "BST", "Europe", "")] == [None] * 4


def test_zones_are_understood_in_any_case_and_are_iana_zones() -> None:
    assert zone("pt  (PACIFIC time)") == "America/Los_Angeles"
    assert set(ZONES.values()) <= available_timezones()


@pytest.mark.parametrize(
    ("words", "time"),
    [("9:00", "09:00"), ("2PM", "14:00"), ("12am", "00:00"), ("12:30 pm", "12:30"), ("23:59", "23:59")],
)
def test_times_are_understood(words: str, time: str) -> None:
    assert local_time(words) == time


@pytest.mark.parametrize("words", ["9", "24:00", "13PM", "0am", "9:60", "noon", ""])
def test_what_is_no_time_is_none(words: str) -> None:
    assert local_time(words) is None
    assert said("weekly", time=words).rule is None


words = st.text("biweklymonth firsd,()-4 0:æ", max_size=30) | st.text(max_size=20)


@given(often=words, day=words, time=words, tz=words)
def test_any_words_are_kept_and_a_rule_needs_them_all(often: str, day: str, time: str, tz: str) -> None:
    made = said(often, day, time, tz)
    assert made.frequency == f"{often}; {day} {time} {tz}"
    assert made.rule is None or None not in (made.weekday, made.time, made.timezone)
    assert made.rule is not None or made.doubts

"""Rules made to hurt are refused at once, with a problem that says what is allowed."""

import time

import pytest

from services.events.series.recurrence import parse
from shared.problems import Unprocessable
from tests.membership.conftest import Someone

LIMIT_SECONDS = 0.1
START = "1997-09-02T09:00:00"
EVERY_DAY = ",".join(map(str, range(1, 32)))
BOMBS = [
    ("FREQ=SECONDLY", "frequency-not-allowed"),
    ("FREQ=MINUTELY;COUNT=3", "frequency-not-allowed"),
    ("FREQ=HOURLY;INTERVAL=24", "frequency-not-allowed"),
    ("FREQ=FORTNIGHTLY", "rule-not-understood"),
    ("FREQ=DAILY;COUNT=4000000000", "rule-too-large"),
    ("FREQ=DAILY;COUNT=" + "9" * 300, "rule-not-understood"),
    ("FREQ=DAILY;COUNT=0", "rule-not-understood"),
    ("FREQ=DAILY;COUNT=-1", "rule-not-understood"),
    ("FREQ=DAILY;INTERVAL=1000000", "rule-too-large"),
    ("FREQ=DAILY;INTERVAL=0", "rule-not-understood"),
    ("FREQ=DAILY;COUNT=3;UNTIL=20300101", "count-and-until"),
    ("FREQ=DAILY;UNTIL=20301301", "rule-not-understood"),
    ("FREQ=DAILY;UNTIL=soon", "rule-not-understood"),
    ("FREQ=DAILY;FREQ=DAILY", "rule-not-understood"),
    ("FREQ=DAILY;BYEASTER=1", "rule-not-understood"),
    ("COUNT=3", "rule-not-understood"),
    ("FREQ", "rule-not-understood"),
    ("FREQ=DAILY;BYHOUR=9,10", "times-not-allowed"),
    ("FREQ=DAILY;BYMINUTE=" + ",".join(map(str, range(60))), "times-not-allowed"),
    ("FREQ=DAILY;BYSECOND=60", "rule-not-understood"),
    ("FREQ=YEARLY;BYYEARDAY=" + ",".join(["1"] * 100), "rule-too-large"),
    ("FREQ=DAILY;BYMONTHDAY=32", "rule-not-understood"),
    ("FREQ=DAILY;BYMONTH=-1", "rule-not-understood"),
    ("FREQ=DAILY;BYDAY=1MO", "rule-not-understood"),
    ("FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO", "rule-not-understood"),
    ("FREQ=MONTHLY;BYDAY=54MO", "rule-not-understood"),
    ("FREQ=WEEKLY;BYMONTHDAY=1", "rule-not-understood"),
    ("FREQ=MONTHLY;BYWEEKNO=1", "rule-not-understood"),
    ("FREQ=DAILY;BYSETPOS=1", "rule-not-understood"),
    ("FREQ=WEEKLY;WKST=XX", "rule-not-understood"),
    ("FREQ=DAILY;\u0663=1", "rule-not-understood"),
    ("FREQ=DAILY;COUNT=\u0663", "rule-not-understood"),
    ("FREQ=DAILY;" * 60, "rule-too-large"),
    ("RRULE:FREQ=DAILY;COUNT=1\nRRULE:FREQ=DAILY;COUNT=1", "one-rule-only"),
    ("FREQ=DAILY;COUNT=1\nEXRULE:FREQ=DAILY;COUNT=1", "one-rule-only"),
    ("EXRULE:FREQ=DAILY", "one-rule-only"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never-occurs"),
    ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "never-occurs"),
    ("FREQ=DAILY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=30", "never-occurs"),
    ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=-30", "never-occurs"),
    ("FREQ=MONTHLY;BYMONTH=4,6,9,11;BYMONTHDAY=31", "never-occurs"),
    ("FREQ=MONTHLY;BYDAY=6MO", "never-occurs"),
    ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "never-occurs"),
    ("FREQ=DAILY;BYDAY=MO;BYSETPOS=5", "never-occurs"),
    ("FREQ=WEEKLY;INTERVAL=1000;BYMONTH=2;BYDAY=MO;BYSETPOS=2", "never-occurs"),
    ("FREQ=YEARLY;BYYEARDAY=366;BYMONTH=3", "never-occurs"),
    ("FREQ=YEARLY;BYWEEKNO=1;BYMONTH=6", "never-occurs"),
    (f"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY={EVERY_DAY};BYSETPOS=-366", "never-occurs"),
]


@pytest.mark.parametrize(("rule", "problem"), BOMBS, ids=[rule[:60] for rule, _ in BOMBS])
def test_a_bomb_is_refused_at_once(rule: str, problem: str) -> None:
    seconds = []
    for _ in range(3):  # the least counts: neighbours on the machine slow down some
        began = time.process_time()
        with pytest.raises(Unprocessable) as refused:
            parse(START, "UTC", rrule=rule)
        seconds.append(time.process_time() - began)
    assert min(seconds) < LIMIT_SECONDS
    assert refused.value.type == f"/problems/{problem}"
    assert refused.value.members["allowed"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=28",
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
        "FREQ=YEARLY;INTERVAL=1000",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU",
    ],
)
def test_a_sparse_rule_is_followed_as_far_as_is_cheap(rule: str) -> None:
    seconds = []
    for _ in range(3):  # as above
        began = time.process_time()
        found, _ = parse(START, "UTC", rrule=rule).first(1000)
        seconds.append(time.process_time() - began)
        assert found
    assert min(seconds) < LIMIT_SECONDS


ZONES = ["", "Europe/Atlantis", "A" * 10_000, "../../etc/passwd", "/etc/localtime", "Europe", "a\n", "\u0130"]


@pytest.mark.parametrize("zone", ZONES, ids=[zone[:20] for zone in ZONES])
def test_a_zone_that_does_not_exist_is_named(zone: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        parse(START, zone)
    assert refused.value.type == "/problems/unknown-zone"


TIMES = [
    "",
    "now",
    "2026-02-30",
    "2026-01-01T25:00:00",
    "1899-12-31",
    "2200-01-01",
    "2" * 10_000,
    "2026-W01-1",
]


@pytest.mark.parametrize("text", TIMES, ids=[text[:20] for text in TIMES])
def test_a_time_that_is_none_is_named(text: str) -> None:
    for start, added, left_out in ((text, [], []), (START, [text], []), (START, [], [text])):
        with pytest.raises(Unprocessable) as refused:
            parse(start, "UTC", rdates=added, exdates=left_out)
        assert refused.value.type == "/problems/time-not-understood"


def test_more_dates_than_anybody_names_are_refused() -> None:
    for added, left_out in (([START] * 501, []), ([], [START] * 501)):
        with pytest.raises(Unprocessable) as refused:
            parse(START, "UTC", rdates=added, exdates=left_out)
        assert refused.value.type == "/problems/too-many-dates"


@pytest.mark.parametrize(("rule", "problem"), [BOMBS[0], BOMBS[4], BOMBS[36], BOMBS[37]])
def test_a_bomb_is_refused_over_http(key: Someone, rule: str, problem: str) -> None:
    refused = key.post("/event-series/preview", {"dtstart": START, "rrule": rule})
    assert (refused.status_code, refused.json()["type"]) == (422, f"/problems/{problem}")
    assert refused.json()["allowed"]

"""The preview of a recurrence, against cases worked out by python-dateutil, and against cases of our own."""

import json
from typing import Any

import pytest

from tests.cli.real_data import DATA
from tests.events.conftest import Facts, Person
from tests.membership.conftest import Someone

PATH = "/event-series/preview"
CASES = DATA / "calendars" / "dateutil" / "rrule_cases.json"
needs_cases = pytest.mark.skipif(not CASES.is_file(), reason=f"the 52 cases of dateutil are not in {CASES}")
REFUSED = {"/problems/frequency-not-allowed": 16, "/problems/one-rule-only": 3}


def asked(text: str) -> dict[str, Any]:
    """A case as the endpoint takes it: the lines of its calendar text, each in its field."""
    lines = [line.split(":", 1) for line in text.split()]
    found: dict[str, list[str]] = {}
    for name, value in lines:
        found.setdefault(name.lower(), []).append(value)
    given: dict[str, Any] = dict(found) | {"dtstart": found["dtstart"][0]}
    return given | ({"rrule": found["rrule"][0]} if len(found.get("rrule", [])) == 1 else {})


@needs_cases
def test_the_cases_of_dateutil_expand_or_are_refused_by_name(key: Someone) -> None:
    cases = [case for case in json.loads(CASES.read_text())["cases"] if case["dtstart_is_first"]]
    assert len(cases) == 52
    as_expected, refused = 0, dict.fromkeys(REFUSED, 0)
    for case in cases:
        answer = key.post(PATH, asked(case["text"]))
        body = answer.json()
        if answer.status_code == 422:
            refused[body["type"]] += 1
            assert body["allowed"], case["id"]
            continue
        assert answer.status_code == 200, case["id"]
        written = [each.replace("-", "").replace(":", "").removesuffix("Z") for each in body["occurrences"]]
        assert written == case["expected"], case["id"]
        assert body["complete"], case["id"]
        as_expected += 1
    assert (as_expected, refused) == (33, REFUSED)


def test_local_time_is_kept_when_the_clocks_change(key: Someone) -> None:
    given = {"dtstart": "2026-03-28T09:00:00", "rrule": "FREQ=DAILY;COUNT=3", "tz": "Europe/Berlin"}
    assert key.made(PATH, given) == {
        "occurrences": ["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z"],
        "local": ["2026-03-28T09:00:00", "2026-03-29T09:00:00", "2026-03-30T09:00:00"],
        "timezone": "Europe/Berlin",
        "complete": True,
    }


def test_a_local_time_that_is_skipped_or_comes_twice_is_the_first_it_can_be(key: Someone) -> None:
    rule = {"rrule": "FREQ=DAILY;COUNT=2", "tz": "Europe/Berlin"}
    skipped = key.made(PATH, {"dtstart": "20260328T023000"} | rule)
    assert skipped["occurrences"] == ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z"]
    twice = key.made(PATH, {"dtstart": "2026-10-24T02:30"} | rule)
    assert twice["occurrences"] == ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z"]


def test_the_horizon_does_not_count_and_the_limit_does(key: Someone) -> None:
    endless = {"dtstart": "1997-09-02T09:00:00", "rrule": "FREQ=YEARLY;INTERVAL=100"}
    found = key.made(PATH, endless | {"limit": 3})
    assert found["occurrences"] == ["1997-09-02T09:00:00Z", "2097-09-02T09:00:00Z", "2197-09-02T09:00:00Z"]
    assert not found["complete"]
    assert len(key.made(PATH, endless | {"rrule": "FREQ=DAILY"})["occurrences"]) == 100
    assert len(key.made(PATH, endless | {"rrule": "FREQ=DAILY;COUNT=10000", "limit": 1000})["local"]) == 1000
    for limit in (0, 1001, 1.5, "3"):
        assert key.post(PATH, endless | {"limit": limit}).status_code == 422


def test_dates_come_as_a_list_or_as_one_text(key: Someone) -> None:
    given = {"dtstart": "2026-01-05", "rrule": "FREQ=WEEKLY;COUNT=3", "tz": "America/New_York"}
    dates = {"rdate": "20260106,2026-01-07", "exdate": ["2026-01-12T00:00:00"]}
    assert key.made(PATH, given | dates)["local"] == [
        "2026-01-05T00:00:00",
        "2026-01-06T00:00:00",
        "2026-01-07T00:00:00",
        "2026-01-19T00:00:00",
    ]


def test_a_second_rule_is_refused_however_it_is_given(key: Someone) -> None:
    given = {"dtstart": "2026-01-05T09:00:00", "rrule": "FREQ=DAILY;COUNT=3"}
    for second in (
        {"rrule": ["FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;COUNT=3"]},
        {"rrule": "RRULE:FREQ=DAILY;COUNT=3\nRRULE:FREQ=WEEKLY"},
        {"exrule": "FREQ=WEEKLY"},
    ):
        refused = key.post(PATH, given | second)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/one-rule-only")


def test_whoever_reads_events_may_look_and_nothing_changes(person: Person, facts: Facts) -> None:
    member = person()
    given = {"dtstart": "2026-01-05T09:00:00", "rrule": "FREQ=DAILY;COUNT=3"}
    assert member.post(PATH, given).status_code == 200
    for wrong in ({"tz": "Mars/Base"}, {"tz": "A" * 10_000}, {"rule": "FREQ=DAILY"}, {"dtstart": None}):
        assert member.post(PATH, given | wrong).status_code == 422
    assert facts() == []

"""Registering for a series: one occurrence, those that follow, or all, and those that are made later."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from shared.testing import eventually
from tests.events.conftest import Facts, Person
from tests.events.seat_log import proven
from tests.events.test_registrations import problem
from tests.membership.conftest import Someone, at_once

FIRST = (datetime.now(UTC) + timedelta(days=3)).replace(hour=18, minute=0, second=0, microsecond=0)
Series = Callable[..., dict[str, Any]]


def on(week: int) -> str:
    """The local start of that occurrence."""
    return (FIRST + timedelta(weeks=week)).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.fixture
def series(organiser: Someone) -> Series:
    """`series("all", capacity=1)` meets weekly, four times in all."""

    def make(rsvp_scope: str = "all", count: int = 4, **changes: Any) -> dict[str, Any]:
        given = {
            "title": "Office hours",
            "dtstart": on(0),
            "tz": "UTC",
            "rrule": f"FREQ=WEEKLY;COUNT={count}",
            "rsvp_scope": rsvp_scope,
        }
        return organiser.made("/event-series", given | changes)

    return make


def outcomes(answer: dict[str, Any]) -> list[str]:
    return [each["state"] or each["refused"] for each in answer["occurrences"]]


def mine(member: Someone) -> list[str]:
    rows = member.get("/registrations/mine?limit=100").json()["items"]
    return sorted(row["state"] for row in rows)


def test_all_of_a_series(series: Series, person: Person, facts: Facts, organiser: Someone) -> None:
    weekly, ada = series(per_registration_max=2), person()
    path = f"/event-series/{weekly['id']}/registrations"
    made = ada.made(path, {"scope": "all", "party_size": 2})
    assert outcomes(made) == ["confirmed"] * 4
    assert [each["recurrence_id"] for each in made["occurrences"]] == [on(week) for week in range(4)]
    assert mine(ada) == ["confirmed"] * 4
    one = made["occurrences"][0]
    row = ada.get(f"/events/{one['event_id']}/registrations/{one['registration_id']}").json()
    assert (row["source"], row["series_registration_id"], row["party_size"]) == ("series", made["id"], 2)
    [told] = facts("series_registration_made")
    assert told["series_registration_id"] == made["id"]
    again = ada.post(path, {"scope": "all"})
    assert problem(again) == (409, "already-registered")
    assert again.json()["registration_id"] == made["id"]
    [standing] = ada.get(path).json()["items"]
    assert (standing["id"], standing["scope"], standing["cancelled_at"]) == (made["id"], "all", None)
    assert person().get(path).json()["items"] == []
    assert len(organiser.get(path).json()["items"]) == 1


def test_one_and_those_that_follow(series: Series, person: Person) -> None:
    weekly, ada, bob = series(), person(), person()
    path = f"/event-series/{weekly['id']}/registrations"
    one = ada.made(path, {"scope": "one", "from": on(1)})
    assert (one["id"], outcomes(one)) == (None, ["confirmed"])
    assert problem(ada.post(path, {"scope": "one", "from": on(1)})) == (409, "already-registered")
    assert problem(ada.post(path, {"scope": "one", "from": "2030-01-01T00:00:00"})) == (
        422,
        "no-such-occurrence",
    )
    rest = ada.made(path, {"scope": "following", "from": on(1)})
    assert outcomes(rest) == ["already-registered", "confirmed", "confirmed"]
    assert outcomes(bob.made(path, {"scope": "following", "from": on(3)})) == ["confirmed"]
    assert mine(ada) == ["confirmed"] * 3


@pytest.mark.parametrize(
    ("offered", "given", "refusal"),
    [
        ("one", {"scope": "following", "from": on(0)}, "scope-not-offered"),
        ("following", {"scope": "all"}, "scope-not-offered"),
        ("all", {"scope": "following"}, "invalid-input"),
        ("all", {"scope": "all", "from": on(0)}, "invalid-input"),
        ("all", {"scope": "one", "from": "tomorrow"}, "invalid-input"),
        ("all", {"scope": "following", "from": "9999-99-99T99:99:99"}, "invalid-input"),
        ("all", {"scope": "all", "party_size": 0}, "invalid-input"),
    ],
)
def test_no_more_than_the_series_offers(
    series: Series, person: Person, offered: str, given: dict[str, Any], refusal: str
) -> None:
    answer = person().post(f"/event-series/{series(offered)['id']}/registrations", given)
    assert problem(answer) == (422, refusal)


def test_each_occurrence_has_its_own_line(series: Series, person: Person, organiser: Someone) -> None:
    weekly = series(capacity=1, waitlist={"max": 1})
    path = f"/event-series/{weekly['id']}/registrations"
    ada, bob, eve = person(), person(), person()
    ada.made(path, {"scope": "following", "from": on(2)})
    waits = bob.made(path, {"scope": "all"})
    assert outcomes(waits) == ["confirmed", "confirmed", "waitlisted", "waitlisted"]
    assert outcomes(eve.made(path, {"scope": "all"}))[2:] == ["waiting-list-full"] * 2
    standing = ada.get(path).json()["items"][0]["id"]
    assert bob.delete(f"{path}/{standing}").status_code == 404
    assert ada.delete(f"{path}/{standing}").status_code == 204
    assert ada.delete(f"{path}/{standing}").status_code == 204
    assert mine(ada) == ["cancelled"] * 2
    assert mine(bob) == ["confirmed"] * 2 + ["offered"] * 2
    for each in waits["occurrences"]:
        proven(organiser, each["event_id"])


def test_a_draft_is_nobodys_and_what_has_ended_takes_nobody(
    series: Series, person: Person, organiser: Someone
) -> None:
    draft, ended, ada = series(draft=True), series(), person()
    path = f"/event-series/{draft['id']}/registrations"
    assert ada.post(path, {"scope": "all"}).status_code == 404
    assert ada.get(path).status_code == 404
    assert problem(organiser.post(path, {"scope": "all"})) == (409, "series-not-running")
    ada.made(f"/event-series/{ended['id']}/registrations", {"scope": "all"})
    organiser.made(f"/event-series/{ended['id']}/end")
    late = person().post(f"/event-series/{ended['id']}/registrations", {"scope": "all"})
    assert problem(late) == (409, "series-not-running")
    eventually(lambda: mine(ada) == ["cancelled"] * 4, within=10)


def test_whoever_comes_to_all_comes_to_those_made_later(series: Series, person: Person) -> None:
    """In the order they had registered for the series; one who cancelled it is not among them."""
    weekly = series(count=80, capacity=1, rrule="FREQ=DAILY;COUNT=80")
    path = f"/event-series/{weekly['id']}/registrations"
    ada, bob, eve = person(), person(), person()
    for member in (ada, bob, eve):
        member.made(path, {"scope": "all"})
    bob.delete(f"{path}/{bob.get(path).json()['items'][0]['id']}")
    eventually(lambda: len(mine(ada)) == 80, within=20)

    def settled() -> bool:
        theirs = [mine(member) for member in (ada, eve)]
        return [set(each) for each in theirs] == [{"confirmed"}, {"waitlisted", "offered"}] or [
            set(each) for each in theirs
        ] == [{"confirmed"}, {"waitlisted"}]

    eventually(settled, within=10)
    assert len(mine(eve)) == 80
    assert {state for state in mine(bob) if state != "cancelled"} == set()


def test_a_series_at_once_with_those_who_come_to_one(
    series: Series, person: Person, organiser: Someone
) -> None:
    """Whole series and single occurrences at once: no deadlock, and every log is right."""
    weekly = series(capacity=3)
    path = f"/event-series/{weekly['id']}/registrations"
    first = person().made(path, {"scope": "all"})
    ids = [each["event_id"] for each in first["occurrences"]]
    acts = [partial(person().post, path, {"scope": "all"}) for _ in range(4)]
    acts += [partial(person().post, f"/events/{id_}/registrations", {}) for id_ in reversed(ids * 2)]
    answers = at_once(acts)
    assert {answer.status_code for answer in answers} == {201}
    for id_ in ids:
        assert len(proven(organiser, id_).seated) == 3

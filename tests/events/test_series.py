"""Series: a rule becomes events up to the horizon, and what is changed of it finds its way to them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.events.rules import HORIZON_DAYS
from shared.testing import Cluster, eventually
from tests.events.conftest import Facts, Person
from tests.membership.conftest import Someone, at_once

BERLIN = "Europe/Berlin"
PATH = "/event-series"
Made = Callable[..., dict[str, Any]]


def day(ahead: int, clock: str = "18:00:00") -> str:
    """A local time so many days ahead."""
    return f"{datetime.now(UTC).date() + timedelta(days=ahead)}T{clock}"


def a_series(**changes: Any) -> dict[str, Any]:
    """Every tenth day for five times, from in three days on."""
    given = {
        "title": "Open house",
        "dtstart": day(3),
        "tz": BERLIN,
        "duration_minutes": 90,
        "rrule": "FREQ=DAILY;INTERVAL=10;COUNT=5",
    }
    return given | changes


@pytest.fixture
def series(organiser: Someone) -> Made:
    """`series(capacity=3)` is a running series."""
    return lambda **changes: organiser.made(PATH, a_series(**changes))


def changed(by: Someone, series_id: str, scope: str, **changes: Any) -> dict[str, Any]:
    """What a PATCH that must succeed answers."""
    version = by.get(f"{PATH}/{series_id}").json()["version"]
    answer = by.patch(f"{PATH}/{series_id}", {"scope": scope} | changes, If_Match=f'"{version}"')
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def occurrences(by: Someone, series_id: str, count: int | None = None) -> list[dict[str, Any]]:
    """All occurrences of a series, in order; waits until there are `count`."""

    def look() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while cursor is not None:
            given = f"?limit=100{f'&cursor={cursor}' if cursor else ''}"
            page = by.get(f"{PATH}/{series_id}/occurrences{given}").json()
            found += page["items"]
            cursor = page["next_cursor"]
        assert count is None or len(found) == count, len(found)
        return found

    return look() if count is None else eventually(look, within=15)


def test_occurrences_are_events_that_take_registrations(
    organiser: Someone, person: Person, series: Made, facts: Facts
) -> None:
    made = series(title="Salon", capacity=2)
    found = occurrences(organiser, made["id"], 5)
    assert [each["starts_local"] for each in found] == [day(3 + 10 * n) for n in range(5)]
    for each in found:
        local = datetime.fromisoformat(each["starts_local"]).replace(tzinfo=ZoneInfo(BERLIN))
        assert datetime.fromisoformat(each["starts_at"]) == local
        assert (each["recurrence_id"], each["state"]) == (each["starts_local"], "registration_open")
    event = person().get(f"/events/{found[0]['event_id']}").json()
    assert (event["title"], event["capacity"], event["series_id"]) == ("Salon", 2, made["id"])
    assert (event["uid"], event["organisers"]) == (made["uid"], [str(organiser.member_id)])
    told = [fact["fact"] for fact in facts()]
    assert told.count("series_created") == 1
    assert told.count("event_published") == told.count("event_registration_opened") == 5


def test_the_horizon_is_filled_some_at_a_time(organiser: Someone, series: Made) -> None:
    made = series(rrule="FREQ=DAILY", dtstart=day(-40))
    assert made["state"] == "active"
    end = (datetime.now(UTC) + timedelta(days=HORIZON_DAYS - 1)).isoformat()

    def all_made() -> list[datetime]:
        found = occurrences(organiser, made["id"])
        assert found[-1]["starts_at"] > end
        return [datetime.fromisoformat(each["starts_local"]) for each in found]

    found = eventually(all_made, within=15)
    assert {after - before for before, after in pairwise(found)} == {timedelta(days=1)}
    assert found[0] > datetime.now(ZoneInfo(BERLIN)).replace(tzinfo=None)
    assert HORIZON_DAYS - 1 <= len(found) <= HORIZON_DAYS + 1


def test_the_more_come_to_all_the_fewer_are_changed_at_once(
    stack: Cluster, organiser: Someone, person: Person, series: Made, facts: Facts
) -> None:
    made = series(rsvp_scope="all")
    person().made(f"{PATH}/{made['id']}/registrations", {"scope": "all"})
    known = "community_id, series_id, party_size, scope, from_local, created_at, updated_at, version"
    source = f"FROM series_registration WHERE community_id = '{organiser.community}' LIMIT 1"
    for _ in range(124):
        row = f"SELECT '{uuid4()}', '{uuid4()}', {known} {source}"
        stack.execute("events", f"INSERT INTO series_registration (id, member_id, {known}) {row}")
    changed(organiser, made["id"], "all", dtstart=day(3, "19:00:00"))
    [request] = [fact["correlation_id"] for fact in facts("series_updated")]
    assert [fact["correlation_id"] for fact in facts("event_updated")].count(request) == 2
    eventually(lambda: len(facts("event_updated")) == 5, within=10)


def test_a_series_without_occurrences_to_come_has_ended(organiser: Someone, series: Made) -> None:
    made = series(dtstart=day(-90))
    assert made["state"] == "ended"
    assert occurrences(organiser, made["id"]) == []
    refused = organiser.patch(f"{PATH}/{made['id']}", {"scope": "all", "title": "Anew"}, If_Match="*")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/series-is-over")


def test_a_draft_is_seen_by_its_organisers_and_runs_when_told_to(
    organiser: Someone, person: Person, series: Made
) -> None:
    made = series(draft=True)
    path, member = f"{PATH}/{made['id']}", person()
    for hidden in (path, f"{path}/occurrences"):
        assert member.get(hidden).status_code == 404
    assert member.get(PATH).json()["items"] == []
    assert member.post(f"{path}/activate").status_code == 404
    assert occurrences(organiser, made["id"]) == []
    assert organiser.made(f"{path}/activate")["state"] == "active"
    assert len(occurrences(member, made["id"], 5)) == 5
    refused = organiser.post(f"{path}/activate")
    assert (refused.status_code, refused.json()["allowed"]) == (409, ["end"])
    assert member.post(f"{path}/end").status_code == 403
    assert organiser.get(f"{PATH}?state=active").json()["items"][0]["id"] == made["id"]
    assert organiser.get(f"{PATH}?uid={made['uid']}").json()["items"][0]["id"] == made["id"]
    assert organiser.get(f"{PATH}?group={uuid4()}").json()["items"] == []


def test_what_cannot_be_is_refused_and_nothing_made(organiser: Someone, series: Made, facts: Facts) -> None:
    for wrong, problem in (
        ({"rrule": "FREQ=SECONDLY"}, "frequency-not-allowed"),
        ({"rrule": "FREQ=DAILY;COUNT=731"}, "rule-too-large"),
        ({"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "never-occurs"),
        ({"rdate": ["soon"]}, "time-not-understood"),
        ({"exdate": [day(3)] * 501}, "too-many-dates"),
        ({"tz": "Mars/Base"}, "invalid-input"),
        ({"all_day": True, "duration_minutes": 14 * 1440}, "ends-before-it-starts"),
        ({"format_id": str(uuid4())}, "unknown-format"),
        ({"colour": "red"}, "invalid-input"),
    ):
        refused = organiser.post(PATH, a_series(**wrong))
        assert (refused.status_code, refused.json()["type"]) == (422, f"/problems/{problem}"), wrong
    assert facts() == []
    made = series(uid="salon@example.org")
    refused = organiser.post(PATH, a_series(uid="salon@example.org"))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/series-uid-taken")
    assert organiser.patch(f"{PATH}/{made['id']}", {"scope": "all", "title": "x"}).status_code == 428


def test_other_communities_and_members_have_no_say(person: Person, series: Made) -> None:
    made = series()
    path = f"{PATH}/{made['id']}"
    stranger, member = person("organizer", within=uuid4()), person()
    for foreign in (path, f"{path}/occurrences"):
        assert stranger.get(foreign).status_code == 404
    given = {"scope": "all", "title": "Mine"}
    assert stranger.patch(path, given, If_Match="*").status_code == 404
    assert stranger.post(f"{path}/end").status_code == 404
    assert member.patch(path, given, If_Match="*").status_code == 403
    assert member.post(PATH, a_series()).status_code == 403


def test_the_link_is_for_those_who_manage_and_those_who_come(
    organiser: Someone, person: Person, series: Made
) -> None:
    link = "https://meet.example.org/salon"
    made = series(venue={"name": "Hall", "online_url": link})
    assert made["settings"]["venue"]["online_url"] == link
    member = person()
    assert member.get(f"{PATH}/{made['id']}").json()["settings"]["venue"]["online_url"] is None
    event = f"/events/{occurrences(organiser, made['id'], 5)[0]['event_id']}"
    assert member.get(event).json()["venue"]["online_url"] is None
    member.made(f"{event}/registrations", {})
    assert member.get(event).json()["venue"]["online_url"] == link


def test_registration_opens_so_long_before_each(organiser: Someone, series: Made) -> None:
    made = series(opens_minutes_before=7 * 1440, closes_minutes_before=60)
    states = [each["state"] for each in occurrences(organiser, made["id"], 5)]
    assert states == ["registration_open", *["published"] * 4]


def test_this_occurrence_is_changed_by_itself(organiser: Someone, person: Person, series: Made) -> None:
    made = series()
    member, second = person(), occurrences(organiser, made["id"], 5)[1]
    member.made(f"/events/{second['event_id']}/registrations", {})
    changed(
        organiser,
        made["id"],
        "this",
        recurrence_id=second["recurrence_id"],
        title="Open late",
        dtstart=day(13, "21:00:00"),
    )
    changed(organiser, made["id"], "all", title="Open door")
    found = occurrences(organiser, made["id"], 5)
    assert [each["title"] for each in found] == ["Open door", "Open late", *["Open door"] * 3]
    assert found[1]["recurrence_id"] == second["recurrence_id"]
    assert (found[1]["starts_local"], found[1]["overridden"]) == (day(13, "21:00:00"), True)
    for wrong, problem in (
        ({"recurrence_id": day(4)}, "unknown-occurrence"),
        ({}, "unknown-occurrence"),
        ({"recurrence_id": second["recurrence_id"], "rrule": "FREQ=DAILY"}, "not-of-one-occurrence"),
    ):
        path = f"{PATH}/{made['id']}"
        refused = organiser.patch(path, {"scope": "this", "title": "x"} | wrong, If_Match="*")
        assert (refused.status_code, refused.json()["type"]) == (422, f"/problems/{problem}")


def test_an_occurrence_beyond_the_horizon_can_be_changed(organiser: Someone, series: Made) -> None:
    made = series(rrule="FREQ=YEARLY")
    assert len(occurrences(organiser, made["id"], 1)) == 1
    far = made["dtstart"].replace(made["dtstart"][:4], str(int(made["dtstart"][:4]) + 2))
    changed(organiser, made["id"], "this", recurrence_id=far, title="Jubilee")
    found = occurrences(organiser, made["id"], 2)
    assert [each["title"] for each in found] == ["Open house", "Jubilee"]


def test_another_time_of_day_keeps_registrations_and_asks_again(
    organiser: Someone, person: Person, series: Made
) -> None:
    made = series(exdate=[day(13)])
    first = occurrences(organiser, made["id"], 4)[0]
    member = person()
    seat = member.made(f"/events/{first['event_id']}/registrations", {})
    after = changed(organiser, made["id"], "all", dtstart=day(3, "19:30:00"))
    assert after["exdate"] == [day(13, "19:30:00")]
    found = occurrences(organiser, made["id"], 4)
    assert [each["recurrence_id"] for each in found] == [day(n, "19:30:00") for n in (3, 23, 33, 43)]
    assert found[0]["event_id"] == first["event_id"]
    kept = member.get(f"/events/{first['event_id']}/registrations/{seat['id']}").json()
    assert (kept["state"], kept["reconfirm"]) == ("confirmed", True)


def test_another_rule_keeps_what_still_is_and_calls_off_what_is_not(
    organiser: Someone, person: Person, series: Made
) -> None:
    made = series()
    before = occurrences(organiser, made["id"], 5)
    member = person()
    seats = [member.made(f"/events/{each['event_id']}/registrations", {}) for each in before]
    organiser.made(f"/events/{before[4]['event_id']}/cancel", {"reason": "ill"})
    changed(organiser, made["id"], "all", rrule="FREQ=DAILY;INTERVAL=20;COUNT=4")
    found = occurrences(organiser, made["id"], 6)
    there = {each["recurrence_id"]: each for each in found if each["recurrence_id"] is not None}
    assert sorted(there) == [day(n) for n in (3, 23, 43, 63)]
    assert [there[day(n)]["event_id"] for n in (3, 23, 43)] == [before[n]["event_id"] for n in (0, 2, 4)]
    assert [there[day(n)]["state"] for n in (3, 43, 63)] == [
        "registration_open",
        "cancelled",
        "registration_open",
    ]
    states = [
        member.get(f"/events/{each['event_id']}/registrations/{seat['id']}").json()["state"]
        for each, seat in zip(before, seats, strict=True)
    ]
    assert states == ["confirmed", "cancelled", "confirmed", "cancelled", "cancelled"]
    changed(organiser, made["id"], "all", rrule="FREQ=DAILY;INTERVAL=10;COUNT=5")
    back = {each["recurrence_id"]: each["state"] for each in occurrences(organiser, made["id"])}
    assert back[day(13)] == back[day(33)] == "registration_open"
    assert back[day(43)] == "cancelled"


def test_capacity_never_falls_below_the_seats_taken(organiser: Someone, person: Person, series: Made) -> None:
    made = series(capacity=5)
    first = occurrences(organiser, made["id"], 5)[0]
    for guest in [person() for _ in range(3)]:
        guest.made(f"/events/{first['event_id']}/registrations", {})
    changed(organiser, made["id"], "all", capacity=2)
    capacities = [
        organiser.get(f"/events/{each['event_id']}").json()["capacity"]
        for each in occurrences(organiser, made["id"], 5)
    ]
    assert capacities == [3, 2, 2, 2, 2]


def test_following_occurrences_become_a_series_of_their_own(
    organiser: Someone, person: Person, series: Made, facts: Facts
) -> None:
    made = series(rsvp_scope="all")
    member = person()
    member.made(f"{PATH}/{made['id']}/registrations", {"scope": "all"})
    before = occurrences(organiser, made["id"], 5)
    split_at = before[2]["recurrence_id"]
    new = changed(
        organiser,
        made["id"],
        "following",
        recurrence_id=split_at,
        title="Late house",
        dtstart=day(23, "20:00:00"),
    )
    assert new["id"] != made["id"]
    assert new["uid"] != made["uid"]
    assert (new["dtstart"], new["rrule"]) == (day(23, "20:00:00"), "FREQ=DAILY;INTERVAL=10;COUNT=3")
    old = organiser.get(f"{PATH}/{made['id']}").json()
    assert "COUNT" not in old["rrule"]
    assert "UNTIL" in old["rrule"]
    assert [each["event_id"] for each in occurrences(organiser, made["id"], 2)] == [
        each["event_id"] for each in before[:2]
    ]
    found = occurrences(organiser, new["id"], 3)
    assert [each["event_id"] for each in found] == [each["event_id"] for each in before[2:]]
    assert [each["recurrence_id"] for each in found] == [day(n, "20:00:00") for n in (23, 33, 43)]
    assert {each["title"] for each in found} == {"Late house"}
    for each in found:
        (seat,) = member.get(f"/events/{each['event_id']}/registrations").json()["items"]
        assert (seat["state"], seat["reconfirm"]) == ("confirmed", True)
    told = [fact["fact"] for fact in facts()]
    assert told.count("series_created") == told.count("series_registration_made") == 2
    same = changed(organiser, new["id"], "following", recurrence_id=day(23, "20:00:00"), title="House")
    assert same["id"] == new["id"]


def test_what_follows_a_further_date_keeps_the_rule(organiser: Someone, person: Person, series: Made) -> None:
    made = series(rrule="FREQ=WEEKLY;COUNT=4", rdate=[day(5, "10:00:00")])
    before = occurrences(organiser, made["id"], 5)
    seats = [person().made(f"/events/{each['event_id']}/registrations", {}) for each in before]
    new = changed(organiser, made["id"], "following", recurrence_id=day(5, "10:00:00"), title="Late house")
    found = occurrences(organiser, new["id"], 4)
    assert [each["event_id"] for each in found] == [each["event_id"] for each in before[1:]]
    assert [each["recurrence_id"] for each in found] == [each["recurrence_id"] for each in before[1:]]
    for each, seat in zip(before, seats, strict=True):
        kept = organiser.get(f"/events/{each['event_id']}/registrations/{seat['id']}").json()
        assert kept["state"] == "confirmed"
    [first] = occurrences(organiser, made["id"], 1)
    assert first["event_id"] == before[0]["event_id"]
    last = changed(organiser, new["id"], "following", recurrence_id=day(24), title="Last house")
    assert (last["dtstart"], last["rrule"], last["rdate"]) == (day(24), "FREQ=WEEKLY;COUNT=1", [])


def test_what_opened_later_is_open_when_registration_opens_at_once(
    organiser: Someone, person: Person, series: Made
) -> None:
    made = series(opens_minutes_before=60)
    assert {each["state"] for each in occurrences(organiser, made["id"], 5)} == {"published"}
    changed(organiser, made["id"], "all", opens_minutes_before=None)
    found = occurrences(organiser, made["id"], 5)
    assert {each["state"] for each in found} == {"registration_open"}
    person().made(f"/events/{found[0]['event_id']}/registrations", {})


def test_whoever_comes_to_all_comes_to_those_made_later(
    organiser: Someone, person: Person, series: Made
) -> None:
    made = series(rsvp_scope="all", rrule="FREQ=DAILY;INTERVAL=10;COUNT=2", capacity=1)
    members = [person(), person()]
    for member in members:
        member.made(f"{PATH}/{made['id']}/registrations", {"scope": "all"})
    changed(organiser, made["id"], "all", rrule="FREQ=DAILY;INTERVAL=10;COUNT=3")
    last = occurrences(organiser, made["id"], 3)[-1]
    seats = [member.get(f"/events/{last['event_id']}/registrations").json()["items"] for member in members]
    assert [seat["state"] for found in seats for seat in found] == ["confirmed", "waitlisted"]


@pytest.mark.parametrize("keep", [False, True])
def test_a_series_ends_with_or_without_what_is_to_come(organiser: Someone, series: Made, keep: bool) -> None:
    made = series(rrule="FREQ=DAILY;INTERVAL=10", rdate=[day(400)])
    changed(organiser, made["id"], "this", recurrence_id=day(3), title="First")
    count = len(occurrences(organiser, made["id"], 18))
    ended = organiser.made(f"{PATH}/{made['id']}/end", {"keep_to_come": keep})
    assert (ended["state"], ended["rdate"]) == ("ended", [])
    assert "UNTIL" in ended["rrule"]
    states = [each["state"] for each in occurrences(organiser, made["id"], count)]
    assert states == ["registration_open" if keep else "cancelled"] * count
    assert organiser.post(f"{PATH}/{made['id']}/end").status_code == 409


def test_what_exists_is_kept_while_a_change_is_under_way(organiser: Someone, series: Made) -> None:
    made = series(rrule="FREQ=DAILY")
    eventually(lambda: len(occurrences(organiser, made["id"])) >= HORIZON_DAYS - 4, within=15)
    changed(organiser, made["id"], "all", title="Late house")
    organiser.made(f"{PATH}/{made['id']}/end", {"keep_to_come": True})

    def titles() -> set[tuple[str, str]]:
        return {(each["title"], each["state"]) for each in occurrences(organiser, made["id"])}

    eventually(lambda: titles() == {("Late house", "registration_open")}, within=15)


def test_a_series_of_whole_days(organiser: Someone, series: Made) -> None:
    made = series(all_day=True, dtstart=day(3)[:10], duration_minutes=1500)
    assert (made["all_day"], made["duration_minutes"]) == (True, 2880)
    first = occurrences(organiser, made["id"], 5)[0]
    zone = ZoneInfo(BERLIN)
    starts, ends = (datetime.fromisoformat(first[name]).astimezone(zone) for name in ("starts_at", "ends_at"))
    assert (starts.isoformat()[:16], (ends.date() - starts.date()).days) == (f"{day(3)[:10]}T00:00", 2)


def test_changes_at_once_leave_one_event_for_each_occurrence(
    stack: Cluster, organiser: Someone, series: Made
) -> None:
    made = series(rrule="FREQ=DAILY;INTERVAL=5;COUNT=30")
    path = f"{PATH}/{made['id']}"
    rules = [f"FREQ=DAILY;INTERVAL={n};COUNT=30" for n in (4, 5, 6, 4, 5, 6)]

    def apply(rule: str) -> httpx.Response:
        return organiser.patch(path, {"scope": "all", "rrule": rule}, If_Match="*")

    answers = at_once([partial(apply, rule) for rule in rules])
    assert {answer.status_code for answer in answers} == {200}
    final = organiser.get(path).json()
    given = {"dtstart": final["dtstart"], "rrule": final["rrule"], "tz": BERLIN}
    wanted = organiser.made(f"{PATH}/preview", given)["local"]
    horizon = day(HORIZON_DAYS + 1)[:10]

    def settled() -> bool:
        sql = f"SELECT recurrence_id FROM event WHERE series_id = '{made['id']}' AND state != 'cancelled'"
        found = sorted(row[0] for row in stack.rows("events", sql))
        return found == [each for each in wanted if each < horizon]

    eventually(settled, within=15)

"""The waiting list: first come, first served, whoever cancels, and however the event grows."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.events.conftest import Facts, Person
from tests.events.seat_log import entries, proven, registrations
from tests.events.test_registrations import problem
from tests.membership.conftest import Someone

Published = Callable[..., dict[str, Any]]


def joins(person: Person, path: str, *sizes: int) -> list[tuple[Someone, dict[str, Any]]]:
    """So many new members register one after another, with parties of these sizes."""
    members = [person() for _ in sizes]
    return [
        (member, member.made(path, {"party_size": size})) for member, size in zip(members, sizes, strict=True)
    ]


def states(organiser: Someone, event: dict[str, Any]) -> list[str]:
    return [row["state"] for row in registrations(organiser, event["id"])]


def test_a_full_event_has_a_line(
    published: Published, organiser: Someone, person: Person, facts: Facts
) -> None:
    event = published(capacity=2, per_registration_max=3)
    path = f"/events/{event['id']}/registrations"
    (ada, first), (bob, second), (eve, third) = joins(person, path, 2, 1, 2)
    assert [each["state"] for each in (first, second, third)] == ["confirmed", "waitlisted", "waitlisted"]
    assert [fact["seq"] for fact in facts("registration_waitlisted")] == [2, 3]
    place = eve.get(f"{path}/{third['id']}/position").json()
    assert place == {"state": "waitlisted", "position": 2, "waiting_ahead_seats": 1}
    assert bob.get(f"{path}/{third['id']}/position").status_code == 404
    not_waiting = ada.get(f"{path}/{first['id']}/position").json()
    assert not_waiting == {"state": "confirmed", "position": None, "waiting_ahead_seats": None}
    seats = bob.get(f"/events/{event['id']}/availability").json()
    assert seats == {
        "capacity": 2,
        "taken": 2,
        "free": 0,
        "waiting": 3,
        "offers_open": 0,
        "takes_registrations": True,
    }
    ada.made(f"{path}/{first['id']}/cancel")
    assert states(organiser, event) == ["cancelled", "offered", "waitlisted"]
    steps = [(entry["step"], entry["taken"], entry["waiting"]) for entry in entries(organiser, event["id"])]
    assert steps == [
        ("confirmed", 2, 0),
        ("waitlisted", 2, 1),
        ("waitlisted", 2, 3),
        ("cancelled", 0, 3),
        ("offered", 1, 2),
    ]
    proven(organiser, event["id"])


def test_a_newcomer_goes_to_the_end(published: Published, organiser: Someone, person: Person) -> None:
    event = published(capacity=3, per_registration_max=3)
    path = f"/events/{event['id']}/registrations"
    joins(person, path, 2, 2)
    [(_, last)] = joins(person, path, 1)
    assert last["state"] == "waitlisted"  # a seat is free, and somebody waits for two
    assert organiser.get(f"/events/{event['id']}/availability").json()["free"] == 1
    proven(organiser, event["id"])


def test_where_skipping_is_allowed_whoever_fits_passes(
    published: Published, organiser: Someone, person: Person
) -> None:
    event = published(capacity=3, per_registration_max=3, waitlist={"allow_skip": True})
    path = f"/events/{event['id']}/registrations"
    (ada, first), _, (_, fits), _ = joins(person, path, 2, 3, 1, 2)
    assert fits["state"] == "confirmed"
    ada.made(f"{path}/{first['id']}/cancel")
    assert states(organiser, event) == ["cancelled", "waitlisted", "confirmed", "offered"]
    proven(organiser, event["id"], allow_skip=True)


def test_waiting_is_bounded_or_off(published: Published, person: Person) -> None:
    for waitlist, size, refusal in (
        ({"enabled": False}, 1, "event-full"),
        ({"max": 2}, 3, "waiting-list-full"),
    ):
        event = published(capacity=3, per_registration_max=3, waitlist=waitlist)
        path = f"/events/{event['id']}/registrations"
        joins(person, path, 3)
        assert problem(person().post(path, {"party_size": size})) == (409, refusal)
    [(bob, waits)] = joins(person, path, 2)
    assert waits["state"] == "waitlisted"
    grown = bob.patch(f"{path}/{waits['id']}", {"party_size": 3}, If_Match='"1"')
    assert problem(grown) == (409, "waiting-list-full")


def test_a_wish_for_a_full_event_stays_a_wish(
    published: Published, organiser: Someone, person: Person
) -> None:
    event = published(capacity=1, approval="manual", waitlist={"enabled": False})
    path = f"/events/{event['id']}/registrations"
    (_, first), (_, second) = joins(person, path, 1, 1)
    organiser.made(f"{path}/{first['id']}/approve")
    assert problem(organiser.post(f"{path}/{second['id']}/approve")) == (409, "event-full")
    assert states(organiser, event) == ["confirmed", "pending_approval"]


def resized(organiser: Someone, event: dict[str, Any], **changes: Any) -> httpx.Response:
    path = f"/events/{event['id']}"
    return organiser.patch(path, changes, If_Match=organiser.get(path).headers["ETag"])


def test_new_seats_are_offered_in_the_same_write(
    published: Published, organiser: Someone, person: Person, facts: Facts
) -> None:
    event = published(capacity=3, per_registration_max=3)
    path = f"/events/{event['id']}/registrations"
    joins(person, path, 3, 1, 3, 1)
    assert resized(organiser, event, capacity=5).status_code == 200
    assert states(organiser, event) == ["confirmed", "offered", "waitlisted", "waitlisted"]
    assert [fact["fact"] for fact in facts()][-2:] == ["event_updated", "registration_offered"]
    assert problem(resized(organiser, event, capacity=3)) == (409, "seats-are-taken")
    assert resized(organiser, event, capacity=4).status_code == 200
    assert resized(organiser, event, capacity=None).status_code == 200
    assert states(organiser, event) == ["confirmed", "offered", "offered", "offered"]
    steps = [entry["step"] for entry in entries(organiser, event["id"])]
    assert [step for step in steps if step == "capacity"] == ["capacity"] * 3
    proven(organiser, event["id"])


def test_a_rule_that_changes_serves_those_it_helps(
    published: Published, organiser: Someone, person: Person
) -> None:
    event = published(capacity=3, per_registration_max=3)
    path = f"/events/{event['id']}/registrations"
    joins(person, path, 2, 3, 1)
    assert states(organiser, event) == ["confirmed", "waitlisted", "waitlisted"]
    assert resized(organiser, event, waitlist={"allow_skip": True}).status_code == 200
    assert states(organiser, event) == ["confirmed", "waitlisted", "offered"]


def test_a_postponed_event_offers_nothing_until_it_has_a_time(
    published: Published, organiser: Someone, person: Person
) -> None:
    event = published(capacity=1)
    path = f"/events/{event['id']}/registrations"
    (ada, first), _ = joins(person, path, 1, 1)
    organiser.made(f"/events/{event['id']}/postpone")
    assert not ada.made(f"{path}/{first['id']}/cancel")["late"]
    assert states(organiser, event) == ["cancelled", "waitlisted"]
    organiser.made(f"/events/{event['id']}/publish", {"starts_at": "2100-01-01T10:00:00"})
    assert states(organiser, event) == ["cancelled", "offered"]
    proven(organiser, event["id"])


def test_a_wish_passes_nobody_while_an_event_is_postponed(
    published: Published, organiser: Someone, person: Person
) -> None:
    event = published(capacity=1, approval="manual")
    path = f"/events/{event['id']}/registrations"
    found = joins(person, path, 1, 1, 1)
    for _, wish in found[:2]:
        organiser.made(f"{path}/{wish['id']}/approve")
    organiser.made(f"/events/{event['id']}/postpone")
    ada, first = found[0]
    ada.made(f"{path}/{first['id']}/cancel")
    organiser.made(f"{path}/{found[2][1]['id']}/approve")
    assert states(organiser, event) == ["cancelled", "waitlisted", "waitlisted"]
    organiser.made(f"/events/{event['id']}/publish", {"starts_at": "2100-01-01T10:00:00"})
    assert states(organiser, event) == ["cancelled", "offered", "waitlisted"]
    proven(organiser, event["id"])

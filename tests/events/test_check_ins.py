"""Checking in: at the door and from devices that had no network, once each, the latest deciding."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.testing import Cluster
from tests.events.conftest import Facts, Person
from tests.events.test_registrations import problem
from tests.membership.conftest import Someone, at_once

Published = Callable[..., dict[str, Any]]
DOORS = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)


def at(minutes: float) -> str:
    """So many minutes after the doors opened, two hours ago."""
    return (DOORS + timedelta(minutes=minutes)).isoformat()


def scan(
    who: str, minutes: float, kind: str = "entry", device: str = "door-1", nonce: str = ""
) -> dict[str, Any]:
    """What a device sends."""
    return {
        "registration_id": who,
        "device_id": device,
        "nonce": nonce or uuid4().hex,
        "at": at(minutes),
        "kind": kind,
    }


@pytest.fixture
def door(published: Published, person: Person) -> Callable[..., Any]:
    """`door(2)` is an event with so many confirmed: its path, and their registrations."""

    def make(count: int = 1) -> tuple[str, list[str]]:
        event = published(capacity=count + 10)
        path = f"/events/{event['id']}"
        return path, [person().made(f"{path}/registrations", {})["id"] for _ in range(count)]

    return make


def check(organiser: Someone, path: str, *items: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """What became of a batch."""
    answer = organiser.made(f"{path}/check-ins", {"items": list(items)})
    assert [item["index"] for item in answer["items"]] == list(range(len(items)))
    return [(item["outcome"], item["reason"], item["state"]) for item in answer["items"]]


def test_somebody_comes_and_goes(door: Callable[..., Any], organiser: Someone, facts: Facts) -> None:
    path, [ada] = door()
    [entered] = organiser.made(f"{path}/check-ins", scan(ada, 0))["items"]
    assert entered == {
        "index": 0,
        "registration_id": ada,
        "outcome": "applied",
        "reason": None,
        "state": "checked_in",
    }
    assert check(organiser, path, scan(ada, 60, "exit")) == [("applied", None, "checked_out")]
    row = organiser.get(f"{path}/registrations/{ada}").json()
    assert [datetime.fromisoformat(row[name]) for name in ("checked_in_at", "checked_out_at")] == [
        DOORS,
        DOORS + timedelta(hours=1),
    ]
    assert check(organiser, path, scan(ada, 70)) == [("applied", None, "checked_in")]
    names = [fact["fact"] for fact in facts() if fact.get("registration_id") == ada]
    assert names[1:] == ["registration_checked_in", "registration_checked_out", "registration_checked_in"]


def test_members_do_not_check_in(door: Callable[..., Any], person: Person) -> None:
    path, [ada] = door()
    for member in (person(), person("editor"), person("moderator")):
        assert member.post(f"{path}/check-ins", scan(ada, 0)).status_code == 403
        assert member.get(f"{path}/attendance").status_code == 403
        assert member.post(f"{path}/registrations/{ada}/correct", {"attended": True}).status_code == 403


def test_by_member_too(published: Published, organiser: Someone, person: Person) -> None:
    event, ada = published(), person()
    path = f"/events/{event['id']}"
    made = ada.made(f"{path}/registrations", {})
    given = {"member_id": str(ada.member_id), "device_id": "door", "nonce": "1", "at": at(0), "kind": "entry"}
    [entered] = organiser.made(f"{path}/check-ins", given)["items"]
    assert (entered["registration_id"], entered["state"]) == (made["id"], "checked_in")
    unknown = given | {"member_id": str(uuid4()), "nonce": "2"}
    [refused] = organiser.made(f"{path}/check-ins", unknown)["items"]
    assert (refused["outcome"], refused["reason"]) == ("refused", "unknown_registration")


def test_sent_again_it_changes_nothing(door: Callable[..., Any], organiser: Someone, facts: Facts) -> None:
    path, [ada, bob] = door(2)
    batch = [scan(ada, 0), scan(bob, 1), scan(ada, 60, "exit")]
    twice = batch + batch[:1]
    first = check(organiser, path, *twice)
    assert [outcome for outcome, _, _ in first] == ["applied"] * 3 + ["repeated"]
    before = len(facts())
    again = check(organiser, path, *batch)
    assert again == [
        ("repeated", None, "checked_out"),
        ("repeated", None, "checked_in"),
        ("repeated", None, "checked_out"),
    ]
    assert len(facts()) == before
    other_device = scan(ada, 61, device="door-2", nonce=batch[0]["nonce"])
    assert check(organiser, path, other_device) == [("applied", None, "checked_in")]


def test_the_latest_by_the_devices_time_decides(
    door: Callable[..., Any], organiser: Someone, facts: Facts
) -> None:
    path, [ada] = door()
    assert check(organiser, path, scan(ada, 90, "exit", "back-door")) == [("applied", None, "checked_out")]
    older = [scan(ada, 0), scan(ada, 30, "exit"), scan(ada, 31)]
    assert check(organiser, path, *older) == [("superseded", "older", "checked_out")] * 3
    names = [fact["fact"] for fact in facts() if fact.get("registration_id") == ada]
    assert names[1:] == ["registration_checked_in", "registration_checked_out"]
    [attendee] = organiser.get(f"{path}/attendance").json()["items"]
    assert datetime.fromisoformat(attendee["entered_at"]) == DOORS
    assert datetime.fromisoformat(attendee["left_at"]) == DOORS + timedelta(minutes=90)


def test_what_cannot_be_is_said_item_by_item(door: Callable[..., Any], organiser: Someone) -> None:
    path, [ada, gone, bob] = door(3)
    organiser.made(f"{path}/registrations/{gone}/cancel")
    elsewhere = door()[1][0]
    tomorrow = scan(bob, 60 * 26)
    items = [
        scan(ada, 0),
        scan(ada, 0, "exit", "door-2"),
        scan(gone, 0),
        scan(elsewhere, 0),
        tomorrow,
        scan(bob, 0),
    ]
    assert check(organiser, path, *items) == [
        ("applied", None, "checked_in"),
        ("conflict", "contradicts", "checked_in"),
        ("conflict", "no_seat", "cancelled"),
        ("refused", "unknown_registration", None),
        ("refused", "in_the_future", "checked_in"),
        ("applied", None, "checked_in"),
    ]
    again = check(organiser, path, *items)
    assert [outcome for outcome, _, _ in again] == ["repeated"] * 3 + ["refused"] * 2 + ["repeated"]
    right_now = tomorrow | {"at": at(1)}
    assert check(organiser, path, right_now) == [("applied", None, "checked_in")]  # its clock was put right


@pytest.mark.parametrize(
    "changes",
    [
        {"items": []},
        {"items": [{}]},
        {"nonce": ""},
        {"nonce": "n" * 65},
        {"device_id": "a b"},
        {"kind": "leave"},
        {"at": 1},
        {"at": "2026-01-01T10:00:00"},
        {"member_id": str(uuid4())},
        {"registration_id": None},
    ],
)
def test_nothing_else_is_understood(
    door: Callable[..., Any], organiser: Someone, changes: dict[str, Any]
) -> None:
    path, [ada] = door()
    body = changes if "items" in changes else scan(ada, 0) | changes
    assert problem(organiser.post(f"{path}/check-ins", body)) == (422, "invalid-input")


def test_a_device_without_a_clock_puts_nobody_into_the_past(
    door: Callable[..., Any], organiser: Someone, facts: Facts
) -> None:
    path, [ada] = door()
    [item] = check(organiser, path, scan(ada, 0) | {"at": "1970-01-01T00:00:00Z"})
    assert item == ("applied", None, "checked_in")
    [told] = facts("registration_checked_in")
    assert told["occurred_at"] >= organiser.get(path).json()["created_at"]
    assert organiser.get(f"{path}/attendance").json()["items"][0]["entered_at"] == "1970-01-01T00:00:00Z"


def test_a_batch_is_bounded(door: Callable[..., Any], organiser: Someone) -> None:
    path, [ada] = door()
    many = [scan(ada, minutes / 10) for minutes in range(500)]
    assert problem(organiser.post(f"{path}/check-ins", {"items": [*many, scan(ada, 51)]})) == (
        422,
        "invalid-input",
    )
    assert {outcome for outcome, _, _ in check(organiser, path, *many)} == {"applied"}


def test_nobody_comes_to_what_was_called_off(door: Callable[..., Any], organiser: Someone) -> None:
    path, [ada] = door()
    organiser.made(f"{path}/postpone")
    assert problem(organiser.post(f"{path}/check-ins", scan(ada, 0))) == (409, "event-not-held")
    organiser.made(f"{path}/cancel")
    assert problem(organiser.post(f"{path}/check-ins", scan(ada, 0))) == (409, "event-not-held")


def test_devices_at_once(door: Callable[..., Any], organiser: Someone, facts: Facts) -> None:
    """Four devices send the same night in another order: each scan counts once, the end is the same."""
    path, people = door(5)
    scans = [scan(who, 1 + 10 * number, "entry", f"d{number % 2}") for number, who in enumerate(people)]
    scans += [scan(who, 100 + number, "exit", "d3") for number, who in enumerate(people[:3])]
    shuffled = random.Random(4)
    acts = []
    for _ in range(4):
        order = shuffled.sample(scans, len(scans))
        acts.append(lambda order=order: organiser.post(f"{path}/check-ins", {"items": order}))
    answers = at_once(acts)
    assert [answer.status_code for answer in answers] == [200] * 4
    told = [item["outcome"] for answer in answers for item in answer.json()["items"]]
    assert told.count("repeated") == 3 * len(scans)
    states = [organiser.get(f"{path}/registrations/{who}").json()["state"] for who in people]
    assert states == ["checked_out"] * 3 + ["checked_in"] * 2
    assert len(facts("registration_checked_in")) == 5
    assert len(facts("registration_checked_out")) == 3


SCANS = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(["entry", "exit"]), st.integers(0, 2)), max_size=10
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(scans=SCANS, cut=st.integers(0, 10))
def test_in_whatever_pieces_and_order_the_latest_decides(
    stack: Cluster,  # noqa: ARG001 - either database
    door: Callable[..., Any],
    organiser: Someone,
    scans: list[tuple[int, str, int]],
    cut: int,
) -> None:
    path, [ada] = door()
    items = [scan(ada, minutes, kind, f"d{device}") for minutes, kind, device in scans]
    seen: dict[int, str] = {}
    for piece in (items[:cut], items[cut:]):
        if piece:
            check(organiser, path, *piece)
    for minutes, kind, _ in scans:
        seen.setdefault(minutes, kind)
    last = seen[max(seen)] if seen else None
    state = organiser.get(f"{path}/registrations/{ada}").json()["state"]
    assert state == {"entry": "checked_in", "exit": "checked_out", None: "confirmed"}[last]

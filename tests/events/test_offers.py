"""Offers: a seat held for a while, taken, left, or lost to the next, by the clock exactly once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.dialects import sqlite

from services.events.registrations.expire import EVENTS_DUE
from services.events.registrations.register import OF_GUEST, OF_MEMBER
from services.events.registrations.steps import OPEN_OFFER
from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.conftest import found_community
from tests.events.conftest import Facts, Person, an_event
from tests.events.seat_log import expire_offers, proven, registrations
from tests.events.test_registrations import problem
from tests.events.test_waitlist import joins, resized, states
from tests.membership.conftest import Someone, at_once

Published = Callable[..., dict[str, Any]]
Offered = tuple[dict[str, Any], str, list[tuple[Someone, dict[str, Any]]]]


@pytest.fixture
def offered(published: Published, person: Person) -> Callable[..., Offered]:
    """`offered(1, 1)` is an event of one seat, held for the first of two who waited for it."""

    def make(*sizes: int, capacity: int = 1) -> Offered:
        event = published(capacity=capacity, per_registration_max=3)
        path = f"/events/{event['id']}/registrations"
        [(first, seat), *waiting] = joins(person, path, capacity, *sizes)
        first.made(f"{path}/{seat['id']}/cancel")
        return event, path, waiting

    return make


def test_a_seat_that_is_offered_is_taken_by_who_was_asked(
    offered: Callable[..., Offered], organiser: Someone, facts: Facts
) -> None:
    event, path, [(ada, hers), (bob, his)] = offered(1, 1)
    seen = ada.get(f"{path}/{hers['id']}").json()
    assert seen["state"] == "offered"
    [told] = facts("registration_offered")
    assert told["expires_at"] == seen["offer_expires_at"]
    assert bob.post(f"{path}/{hers['id']}/accept-offer").status_code == 404
    assert problem(bob.post(f"{path}/{his['id']}/accept-offer")) == (409, "invalid-transition")
    taken = ada.made(f"{path}/{hers['id']}/accept-offer")
    assert (taken["state"], taken["offer_expires_at"]) == ("confirmed", None)
    assert taken["confirmed_at"] is not None
    assert problem(ada.post(f"{path}/{hers['id']}/accept-offer")) == (409, "invalid-transition")
    assert states(organiser, event) == ["cancelled", "confirmed", "waitlisted"]
    proven(organiser, event["id"])


def test_a_seat_nobody_wants_goes_on(
    offered: Callable[..., Offered], organiser: Someone, facts: Facts
) -> None:
    event, path, [(ada, hers), (bob, his)] = offered(1, 1)
    assert ada.made(f"{path}/{hers['id']}/decline-offer")["state"] == "declined"
    assert bob.get(f"{path}/{his['id']}").json()["state"] == "offered"
    assert bob.made(f"{path}/{his['id']}/cancel")["late"] is False
    assert states(organiser, event) == ["cancelled", "declined", "cancelled"]
    assert len(facts("registration_offer_declined")) == 1
    assert organiser.get(f"/events/{event['id']}/availability").json()["free"] == 1
    assert ada.made(path, {})["state"] == "confirmed"
    proven(organiser, event["id"])


def test_an_offer_that_is_over_is_taken_by_nobody(
    stack: Cluster, offered: Callable[..., Offered], organiser: Someone, facts: Facts
) -> None:
    """Whether the clock has seen to it or not; then they wait again, at the end, and the next is asked."""
    event, path, [(ada, hers), (bob, his)] = offered(1, 1)
    expire_offers(stack, event["id"])
    refused = ada.post(f"{path}/{hers['id']}/accept-offer")
    assert problem(refused) in ((409, "offer-expired"), (409, "invalid-transition"))
    eventually(lambda: bob.get(f"{path}/{his['id']}").json()["state"] == "offered", within=10)
    back = ada.get(f"{path}/{hers['id']}").json()
    assert (back["state"], back["seq"]) == ("waitlisted", 4)
    story = [fact["fact"] for fact in facts() if fact.get("registration_id") == hers["id"]]
    assert story[-3:] == ["registration_offered", "registration_offer_expired", "registration_waitlisted"]
    assert facts("registration_waitlisted")[-1]["seq"] == 4
    expire_offers(stack, event["id"])
    eventually(lambda: ada.get(f"{path}/{hers['id']}").json()["state"] == "offered", within=10)
    proven(organiser, event["id"])


def test_offers_end_with_the_beginning(
    stack: Cluster, offered: Callable[..., Offered], organiser: Someone
) -> None:
    """Once it has begun nobody is offered a seat any more; those at the door are registered."""
    event, path, [(ada, hers), _] = offered(1, 1)
    organiser.made(f"/events/{event['id']}/start")
    expire_offers(stack, event["id"])
    eventually(lambda: ada.get(f"{path}/{hers['id']}").json()["state"] == "waitlisted", within=10)
    assert states(organiser, event) == ["cancelled", "waitlisted", "waitlisted"]
    walk_in = organiser.made(path, {"guest": {"name": "Grace", "email": "grace@example.org"}})
    assert walk_in["state"] == "confirmed"


def test_a_party_that_is_offered_seats_changes_its_size(
    offered: Callable[..., Offered], organiser: Someone
) -> None:
    event, path, [(ada, hers), (bob, his)] = offered(2, 1, capacity=2)
    assert states(organiser, event) == ["cancelled", "offered", "waitlisted"]
    shrunk = ada.patch(f"{path}/{hers['id']}", {"party_size": 1}, If_Match='"2"')
    assert (shrunk.json()["state"], shrunk.json()["party_size"]) == ("offered", 1)
    assert bob.get(f"{path}/{his['id']}").json()["state"] == "offered"
    refused = ada.patch(f"{path}/{hers['id']}", {"party_size": 2}, If_Match='"3"')
    assert problem(refused) == (409, "not-enough-seats")
    proven(organiser, event["id"])


def test_accepted_once_at_once(offered: Callable[..., Offered], organiser: Someone) -> None:
    event, path, [(ada, hers)] = offered(1)
    acts = [
        lambda verb=verb: ada.post(f"{path}/{hers['id']}/{verb}")
        for verb in ("accept-offer", "decline-offer") * 4
    ]
    answers = at_once(acts)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    proven(organiser, event["id"])


@pytest.fixture
def alone(cluster: Callable[..., Cluster]) -> Iterator[tuple[Cluster, Someone, Callable[..., Someone]]]:
    """A cluster to be killed, an organiser there, and members as many as are asked for."""
    own = cluster(("membership", "events"))
    with own.direct("membership") as client:
        community = found_community(client)
    with ExitStack() as opened:

        def member(*roles: str) -> Someone:
            id_ = uuid4()
            actor = Actor(
                kind="member",
                id=str(id_),
                member_id=id_,
                community_id=community,
                roles=frozenset({"member", *roles}),
            )
            return Someone(opened.enter_context(own.direct("events", actor)), community, id_)

        yield own, member("organizer"), member


POINTS = ("before_offers_expired", "mid_offers_expired", "after_offers_expired")


def test_killed_while_offers_expire_each_expires_once(
    alone: tuple[Cluster, Someone, Callable[..., Someone]],
) -> None:
    own, organiser, _ = alone
    seats = 60
    event = organiser.made("/events", an_event(capacity=1))
    for verb in ("publish", "open-registration"):
        organiser.made(f"/events/{event['id']}/{verb}")
    path = f"/events/{event['id']}/registrations"
    ids = [
        organiser.made(path, {"guest": {"name": f"G {number}", "email": f"g{number}@example.org"}})["id"]
        for number in range(seats + 1)
    ]
    assert resized(organiser, event, capacity=seats).status_code == 200
    organiser.made(f"{path}/{ids[0]}/cancel")
    for point in POINTS:
        before = {row["id"]: row["seq"] for row in registrations(organiser, event["id"])}
        pid = own.crash_at("events", point)
        expire_offers(own, event["id"])
        own.restarted("events", pid)

        def done(before: dict[str, int] = before) -> bool:
            rows = registrations(organiser, event["id"])[1:]
            return all(row["state"] == "offered" and row["seq"] != before[row["id"]] for row in rows)

        eventually(done, within=15)
        proven(organiser, event["id"])
    sql = f"SELECT count(*) FROM offer WHERE state = 'expired' AND event_id = '{event['id']}'"
    assert own.rows("events", sql) == [(seats * len(POINTS),)]
    threading.Event().wait(0.6)
    assert own.rows("events", sql) == [(seats * len(POINTS),)]


LOOKS = {
    "offer_expires_at_idx": EVENTS_DUE,
    "offer_one_idx": OPEN_OFFER,
    "registration_one_idx": OF_MEMBER,
    "registration_guest_idx": OF_GUEST,
}


@pytest.mark.either_database
def test_the_partial_indexes_are_those_that_are_used(stack: Cluster) -> None:
    """A condition that is bound instead of written out would read a whole event for each registration.

    PostgreSQL knows the values when it plans."""
    for index, statement in LOOKS.items():
        sql = str(statement.compile(dialect=sqlite.dialect()))
        plan = str(stack.rows("events", "EXPLAIN QUERY PLAN " + sql.replace("?", "'x'")))
        assert index in plan, plan

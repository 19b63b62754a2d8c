"""Registering: who, with how many, when, and what may be done with a registration by whom."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.testing import Cluster
from tests.conftest import found_community
from tests.events.conftest import Facts, Person, an_event, soon
from tests.events.seat_log import proven
from tests.membership.conftest import Someone, at_once

Published = Callable[..., dict[str, Any]]
GUEST = {"guest": {"name": "Grace Hopper", "email": "Grace@Example.org"}}


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def test_a_member_registers_once(published: Published, person: Person, facts: Facts) -> None:
    event, ada = published(capacity=2), person()
    path = f"/events/{event['id']}/registrations"
    made = ada.made(path, {"answers": {"Vegetarian?": "Yes"}, "accessibility_needs": "A quiet seat"})
    assert (made["state"], made["seq"], made["source"]) == ("confirmed", 1, "member")
    assert made["answers"] == {"Vegetarian?": "Yes"}
    assert made["accessibility_needs"] == "A quiet seat"
    again = ada.post(path, {})
    assert problem(again) == (409, "already-registered")
    assert again.json()["registration_id"] == made["id"]
    [told] = facts("registration_confirmed")
    assert (told["member_id"], told["party_size"]) == (str(ada.member_id), 1)
    assert "answers" not in told
    seen = ada.get(f"{path}/{made['id']}")
    assert seen.json() == made
    assert seen.headers["ETag"] == '"1"'
    [mine] = ada.get("/registrations/mine").json()["items"]
    assert mine == made


def test_what_is_kept_lies_sealed(stack: Cluster, published: Published, organiser: Someone) -> None:
    event = published()
    made = organiser.made(
        f"/events/{event['id']}/registrations",
        GUEST | {"answers": {"Allergies": "Peanuts"}, "accessibility_needs": "Ramp"},
    )
    assert made["guest"] == GUEST["guest"]
    columns = "guest, guest_digest, answers, needs"
    [row] = stack.rows("events", f"SELECT {columns} FROM registration WHERE id = '{made['id']}'")
    for needle in ("Grace", "example.org", "Peanuts", "Ramp"):
        assert needle.lower() not in str(row).lower()


def test_guests_are_registered_by_organisers_once(
    published: Published, organiser: Someone, person: Person
) -> None:
    event = published()
    path = f"/events/{event['id']}/registrations"
    assert problem(person().post(path, GUEST)) == (403, "registers-for-themselves")
    made = organiser.made(path, GUEST)
    assert (made["member_id"], made["source"]) == (None, "organiser")
    other_case = {"guest": {"name": "G. H.", "email": "grace@example.ORG"}}
    assert problem(organiser.post(path, other_case)) == (409, "already-registered")
    assert organiser.post(f"/events/{published()['id']}/registrations", GUEST).status_code == 201
    organiser.made(f"{path}/{made['id']}/cancel")
    assert organiser.post(path, other_case).status_code == 201


def test_organisers_register_members_and_members_only_themselves(
    published: Published, organiser: Someone, person: Person, key: Someone
) -> None:
    event, ada, bob = published(), person(), person()
    path = f"/events/{event['id']}/registrations"
    assert problem(ada.post(path, {"member_id": str(bob.member_id)})) == (403, "registers-for-themselves")
    assert ada.post(path, {"member_id": str(ada.member_id)}).status_code == 201
    made = organiser.made(path, {"member_id": str(bob.member_id)})
    assert (made["source"], made["member_id"]) == ("organiser", str(bob.member_id))
    assert problem(key.post(path, {})) == (422, "who-is-missing")
    both = GUEST | {"member_id": str(uuid4())}
    assert problem(organiser.post(path, both)) == (422, "who-is-missing")


def test_parties_are_bounded(published: Published, person: Person) -> None:
    event = published(capacity=3, per_registration_max=5)
    path = f"/events/{event['id']}/registrations"
    refused = person().post(path, {"party_size": 4})
    assert problem(refused) == (422, "party-too-large")
    assert refused.json()["most"] == 3
    assert person().made(path, {"party_size": 3})["state"] == "confirmed"
    alone = published()
    refused = person().post(f"/events/{alone['id']}/registrations", {"party_size": 2})
    assert (problem(refused), refused.json()["most"]) == ((422, "party-too-large"), 1)


@pytest.mark.parametrize(
    "given",
    [
        {"party_size": 0},
        {"party_size": 101},
        {"party_size": "2"},
        {"answers": {str(number): "yes" for number in range(21)}},
        {"answers": {"q": "x" * 2001}},
        {"answers": {str(number): "\x01" * 2000 for number in range(20)}},
        {"accessibility_needs": ""},
        {"accessibility_needs": "\x01" * 1000},
        {"guest": {"name": "Ada", "email": "nowhere"}},
        {"guest": {"name": " ", "email": "a@b"}},
        {"seq": 1},
    ],
)
def test_nothing_unbounded_is_taken(published: Published, organiser: Someone, given: dict[str, Any]) -> None:
    event = published()
    answer = organiser.post(f"/events/{event['id']}/registrations", given)
    assert problem(answer) == (422, "invalid-input")


def test_the_largest_of_everything_fits(published: Published, organiser: Someone) -> None:
    given = {
        "guest": {"name": "é" * 120, "email": "a@" + "é" * 318},
        "answers": {f"{number:0>200}": "x" * 1200 for number in range(20)},
        "accessibility_needs": "\U0001f9d1" * 1000,
    }
    made = organiser.made(f"/events/{published()['id']}/registrations", given)
    assert {name: made[name] for name in given} == given


def test_registration_has_a_time(
    stack: Cluster, organiser: Someone, person: Person, published: Published
) -> None:
    draft = organiser.made("/events", an_event())
    path = f"/events/{draft['id']}/registrations"
    ada = person()
    assert ada.post(path, {}).status_code == 404
    assert problem(organiser.post(path, {})) == (409, "registration-closed")
    organiser.made(f"/events/{draft['id']}/publish")
    assert problem(ada.post(path, {})) == (409, "registration-closed")
    assert organiser.post(path, {"member_id": str(person().member_id)}).status_code == 201
    organiser.made(f"/events/{draft['id']}/open-registration")
    assert ada.post(path, {}).status_code == 201
    organiser.made(f"/events/{draft['id']}/close-registration")
    assert problem(person().post(path, {})) == (409, "registration-closed")
    closing = published(registration_window={"closes_at": soon(days=6)})
    stack.execute(
        "events",
        f"UPDATE event SET closes_at = '2020-01-01T00:00:00.000000Z' WHERE id = '{closing['id']}'",
    )
    late = person().post(f"/events/{closing['id']}/registrations", {})
    assert problem(late) == (409, "registration-closed")
    assert not ada.get(f"/events/{closing['id']}/availability").json()["takes_registrations"]


def test_walk_ins_are_registered_while_it_lasts(
    published: Published, organiser: Someone, person: Person
) -> None:
    event = published()
    path = f"/events/{event['id']}/registrations"
    organiser.made(f"/events/{event['id']}/start")
    assert problem(person().post(path, {})) == (409, "registration-closed")
    assert organiser.made(path, {"member_id": str(person().member_id)})["state"] == "confirmed"
    organiser.made(f"/events/{event['id']}/complete")
    refused = organiser.post(path, {"member_id": str(person().member_id)})
    assert problem(refused) == (409, "registration-closed")


def test_a_wish_is_approved_or_rejected(
    published: Published, organiser: Someone, person: Person, facts: Facts
) -> None:
    event = published(capacity=1, approval="manual")
    path = f"/events/{event['id']}/registrations"
    ada, bob, eve = person(), person(), person()
    first, second, third = (each.made(path, {}) for each in (ada, bob, eve))
    assert {each["state"] for each in (first, second, third)} == {"pending_approval"}
    assert ada.post(f"{path}/{first['id']}/approve").status_code == 403
    assert bob.post(f"{path}/{first['id']}/approve").status_code == 404
    assert organiser.made(f"{path}/{second['id']}/approve")["state"] == "confirmed"
    assert organiser.made(f"{path}/{third['id']}/approve")["state"] == "waitlisted"
    assert organiser.made(f"{path}/{first['id']}/approve")["state"] == "waitlisted"
    place = ada.get(f"{path}/{first['id']}/position").json()
    assert place == {"state": "waitlisted", "position": 1, "waiting_ahead_seats": 0}  # as of when they asked
    rejected = person().made(path, {})
    refused = organiser.made(f"{path}/{rejected['id']}/reject", {"reason": "No more from your company."})
    assert (refused["state"], refused["reason"]) == ("rejected", "No more from your company.")
    again = organiser.post(f"{path}/{rejected['id']}/reject")
    assert problem(again) == (409, "invalid-transition")
    assert again.json()["allowed"] == []
    assert len(facts("registration_pending")) == 4
    assert len(facts("registration_rejected")) == 1
    assert organiser.made(path, {"member_id": str(person().member_id)})["state"] == "waitlisted"
    proven(organiser, event["id"])


def test_nobody_sees_what_is_not_theirs(
    published: Published, organiser: Someone, person: Person, membership: httpx.Client
) -> None:
    event, ada, bob = published(), person(), person()
    path = f"/events/{event['id']}/registrations"
    made = ada.made(path, {"answers": {"q": "a"}})
    one = f"{path}/{made['id']}"
    for ask in (bob.get(one), bob.post(f"{one}/cancel"), bob.get(f"{one}/position")):
        assert ask.status_code == 404
    assert bob.patch(one, {"answers": {}}, If_Match='"1"').status_code == 404
    assert bob.get(path).json()["items"] == []
    assert ada.get(path).json()["items"] == [made]
    assert organiser.get(path).json()["items"] == [made]
    assert organiser.get(f"{path}?state=waitlisted").json()["items"] == []
    assert organiser.get(f"{one}").json()["answers"] == {"q": "a"}
    stranger = person("owner", within=found_community(membership))
    for ask in (stranger.get(one), stranger.post(f"{one}/cancel"), stranger.post(path, {})):
        assert ask.status_code == 404
    elsewhere = published()
    assert ada.get(f"/events/{elsewhere['id']}/registrations/{made['id']}").status_code == 404
    assert ada.get(f"/events/{event['id']}/seat-log").status_code == 403


def test_a_party_changes_within_the_free_seats(
    published: Published, organiser: Someone, person: Person, facts: Facts
) -> None:
    event = published(capacity=4, per_registration_max=4)
    path = f"/events/{event['id']}/registrations"
    ada, bob = person(), person()
    hers, his = ada.made(path, {"party_size": 2}), bob.made(path, {})
    one = f"{path}/{hers['id']}"
    assert ada.patch(one, {"party_size": 3}).status_code == 428
    assert ada.patch(one, {"party_size": 3}, If_Match='"7"').status_code == 412
    grown = ada.patch(one, {"party_size": 3}, If_Match='"1"')
    assert (grown.status_code, grown.json()["party_size"], grown.headers["ETag"]) == (200, 3, '"2"')
    refused = ada.patch(one, {"party_size": 4}, If_Match='"2"')
    assert problem(refused) == (409, "not-enough-seats")
    assert refused.json()["free"] == 0
    waits = person().made(path, {"party_size": 2})
    assert waits["state"] == "waitlisted"
    shrunk = ada.patch(one, {"party_size": 2, "answers": {"q": "a"}}, If_Match='"2"').json()
    assert (shrunk["party_size"], shrunk["answers"], shrunk["version"]) == (2, {"q": "a"}, 3)
    not_past_them = bob.patch(f"{path}/{his['id']}", {"party_size": 2}, If_Match='"1"')
    assert problem(not_past_them) == (409, "not-enough-seats")
    assert ada.patch(one, {"party_size": 1}, If_Match='"3"').json()["version"] == 4
    assert organiser.get(f"{path}/{waits['id']}").json()["state"] == "offered"
    assert [fact["party_size"] for fact in facts("registration_confirmed")] == [2, 1, 3, 2, 1]
    emptied = ada.patch(one, {"answers": None, "accessibility_needs": None}, If_Match='"4"').json()
    assert emptied["answers"] is None
    ada.made(f"{one}/cancel")
    assert problem(ada.patch(one, {"party_size": 1}, If_Match='"6"')) == (409, "invalid-transition")
    proven(organiser, event["id"])


def test_whoever_waits_shrinks_into_a_seat(published: Published, organiser: Someone, person: Person) -> None:
    event = published(capacity=2, per_registration_max=2)
    path = f"/events/{event['id']}/registrations"
    person().made(path, {})
    bob = person()
    waits = bob.made(path, {"party_size": 2})
    assert waits["state"] == "waitlisted"
    shrunk = bob.patch(f"{path}/{waits['id']}", {"party_size": 1}, If_Match='"1"')
    assert (shrunk.json()["state"], shrunk.json()["version"]) == ("offered", 3)
    assert shrunk.headers["ETag"] == '"3"'
    bob.made(f"{path}/{waits['id']}/accept-offer")
    proven(organiser, event["id"])


def test_cancelling_late_is_told(published: Published, person: Person, facts: Facts) -> None:
    for cutoff, late in ((60, False), (60 * 24 * 8, True)):
        event = published(cancel_cutoff_minutes=cutoff)
        ada = person()
        path = f"/events/{event['id']}/registrations"
        made = ada.made(path, {})
        gone = ada.made(f"{path}/{made['id']}/cancel", {"reason": "Ill."})
        assert (gone["state"], gone["late"], gone["reason"]) == ("cancelled", late, "Ill.")
        assert facts("registration_cancelled")[-1]["late"] is late
        assert problem(ada.post(f"{path}/{made['id']}/cancel")) == (409, "invalid-transition")
        assert ada.made(path, {})["seq"] == 2


def test_organisers_cancel_and_it_is_audited(
    stack: Cluster, published: Published, organiser: Someone, person: Person
) -> None:
    event, ada = published(), person()
    path = f"/events/{event['id']}/registrations"
    made = ada.made(path, {})
    organiser.made(f"{path}/{made['id']}/cancel")
    sql = f"SELECT action FROM audit WHERE resource = '{made['id']}'"
    assert stack.rows("events", sql) == [("registration.cancel",)]


def test_a_new_time_is_confirmed(
    published: Published, organiser: Someone, person: Person, facts: Facts
) -> None:
    event, ada, bob = published(), person(), person()
    path = f"/events/{event['id']}/registrations"
    hers, his = ada.made(path, {}), bob.made(path, {})
    one = f"{path}/{hers['id']}"
    early = ada.post(f"{one}/confirm-new-time")
    assert problem(early) == (409, "invalid-transition")
    assert early.json()["allowed"] == ["cancel"]
    tag = organiser.get(f"/events/{event['id']}").headers["ETag"]
    organiser.patch(f"/events/{event['id']}", {"starts_at": soon(days=9)}, If_Match=tag)
    assert ada.get(one).json()["reconfirm"]
    assert ada.made(f"{one}/confirm-new-time")["reconfirm"] is False
    bob.made(f"{path}/{his['id']}/cancel")
    assert len(facts("registration_reconfirm_asked")) == 2
    assert [fact["registration_id"] for fact in facts("registration_confirmed")][2:] == [hers["id"]]


def test_an_event_called_off_lets_everybody_go(
    published: Published, organiser: Someone, person: Person, facts: Facts
) -> None:
    event = published(capacity=1)
    path = f"/events/{event['id']}/registrations"
    ids = [person().made(path, {})["id"] for _ in range(3)]
    organiser.made(f"{path}/{ids[0]}/cancel")
    organiser.made(f"/events/{event['id']}/cancel", {"reason": "Storm."})
    assert {organiser.get(f"{path}/{id_}").json()["state"] for id_ in ids} == {"cancelled"}
    seats = organiser.get(f"/events/{event['id']}/availability").json()
    assert (seats["taken"], seats["waiting"], seats["offers_open"]) == (0, 0, 0)
    assert [fact["late"] for fact in facts("registration_cancelled")] == [False] * 3
    assert organiser.post(f"{path}/{ids[1]}/cancel").status_code == 409


def test_one_member_registers_once_at_once(published: Published, person: Person, organiser: Someone) -> None:
    event, ada = published(capacity=5), person()
    path = f"/events/{event['id']}/registrations"
    answers = at_once([lambda: ada.post(path, {}) for _ in range(8)])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    proven(organiser, event["id"])


def test_a_repeated_request_registers_once(published: Published, person: Person) -> None:
    event, ada = published(capacity=1), person()
    path = f"/events/{event['id']}/registrations"
    first, again = (ada.post(path, {}, Idempotency_Key="once") for _ in range(2))
    assert first.json() == again.json()
    assert first.status_code == again.status_code == 201

"""Speakers: who they are for everybody, how they are reached and paid for those who manage them."""

from typing import Any
from uuid import uuid4

import pytest

from shared.testing import Cluster
from tests.events.conftest import Facts, Person
from tests.membership.conftest import Someone

GUEST: dict[str, Any] = {
    "kind": "guest",
    "name": "Grace Hopper",
    "topics": ["compilers", "bugs"],
    "bio": "Found one.",
    "contact": "grace@example.org",
    "honorarium": "250 EUR and the train",
}


def test_everybody_knows_who_speaks_and_few_how_they_are_reached(
    stack: Cluster, organiser: Someone, person: Person, facts: Facts
) -> None:
    listed = organiser.made("/speakers", GUEST)
    assert {name: listed[name] for name in GUEST} == GUEST
    assert (listed["state"], listed["member_id"], listed["version"]) == ("listed", None, 1)
    ada = person()
    seen = ada.get(f"/speakers/{listed['id']}").json()
    assert seen == listed | {"contact": None, "honorarium": None}
    assert ada.get("/speakers").json()["items"] == [seen]
    [[contact]] = stack.rows("events", f"SELECT contact FROM speaker WHERE id = '{listed['id']}'")
    assert "grace" not in contact
    [told] = facts("speaker_listed")
    assert (told["speaker_id"], told["kind"], told["member_id"]) == (listed["id"], "guest", None)
    assert not {"name", "contact", "bio", "topics", "honorarium"} & told.keys()


def test_a_speaker_is_changed_by_who_knows_the_version(organiser: Someone, facts: Facts) -> None:
    speaker = organiser.made("/speakers", GUEST)
    path = f"/speakers/{speaker['id']}"
    assert organiser.patch(path, {"bio": None}).status_code == 428
    changed = organiser.patch(path, {"bio": None, "contact": "at the desk"}, If_Match='"1"')
    assert changed.json() == speaker | {
        "bio": None,
        "contact": "at the desk",
        "version": 2,
        "updated_at": changed.json()["updated_at"],
    }
    assert organiser.patch(path, {"name": "G."}, If_Match='"1"').status_code == 412
    assert organiser.patch(path, {"contact": None}, If_Match='"2"').json()["contact"] is None
    assert len(facts("speaker_changed")) == 2


def test_who_is_no_longer_asked_is_relisted(organiser: Someone, person: Person) -> None:
    path = f"/speakers/{organiser.made('/speakers', GUEST)['id']}"
    for verb, state, other in (("deactivate", "inactive", "relist"), ("relist", "listed", "deactivate")):
        assert person().post(f"{path}/{verb}").status_code == 403
        assert organiser.made(f"{path}/{verb}")["state"] == state
        again = organiser.post(f"{path}/{verb}")
        assert (again.status_code, again.json()["allowed"]) == (409, [other])


def test_lists_go_by_state_and_kind_page_by_page(organiser: Someone, person: Person) -> None:
    ids = [organiser.made("/speakers", GUEST)["id"] for _ in range(2)]
    member = {"kind": "member", "member_id": str(person().member_id), "name": "Ada"}
    ids.append(organiser.made("/speakers", member)["id"])
    organiser.made(f"/speakers/{ids[0]}/deactivate")

    def listed(query: str) -> list[str]:
        return [each["id"] for each in organiser.get(f"/speakers?{query}").json()["items"]]

    assert listed("state=listed") == ids[1:]
    assert listed("kind=member") == ids[2:]
    first = organiser.get("/speakers?limit=2").json()
    rest = organiser.get(f"/speakers?limit=2&cursor={first['next_cursor']}").json()
    assert [each["id"] for each in first["items"] + rest["items"]] == ids
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "member"}, "member-missing"),
        ({"member_id": str(uuid4())}, "member-missing"),
        ({"kind": "alien"}, "invalid-input"),
        ({"name": " "}, "invalid-input"),
        ({"name": "x" * 121}, "invalid-input"),
        ({"topics": ["x"] * 21}, "invalid-input"),
        ({"topics": [""]}, "invalid-input"),
        ({"bio": "x" * 4001}, "invalid-input"),
        ({"contact": "x" * 321}, "invalid-input"),
        ({"honorarium": "x" * 201}, "invalid-input"),
        ({"state": "inactive"}, "invalid-input"),
    ],
)
def test_what_does_not_fit_is_refused(organiser: Someone, changes: dict[str, Any], problem: str) -> None:
    answer = organiser.post("/speakers", GUEST | changes)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{problem}")
    assert organiser.get("/speakers").json()["items"] == []


def test_an_expert_may_be_a_member_or_not(organiser: Someone) -> None:
    expert = {"kind": "sme", "name": "Ada"}
    assert organiser.made("/speakers", expert)["member_id"] is None
    known = str(uuid4())
    assert organiser.made("/speakers", expert | {"member_id": known})["member_id"] == known


def test_members_do_not_manage_speakers_and_others_do_not_see_them(
    organiser: Someone, person: Person
) -> None:
    speaker = organiser.made("/speakers", GUEST)["id"]
    ada, stranger = person(), person("organizer", within=uuid4())
    assert ada.post("/speakers", GUEST).status_code == 403
    assert ada.patch(f"/speakers/{speaker}", {"bio": "x"}, If_Match="*").status_code == 403
    assert stranger.get(f"/speakers/{speaker}").status_code == 404
    assert stranger.patch(f"/speakers/{speaker}", {"bio": "x"}, If_Match="*").status_code == 404
    assert stranger.post(f"/speakers/{speaker}/deactivate").status_code == 404
    assert stranger.get("/speakers").json()["items"] == []

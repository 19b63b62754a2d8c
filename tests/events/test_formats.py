"""The catalogue of formats: how one comes into use, and what it achieved."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.announced import OptionSelected
from shared.testing import Cluster, eventually
from tests.events.conftest import Facts, Person, an_event
from tests.membership.conftest import Someone, at_once, codes
from tests.membership.telling import tell


def a_format(**changes: Any) -> dict[str, Any]:
    return {
        "key": "photo-walk",
        "name": "Photo walk",
        "setting": "in_person",
        "default_minutes": 120,
    } | changes


@pytest.fixture
def walk(organiser: Someone) -> dict[str, Any]:
    return organiser.made("/formats", a_format())


def test_a_format_is_a_candidate_then_tried_empowered_and_retired(
    organiser: Someone, walk: dict[str, Any], facts: Facts
) -> None:
    path = f"/formats/{walk['id']}"
    assert (walk["state"], walk["version"], walk["achieved"]["events"]) == ("candidate", 1, 0)
    for verb, state in (("trial", "trial"), ("empower", "empowered"), ("retire", "retired")):
        assert organiser.made(f"{path}/{verb}")["state"] == state
    refused = organiser.post(f"{path}/empower")
    assert (refused.status_code, refused.json()["state"], refused.json()["allowed"]) == (409, "retired", [])
    told = [fact["fact"] for fact in facts() if fact["fact"].startswith("format_")]
    assert told == ["format_proposed", "format_tried", "format_empowered", "format_retired"]
    assert organiser.get(path).json()["version"] == 4


def test_a_key_is_given_once(organiser: Someone, walk: dict[str, Any]) -> None:
    refused = organiser.post("/formats", a_format(name="Another"))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/format-key-taken")
    again = [lambda: organiser.post("/formats", a_format(key="debate"))] * 4
    assert codes(at_once(again)) == [201, 409, 409, 409]
    for wrong in ({"key": "Photo Walk"}, {"setting": "space"}, {"default_minutes": 0}, {"colour": "red"}):
        assert organiser.post("/formats", a_format(key="new") | wrong).status_code == 422
    assert walk["key"] == "photo-walk"


def test_what_is_said_of_a_format_changes(organiser: Someone, walk: dict[str, Any], facts: Facts) -> None:
    path = f"/formats/{walk['id']}"
    assert organiser.patch(path, {"name": "Walk"}).status_code == 428
    given = {"name": "Walk", "effort": "low", "learning_outcomes": ["Seeing light"]}
    changed = organiser.patch(path, given, If_Match='"1"')
    assert changed.status_code == 200
    assert {name: changed.json()[name] for name in given} == given
    assert organiser.patch(path, {"name": "Stroll"}, If_Match='"1"').status_code == 412
    assert len(facts("format_changed")) == 1


def test_members_read_the_catalogue_and_organisers_keep_it(
    organiser: Someone, person: Person, walk: dict[str, Any]
) -> None:
    organiser.made("/formats", a_format(key="debate"))
    organiser.made(f"/formats/{walk['id']}/empower")
    member = person()
    found = member.get("/formats?state=empowered").json()["items"]
    assert [each["id"] for each in found] == [walk["id"]]
    first = member.get("/formats?limit=1").json()
    rest = member.get(f"/formats?limit=1&cursor={first['next_cursor']}").json()
    assert [each["key"] for each in (*first["items"], *rest["items"])] == ["photo-walk", "debate"]
    assert member.post("/formats", a_format(key="mine")).status_code == 403
    assert member.post(f"/formats/{walk['id']}/retire").status_code == 403
    elsewhere = person("organizer", within=uuid4())
    assert elsewhere.get(f"/formats/{walk['id']}").status_code == 404
    assert elsewhere.post(f"/formats/{walk['id']}/retire").status_code == 404


def test_a_retired_format_is_for_nothing_new(organiser: Someone, walk: dict[str, Any]) -> None:
    organiser.made("/events", an_event(format_id=walk["id"]))
    organiser.made(f"/formats/{walk['id']}/retire")
    for unusable in (walk["id"], str(uuid4())):
        refused = organiser.post("/events", an_event(format_id=unusable))
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unknown-format")


def test_a_chosen_option_suggests_its_format(
    organiser: Someone, walk: dict[str, Any], community: UUID, stack: Cluster
) -> None:
    retired = organiser.made("/formats", a_format(key="gala"))
    organiser.made(f"/formats/{retired['id']}/retire")
    option = uuid4()
    for format_id in (None, uuid4(), UUID(retired["id"]), UUID(walk["id"])):
        tell(stack, OptionSelected(community_id=community, option_id=option, format_id=format_id))
    path = f"/formats/{walk['id']}"

    def suggested() -> dict[str, Any]:
        found: dict[str, Any] = organiser.get(path).json()
        return found if found["suggested_by"] is not None else {}

    found = eventually(suggested, within=10)
    assert (found["suggested_by"], found["state"]) == (str(option), "candidate")
    assert organiser.get(f"/formats/{retired['id']}").json()["suggested_by"] is None
    assert organiser.made(f"{path}/empower")["suggested_by"] == str(option)


def test_what_a_format_achieved_is_counted_from_its_events(
    organiser: Someone, person: Person, walk: dict[str, Any], published: Callable[..., dict[str, Any]]
) -> None:
    guests = [person(), person()]
    for capacity, came in ((4, 1), (None, 2)):
        event = published(format_id=walk["id"], capacity=capacity)
        path = f"/events/{event['id']}"
        seats = [guest.made(f"{path}/registrations", {}) for guest in guests]
        organiser.made(f"{path}/start")
        for seat in seats[:came]:
            organiser.made(f"{path}/check-ins", checked_in(seat["id"]))
        organiser.made(f"{path}/complete")
        organiser.made(f"{path}/evaluate", {"verdict": "worked", "settle_now": True})
    assert achieved(organiser, walk) == {
        "events": 2,
        "worked": 2,
        "unclear": 0,
        "did_not": 0,
        "confirmed": 4,
        "attended": 3,
        "attendance_rate": 0.75,
        "no_show_rate": 0.25,
        "fill": 0.5,
        "satisfaction": None,
        "answered": 0,
    }
    (listed,) = organiser.get("/formats").json()["items"]
    assert listed["achieved"]["events"] == 2


def achieved(organiser: Someone, known: dict[str, Any]) -> dict[str, Any]:
    """What the format achieved, as whoever has its first version is told once both results are in."""

    def told() -> Any:
        found = organiser.get(f"/formats/{known['id']}", If_None_Match='"1"')
        return found.json() if found.status_code == 200 and found.json()["achieved"]["events"] == 2 else None

    found: dict[str, Any] = eventually(told, within=10)["achieved"]
    return found


def checked_in(registration_id: str) -> dict[str, Any]:
    """The check-in of one registration, by hand at the door."""
    return {
        "registration_id": registration_id,
        "device_id": "door",
        "nonce": uuid4().hex,
        "at": datetime.now(UTC).isoformat(),
        "kind": "entry",
    }

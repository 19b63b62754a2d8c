"""Communities: created with their owner, found by those who may, changed by version, run through states."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.membership.conftest import Someone
from tests.membership.test_merges import add, merge

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
MISSING = UUID("01890000-0000-7000-8000-000000000000")


def _given(**given: Any) -> dict[str, Any]:
    return {"slug": f"s-{uuid4().hex[:12]}", "name": "Somewhere", "kind": "cop"} | given


def test_who_creates_a_community_becomes_its_owner(person: Person, resolve: Any, name: Any) -> None:
    ada = person(name("Ada Lovelace"))
    made = ada.client.post("/v1/communities", json=_given(purpose="to meet"))
    assert made.status_code == 201
    community = made.json()
    assert (community["state"], community["timezone"], community["version"]) == ("draft", "UTC", 1)
    assert made.headers["etag"] == '"1"'
    known = resolve(name("Ada Lovelace"), UUID(community["id"]))
    assert known["roles"] == ["member", "owner"]
    owner = person(name("Ada Lovelace"), UUID(community["id"]))
    member = owner.get(f"/members/{owner.member_id}").json()
    assert member["handle"].startswith("ada-lovelace-")
    assert owner.post("/activate").status_code == 200


def test_the_owner_key_creates_without_becoming_a_member(community: UUID, key: Someone, facts: Facts) -> None:
    assert key.get("/members").json() == {"items": [], "next_cursor": None}
    created = facts("community_created")
    assert [(fact["kind"], fact["timezone"], fact["aggregate_version"]) for fact in created] == [
        ("cop", "UTC", 1)
    ]
    assert created[0]["actor"] == {"kind": "key", "id": "owner"}
    assert created[0]["community_id"] == str(community)


def test_a_slug_is_taken_once(membership: httpx.Client) -> None:
    given = _given()
    assert membership.post("/v1/communities", json=given).status_code == 201
    refused = membership.post("/v1/communities", json=given)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/slug-taken")


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "No Spaces"},
        {"slug": "-a"},
        {"slug": "a" * 61},
        {"name": ""},
        {"name": "n" * 121},
        {"kind": "club"},
        {"timezone": "Mars/Base"},
        {"timezone": "../../etc/passwd"},
        {"timezone": "x" * 10_000},
        {"visibility": "secret"},
        {"locale": "english"},
        {"state": "active"},
        {"version": 7},
    ],
)
def test_what_is_not_documented_is_refused(membership: httpx.Client, wrong: dict[str, Any]) -> None:
    assert membership.post("/v1/communities", json=_given(**wrong)).status_code == 422


def test_a_community_is_found_by_its_slug(membership: httpx.Client, community: UUID, person: Person) -> None:
    slug = membership.get(f"/v1/communities/{community}").json()["slug"]
    for client in (membership, person("anybody").client):
        found = client.get("/v1/communities", params={"slug": slug}).json()
        assert [each["id"] for each in found["items"]] == [str(community)]


def test_pages_show_every_community_once(membership: httpx.Client) -> None:
    made = {membership.post("/v1/communities", json=_given()).json()["id"] for _ in range(5)}
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = membership.get("/v1/communities", params=params).json()
        seen += [each["id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def test_a_private_community_is_missing_for_everybody_else(
    key: Someone, person: Person, joined: Person, name: Any
) -> None:
    joined("ada")
    assert key.patch("", {"visibility": "members"}, If_Match="*").status_code == 200
    slug = key.get().json()["slug"]
    ada, stranger, lost = person(name("ada")), person(name("eve")), person(name("eve"), MISSING)
    assert ada.get().status_code == 200
    for method, path in [
        ("GET", ""),
        ("GET", "/members"),
        ("POST", "/members"),
        ("POST", "/activate"),
        ("PATCH", ""),
    ]:
        hidden, missing = (who.ask(method, path, {} if method != "GET" else None) for who in (stranger, lost))
        assert (hidden.status_code, hidden.content) == (404, missing.content), (method, path)
    assert stranger.client.get("/v1/communities", params={"slug": slug}).json()["items"] == []
    assert len(ada.client.get("/v1/communities", params={"slug": slug}).json()["items"]) == 1
    assert ada.post(f"/members/{ada.member_id}/leave").status_code == 200
    assert person(name("ada")).get().content == lost.get().content


def test_a_change_needs_the_version_it_is_based_on(key: Someone, facts: Facts, audited: Any) -> None:
    tag = key.get().headers["etag"]
    assert key.patch("", {"name": "New"}).status_code == 428
    changed = key.patch("", {"name": "New", "timezone": "Europe/Berlin"}, If_Match=tag)
    assert (changed.status_code, changed.json()["name"]) == (200, "New")
    assert key.patch("", {"name": "Newer"}, If_Match=tag).status_code == 412
    fact = facts("community_changed")[-1]
    assert (fact["name"], fact["timezone"], fact["visibility"]) == ("New", "Europe/Berlin", "public")
    assert fact["aggregate_version"] == changed.json()["version"]
    assert audited()[-1] == "community.change"


def test_an_unchanged_community_is_not_sent_again(key: Someone) -> None:
    tag = key.get().headers["etag"]
    assert key.get(If_None_Match=tag).status_code == 304


def test_a_purpose_may_be_emptied_and_a_name_may_not(key: Someone) -> None:
    assert key.patch("", {"purpose": "to learn"}, If_Match="*").json()["purpose"] == "to learn"
    assert key.patch("", {"purpose": None}, If_Match="*").json()["purpose"] is None
    for wrong in ({"name": None}, {"name": ""}, {"timezone": None}, {"visibility": None}, {"slug": "other"}):
        assert key.patch("", wrong, If_Match="*").status_code == 422


DESCRIBED: dict[str, Any] = {
    "objectives": ["Meet", "Learn"],
    "target_audience": "People who sew.",
    "key_outcomes": ["Knowledge is shared"],
    "charter": {"values": ["Patience"], "norms": ["Ask first"], "shared_identity": "We sew."},
    "value_proposition": "Never sew alone.",
    "demand_threshold": 7,
}


def test_a_community_says_what_it_is_for(membership: httpx.Client, key: Someone) -> None:
    made = membership.post("/v1/communities", json=_given(**DESCRIBED)).json()
    assert {field: made[field] for field in DESCRIBED} == DESCRIBED
    assert membership.get(f"/v1/communities/{made['id']}").json() == made
    listed = membership.get("/v1/communities", params={"slug": made["slug"]}).json()["items"]
    assert listed == [made]
    plain = key.get().json()
    nothing: dict[str, Any] = {"values": [], "norms": [], "shared_identity": None}
    assert (plain["charter"], plain["demand_threshold"], plain["objectives"]) == (nothing, 5, [])
    assert key.patch("", DESCRIBED, If_Match="*").json() | {"id": None} == key.get().json() | {"id": None}
    changed = key.patch("", {"charter": {"values": ["Care"]}, "target_audience": None}, If_Match="*").json()
    assert changed["charter"] == nothing | {"values": ["Care"]}
    assert (changed["target_audience"], changed["key_outcomes"]) == (None, ["Knowledge is shared"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"objectives": ["x"] * 21},
        {"objectives": [""]},
        {"key_outcomes": ["x" * 301]},
        {"target_audience": " "},
        {"value_proposition": "x" * 2001},
        {"charter": {"values": ["x"] * 21}},
        {"charter": {"rules": []}},
        {"charter": None},
        {"demand_threshold": 0},
        {"demand_threshold": 1001},
        {"activation_override": {"decision_ref": "1", "reason": "r"}},
    ],
)
def test_what_it_says_is_bounded(membership: httpx.Client, key: Someone, wrong: dict[str, Any]) -> None:
    assert membership.post("/v1/communities", json=_given(**wrong)).status_code == 422
    assert key.patch("", wrong, If_Match="*").status_code == 422


def test_a_community_runs_through_its_states(key: Someone, facts: Facts, audited: Any) -> None:
    before = len(audited())
    for verb, state in [
        ("pause", "paused"),
        ("resume", "active"),
        ("archive", "archived"),
        ("restore", "active"),
        ("pause", "paused"),
        ("archive", "archived"),
    ]:
        done = key.post(f"/{verb}")
        assert (done.status_code, done.json()["state"]) == (200, state), verb
    told = [fact["fact"] for fact in facts()][-6:]
    assert told == [
        f"community_{verb}" for verb in ("paused", "resumed", "archived", "restored", "paused", "archived")
    ]
    assert [fact["aggregate_version"] for fact in facts()] == list(range(1, len(facts()) + 1))
    assert len(audited()) == before + 6


def test_what_a_state_does_not_allow_is_refused_with_what_it_does(key: Someone, facts: Facts) -> None:
    told = len(facts())
    refused = key.post("/resume")
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert {k: refused.json()[k] for k in ("type", "state", "allowed")} == {
        "type": "/problems/invalid-transition",
        "state": "active",
        "allowed": ["pause", "archive"],
    }
    assert len(facts()) == told


def test_only_a_community_of_interest_has_to_gather_first(membership: httpx.Client) -> None:
    for kind, status in [("cop", 200), ("other", 200), ("coi", 409)]:
        made = membership.post("/v1/communities", json=_given(kind=kind)).json()
        assert membership.post(f"/v1/communities/{made['id']}/activate").status_code == status, kind


def test_running_needs_an_admin_and_archiving_an_owner(
    joined: Person, key: Someone, person: Person, name: Any
) -> None:
    joined("mod", "moderator", by=key)
    joined("adm", "admin", by=key)
    assert person(name("mod")).post("/pause").status_code == 403
    assert person(name("adm")).post("/pause").status_code == 200
    assert person(name("adm")).post("/archive").status_code == 403
    assert person(name("stranger")).post("/pause").status_code == 403


def test_a_community_that_does_not_exist_is_missing(membership: httpx.Client) -> None:
    for path in (
        f"/v1/communities/{MISSING}",
        "/v1/communities/none",
        f"/v1/communities/{MISSING}/members/{MISSING}",
    ):
        missing = membership.get(path)
        assert (missing.status_code, missing.json()["type"]) == (404, "/problems/not-found"), path
    assert membership.post(f"/v1/communities/{MISSING}/activate").status_code == 404


def test_who_was_merged_finds_the_community_they_belong_to(
    key: Someone, joined: Person, person: Person, name: Any
) -> None:
    ada = joined("ada")
    key.patch("", {"visibility": "members"}, If_Match="*")
    first, last = (add(key, handle) for handle in ("first", "last"))
    merge(key, first, ada.member_id)
    merge(key, last, first)
    slug = key.get().json()["slug"]
    path = f"/v1/communities?slug={slug}"
    found = person(name("ada")).client.get(path).json()["items"]
    assert [each["id"] for each in found] == [str(key.community)]
    key.made(f"/members/{last}/leave")
    assert person(name("ada")).client.get(path).json()["items"] == []

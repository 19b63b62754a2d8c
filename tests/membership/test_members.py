"""Members: they join, are found, change their profile, leave and come back."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.membership.conftest import Someone, at_once, codes

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
ADA = {"handle": "ada", "display_name": "Ada Lovelace"}


def test_a_person_joins_as_themselves(
    person: Person, name: Any, resolve: Any, community: UUID, facts: Facts
) -> None:
    joining = person(name("ada")).post("/members", ADA | {"handle": "\uff21da", "interests": ["engines"]})
    assert joining.status_code == 201
    member = joining.json()
    assert (member["handle"], member["state"], member["roles"], member["version"]) == ("ada", "active", [], 1)
    assert "person_id" not in member
    known = resolve(name("ada"), community)
    assert (known["member_id"], known["roles"], known["state"]) == (member["id"], ["member"], "active")
    fact = facts("member_joined")[0]
    assert (fact["member_id"], fact["source"], fact["aggregate_version"]) == (member["id"], "joined", 1)
    assert not {"handle", "display_name", "interests"} & fact.keys()


def test_a_handle_is_taken_once_in_a_community(person: Person, name: Any) -> None:
    assert person(name("ada")).post("/members", ADA).status_code == 201
    refused = person(name("eve")).post("/members", ADA | {"handle": "ADA"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/handle-taken")


def test_a_person_joins_once(person: Person, name: Any) -> None:
    ada = person(name("ada"))
    assert ada.post("/members", ADA).status_code == 201
    refused = ada.post("/members", ADA | {"handle": "ada2"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/already-member")


@pytest.mark.parametrize(
    "wrong",
    [
        {"handle": "a"},
        {"handle": "a b"},
        {"handle": "ad\u0430"},
        {"handle": "x" * 41},
        {"display_name": ""},
        {"display_name": "\u2003 "},
        {"display_name": "x" * 81},
        {"bio": "x" * 4001},
        {"interests": [""]},
        {"interests": ["x"] * 31},
        {"roles": ["owner"]},
        {"state": "active"},
        {"person_id": str(uuid4())},
        {"community_id": str(uuid4())},
    ],
)
def test_what_is_not_documented_is_refused(key: Someone, wrong: dict[str, Any]) -> None:
    assert key.post("/members", ADA | wrong).status_code == 422


def test_fifty_who_want_the_same_handle_at_once(person: Person, name: Any, key: Someone) -> None:
    people = [person(name(f"p{i}")) for i in range(50)]
    answers = at_once([partial(one.post, "/members", ADA) for one in people])
    assert codes(answers) == [201] + [409] * 49
    assert len(key.get("/members").json()["items"]) == 1


def test_a_person_who_joins_many_times_at_once(person: Person, name: Any, key: Someone, facts: Facts) -> None:
    ada = person(name("ada"))
    acts = [partial(ada.post, "/members", ADA | {"handle": f"ada{i}"}) for i in range(10)]
    assert codes(at_once(acts)) == [201] + [409] * 9
    assert len(key.get("/members").json()["items"]) == len(facts("member_joined")) == 1


def test_a_key_adds_members_nobody_has_signed_in_as(
    key: Someone, partner: Person, facts: Facts, audited: Any
) -> None:
    assert key.post("/members", ADA).status_code == 201
    assert partner("write").post("/members", ADA | {"handle": "ben"}).status_code == 201
    assert partner("read").post("/members", ADA | {"handle": "cy"}).status_code == 403
    assert [fact["source"] for fact in facts("member_joined")] == ["added", "added"]
    assert audited()[-2:] == ["member.add", "member.add"]


def test_joining_by_invitation_is_for_admins_to_arrange(key: Someone, person: Person, name: Any) -> None:
    key.patch("", {"join_policy": "invite"}, If_Match="*")
    refused = person(name("ada")).post("/members", ADA)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/invitation-needed")
    assert key.post("/members", ADA).status_code == 201


@pytest.mark.parametrize("verb", ["pause", "archive"])
def test_nobody_joins_while_the_community_rests(key: Someone, person: Person, name: Any, verb: str) -> None:
    key.made(f"/{verb}")
    refused = person(name("ada")).post("/members", ADA)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/community-closed")


def test_lists_filter_search_and_page(key: Someone, joined: Person) -> None:
    joined("ada", "admin", by=key)
    for handle, shown in [("zed", "Adam Smith"), ("adele", "Blue"), ("ben", "Stra\u00dfe"), ("eve", "Eve")]:
        key.made("/members", {"handle": handle, "display_name": shown})

    def handles(query: str) -> list[str]:
        answer = key.get(f"/members?{query}")
        assert answer.status_code == 200, answer.text
        return [member["handle"] for member in answer.json()["items"]]

    assert handles("") == ["ada", "zed", "adele", "ben", "eve"]
    assert handles("q=AD") == ["ada", "zed", "adele"]
    assert handles("q=adam%20s") == ["zed"]
    assert handles("q=STRASS") == ["ben"]
    assert handles("q=%25") == handles("q=_") == []
    assert handles("role=admin") == ["ada"]
    assert handles("role=owner") == []
    assert handles("state=left") == []
    first = key.get("/members?limit=3").json()
    second = key.get(f"/members?limit=3&cursor={first['next_cursor']}").json()
    assert [len(first["items"]), len(second["items"]), second["next_cursor"]] == [3, 2, None]
    assert key.get(f"/members?limit=3&q=a&cursor={first['next_cursor']}").status_code == 400


def test_a_search_pages_through_handles_and_names_once(key: Someone) -> None:
    for handle, shown in [
        ("max", "Max"),
        ("zoe", "Maxime"),
        ("maxi", "Ann"),
        ("ann", "Maxi"),
        ("bob", "Bob"),
    ]:
        key.made("/members", {"handle": handle, "display_name": shown})
    seen: list[str] = []
    path = "/members?q=MAX&limit=1"
    while path:
        page = key.get(path).json()
        seen += [member["handle"] for member in page["items"]]
        path = page["next_cursor"] and f"/members?q=MAX&limit=1&cursor={page['next_cursor']}"
    assert seen[0] == "max"
    assert seen[-1] == "zoe"
    assert sorted(seen) == ["ann", "max", "maxi", "zoe"]
    assert key.get("/members?q=max&state=left").json()["items"] == []
    assert len(key.get("/members?q=max&updated_since=2020-01-01T00:00:00Z&state=active").json()["items"]) == 4


def test_a_mirror_asks_for_what_changed(key: Someone, joined: Person) -> None:
    ada, ben = joined("ada"), joined("ben")
    since = key.get(f"/members/{ben.member_id}").json()["updated_at"]
    changed = key.post(f"/members/{ada.member_id}/leave").json()
    listed = key.get("/members").json()["items"]
    assert [each["handle"] for each in listed] == ["ada", "ben"]
    found = key.client.get(
        f"/v1/communities/{key.community}/members", params={"updated_since": since}
    ).json()["items"]
    assert [(each["handle"], each["state"]) for each in found] == [("ben", "active"), ("ada", "left")]
    assert found[-1]["version"] == changed["version"]
    for far, count in [("0001-01-01T00:00:00+14:00", 2), ("9999-12-31T23:59:59-14:00", 0)]:
        path = f"/v1/communities/{key.community}/members"
        assert len(key.client.get(path, params={"updated_since": far}).json()["items"]) == count
    for wrong in ("yesterday", "2026-01-01T00:00:00"):
        refused = key.client.get(f"/v1/communities/{key.community}/members", params={"updated_since": wrong})
        assert refused.status_code == 422


def test_members_change_their_own_profile(joined: Person, facts: Facts, audited: Any) -> None:
    ada, ben = joined("ada"), joined("ben")
    path = f"/members/{ada.member_id}"
    tag = ada.get(path).headers["etag"]
    assert ada.patch(path, {"bio": "Hello"}).status_code == 428
    changed = ada.patch(path, {"bio": "Hello", "display_name": "Countess"}, If_Match=tag)
    assert changed.status_code == 200
    assert (changed.json()["bio"], changed.json()["version"]) == ("Hello", 2)
    assert [each["handle"] for each in ben.get("/members?q=counte").json()["items"]] == ["ada"]
    assert ada.patch(path, {"bio": "Again"}, If_Match=tag).status_code == 412
    assert ben.patch(path, {"bio": "Mine"}, If_Match="*").status_code == 403
    assert [fact["aggregate_version"] for fact in facts("member_profile_updated")] == [2]
    assert "member.change" not in audited()


def test_admins_change_profiles_of_those_below_them(
    joined: Person, key: Someone, person: Person, name: Any
) -> None:
    ada, _, _ = joined("ada"), joined("adm", "admin", by=key), joined("own", "owner", by=key)
    admin, owner = person(name("adm")), person(name("own"))
    assert admin.patch(f"/members/{ada.member_id}", {"bio": None}, If_Match="*").status_code == 200
    assert admin.patch(f"/members/{owner.member_id}", {"bio": None}, If_Match="*").status_code == 403
    assert owner.patch(f"/members/{admin.member_id}", {"bio": None}, If_Match="*").status_code == 200


def test_fifty_changes_of_one_version(joined: Person) -> None:
    ada = joined("ada")
    path = f"/members/{ada.member_id}"
    acts = [partial(ada.patch, path, {"bio": f"{i}"}, If_Match='"1"') for i in range(50)]
    assert codes(at_once(acts)) == [200] + [412] * 49
    assert ada.get(path).json()["version"] == 2


def test_who_leaves_gives_up_every_role(
    joined: Person, key: Someone, person: Person, name: Any, resolve: Any, facts: Facts
) -> None:
    joined("ben", "owner", by=key)
    ada = joined("ada", "editor", "moderator", by=key)
    left = ada.post(f"/members/{ada.member_id}/leave")
    assert (left.status_code, left.json()["state"], left.json()["roles"]) == (200, "left", [])
    assert resolve(name("ada"), ada.community)["roles"] == []
    mine = [fact for fact in facts() if fact.get("member_id") == str(ada.member_id)]
    assert [fact["aggregate_version"] for fact in mine] == [1, 2, 3, 4, 5, 6]
    assert [fact["fact"] for fact in mine][-3:] == ["role_revoked", "role_revoked", "member_left"]
    again = person(name("ada")).post(f"/members/{ada.member_id}/leave")
    assert again.status_code in (403, 409)
    refused = key.post(f"/members/{ada.member_id}/leave")
    assert (refused.status_code, refused.json()["allowed"]) == (409, ["rejoin"])


def test_who_left_comes_back_as_a_plain_member(
    joined: Person, key: Someone, person: Person, name: Any, resolve: Any, facts: Facts
) -> None:
    ada = joined("ada", "editor", by=key)
    ada.made(f"/members/{ada.member_id}/leave")
    ada = person(name("ada"))
    refused = ada.post("/members", ADA | {"handle": "ada2"})
    assert refused.json()["type"] == "/problems/already-member"
    back = ada.post(f"/members/{ada.member_id}/rejoin")
    assert (back.status_code, back.json()["state"], back.json()["left_at"]) == (200, "active", None)
    assert resolve(name("ada"), ada.community)["roles"] == ["member"]
    assert facts()[-1]["fact"] == "member_rejoined"
    assert person(name("ada")).post(f"/members/{ada.member_id}/rejoin").status_code == 409


def test_nobody_leaves_or_returns_for_somebody_else(joined: Person) -> None:
    ada, ben = joined("ada"), joined("ben")
    assert ben.post(f"/members/{ada.member_id}/leave").status_code == 403
    ada.made(f"/members/{ada.member_id}/leave")
    assert ben.post(f"/members/{ada.member_id}/rejoin").status_code == 403


def test_a_member_of_another_community_is_missing(joined: Person, key: Someone, membership: Any) -> None:
    ada = joined("ada")
    given = {"slug": f"o-{uuid4().hex[:12]}", "name": "Other", "kind": "cop"}
    other = Someone(membership, UUID(membership.post("/v1/communities", json=given).json()["id"]))
    for method, path in [
        ("GET", ""),
        ("PATCH", ""),
        ("POST", "/leave"),
        ("POST", "/rejoin"),
        ("GET", "/roles"),
        ("GET", "/identities"),
        ("DELETE", "/roles/owner"),
    ]:
        body: dict[str, Any] | None = {} if method == "PATCH" else None
        hidden = other.ask(method, f"/members/{ada.member_id}{path}", body, If_Match="*")
        missing = other.ask(method, f"/members/{uuid4()}{path}", body, If_Match="*")
        assert (hidden.status_code, hidden.content) == (404, missing.content), (method, path)
    assert other.post(f"/members/{ada.member_id}/roles", {"role": "editor"}).status_code == 404
    link = {"provider": "slack", "subject": "u1"}
    assert other.post(f"/members/{ada.member_id}/identities", link).status_code == 404
    assert key.get(f"/members/{ada.member_id}").json()["version"] == 1


def test_other_services_read_how_members_are_shown(joined: Person, key: Someone) -> None:
    ada, unknown = joined("ada"), uuid4()
    asked = {
        "community_id": str(key.community),
        "ids": [str(ada.member_id), str(unknown), str(ada.member_id)],
    }
    found = key.client.post("/internal/members/read", json=asked)
    assert found.status_code == 200
    assert found.json()["missing"] == [str(unknown)]
    assert [(each["handle"], each["display_name"]) for each in found.json()["items"]] == [("ada", "Ada")]
    elsewhere = asked | {"community_id": str(uuid4())}
    assert key.client.post("/internal/members/read", json=elsewhere).json()["items"] == []


def test_a_person_seen_by_many_at_once_is_one_person(resolve: Any, name: Any) -> None:
    found = at_once([partial(resolve, name("new"))] * 20)
    assert len({each["person_id"] for each in found}) == 1


def test_an_actor_in_a_community_that_does_not_exist(resolve: Any, name: Any) -> None:
    found = resolve(name("ada"), uuid4())
    assert (found["member_id"], found["roles"], found["community"]) == (None, [], None)

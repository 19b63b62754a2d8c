"""Groups: added one by one or found by a rule, seen by whom they concern."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.testing import eventually
from tests.membership.conftest import Someone, at_once, codes

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
CHAPTER = {"slug": "berlin", "name": "Berlin", "kind": "chapter"}


def handles(who: Someone, group: str) -> list[str]:
    return sorted(each["handle"] for each in who.get(f"/groups/{group}/members").json()["items"])


def test_a_group_has_who_was_put_into_it(joined: Person, key: Someone, facts: Facts, audited: Any) -> None:
    ada, ben = joined("ada"), joined("ben")
    group = key.made("/groups", CHAPTER | {"description": "Meets on Tuesdays."})
    assert (group["state"], group["rule"], group["visibility"], group["version"]) == (
        "active",
        None,
        "members",
        1,
    )
    put = key.ask("PUT", f"/groups/{group['id']}/members/{ada.member_id}", {"function": "leader"})
    assert (put.status_code, put.json()["function"]) == (200, "leader")
    key.ask("PUT", f"/groups/{group['id']}/members/{ben.member_id}", {})
    key.ask("PUT", f"/groups/{group['id']}/members/{ben.member_id}", {})  # once is enough
    assert handles(ada, group["id"]) == ["ada", "ben"]
    assert ben.delete(f"/groups/{group['id']}/members/{ben.member_id}").status_code == 204
    assert ben.delete(f"/groups/{group['id']}/members/{ada.member_id}").status_code == 403
    assert handles(ada, group["id"]) == ["ada"]
    told = [(fact["fact"], fact["aggregate_version"]) for fact in facts() if fact["fact"].startswith("group")]
    assert told == [
        ("group_created", 1),
        ("group_member_added", 2),
        ("group_member_added", 3),
        ("group_member_removed", 4),
    ]
    assert audited()[-3:] == ["group.create", "group.add_member", "group.add_member"]


def test_who_left_belongs_to_no_group(joined: Person, key: Someone) -> None:
    ada = joined("ada")
    group = key.made("/groups", CHAPTER)
    key.ask("PUT", f"/groups/{group['id']}/members/{ada.member_id}", {})
    ada.made(f"/members/{ada.member_id}/leave")
    assert handles(key, group["id"]) == []
    refused = key.ask("PUT", f"/groups/{group['id']}/members/{ada.member_id}", {"function": "leader"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-active")


def test_a_slug_names_one_group_of_a_community(key: Someone) -> None:
    key.made("/groups", CHAPTER)
    refused = key.post("/groups", CHAPTER)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/group-slug-taken")
    assert [each["slug"] for each in key.get("/groups?slug=berlin").json()["items"]] == ["berlin"]
    assert key.get("/groups?kind=cohort").json()["items"] == []


def test_a_group_is_changed_by_whoever_knows_it(key: Someone, facts: Facts) -> None:
    group = key.made("/groups", CHAPTER)
    meeting = {"title": "Weekly", "weekday": "TU", "time": "18:30", "timezone": "Europe/Berlin"}
    path = f"/groups/{group['id']}"
    assert key.patch(path, {"name": "Berlin!"}).status_code == 428
    assert key.patch(path, {"name": "Berlin!"}, If_Match='"9"').status_code == 412
    changed = key.patch(path, {"name": "Berlin!", "meetings": [meeting]}, If_Match='"1"')
    assert changed.status_code == 200
    assert changed.json()["meetings"] == [
        meeting | {"frequency": None, "rule": None, "starts": None, "url": None}
    ]
    assert (changed.json()["name"], changed.json()["version"]) == ("Berlin!", 2)
    no_rule = key.patch(path, {"rule": {"roles": ["editor"]}}, If_Match='"2"')
    assert (no_rule.status_code, no_rule.json()["type"]) == (409, "/problems/no-rule-to-change")
    assert [fact["aggregate_version"] for fact in facts("group_changed")] == [2]


def test_an_archived_group_takes_nobody(joined: Person, key: Someone) -> None:
    ada = joined("ada")
    group = key.made("/groups", CHAPTER)
    key.made(f"/groups/{group['id']}/archive")
    refused = key.ask("PUT", f"/groups/{group['id']}/members/{ada.member_id}", {})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/group-closed")
    again = key.post(f"/groups/{group['id']}/archive")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/invalid-transition")


def test_a_quiet_group_is_missing_for_others(joined: Person, key: Someone) -> None:
    ada, ben, eve = joined("ada"), joined("ben"), joined("eve", "editor", by=key)
    group = key.made("/groups", CHAPTER | {"visibility": "group"})
    key.ask("PUT", f"/groups/{group['id']}/members/{ada.member_id}", {})
    for path in (f"/groups/{group['id']}", f"/groups/{group['id']}/members"):
        assert [who.get(path).status_code for who in (ada, eve, ben)] == [200, 200, 404]
    listed = [len(who.get("/groups").json()["items"]) for who in (ada, eve, ben)]
    assert listed == [1, 1, 0]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"roles": ["editor"]}, ["ada"]),
        ({"interests": ["Photography"]}, ["ben"]),
        ({"functions": ["mentor"]}, ["ben"]),
        ({"roles": ["editor"], "functions": ["mentor"], "match": "any"}, ["ada", "ben"]),
        ({"roles": ["editor"], "functions": ["mentor"]}, []),
        ({"joined_from": "2000-01-01"}, ["ada", "ben", "cem"]),
        ({"joined_to": "2000-01-01"}, []),
        ({"custom": {"team": "blue"}}, ["ada"]),
        ({"custom": {"shirt": "3"}}, ["cem"]),
        ({"custom": {"vegan": "true"}}, ["cem"]),
        ({"custom": {"vegan": "1"}}, []),
        ({"stages": ["lurker"]}, []),
    ],
    ids=str,
)
def test_a_rule_finds_members(
    joined: Person, key: Someone, stack: Any, rule: dict[str, Any], expected: list[str]
) -> None:
    ada, ben, cem = joined("ada", "editor", by=key), joined("ben"), joined("cem")
    key.made(f"/members/{ben.member_id}/functions", {"function": "mentor"})
    interested = f"VALUES ('{ben.community}', 'photography', '{ben.member_id}')"
    stack.execute(
        "membership", f"INSERT INTO member_interest (community_id, interest, member_id) {interested}"
    )
    for who, custom in ((ada, '{"team":"blue"}'), (cem, '{"shirt":3,"vegan":true}')):
        stack.execute("membership", f"UPDATE member SET custom = '{custom}' WHERE id = '{who.member_id}'")
    group = key.made("/groups", CHAPTER | {"kind": "segment", "rule": rule})
    assert handles(key, group["id"]) == expected
    refused = key.ask("PUT", f"/groups/{group['id']}/members/{ada.member_id}", {})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/found-by-rule")


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"match": "any"},
        {"roles": []},
        {"roles": ["king"]},
        {"custom": {"A'; --": "x"}},
        {"interests": []},
        {"joined_from": 3},
    ],
    ids=str,
)
def test_a_rule_that_means_nothing_is_refused(key: Someone, rule: dict[str, Any]) -> None:
    assert key.post("/groups", CHAPTER | {"rule": rule}).status_code == 422


def test_groups_lie_within_groups_to_a_depth(key: Someone) -> None:
    parent, depth = None, 0
    while True:
        given = CHAPTER | {"slug": f"level-{depth}", "parent_id": parent}
        answer = key.post("/groups", given)
        if answer.status_code != 201:
            break
        parent, depth = answer.json()["id"], depth + 1
    assert (depth, answer.json()["type"]) == (6, "/problems/group-too-deep")


def test_who_is_added_at_once_is_added_once(joined: Person, key: Someone, facts: Facts) -> None:
    ada = joined("ada")
    group = key.made("/groups", CHAPTER)
    path = f"/groups/{group['id']}/members/{ada.member_id}"
    answers = at_once([lambda: key.ask("PUT", path, {}) for _ in range(8)])
    assert codes(answers) == [200] * 8
    assert handles(key, group["id"]) == ["ada"]
    assert len(facts("group_member_added")) == 1


def test_a_function_permits_nothing_by_itself(
    joined: Person, key: Someone, facts: Facts, audited: Any
) -> None:
    ada = joined("ada")
    path = f"/members/{ada.member_id}/functions"
    granted = key.post(path, {"function": "leader"})
    assert (granted.status_code, granted.json()["granted_by"], granted.json()["expires_at"]) == (
        201,
        "owner",
        None,
    )
    again = key.post(path, {"function": "leader"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/function-already-held")
    assert [each["function"] for each in ada.get(path).json()["items"]] == ["leader"]
    assert ada.post(path, {"function": "mentor"}).status_code == 403
    assert key.delete(f"{path}/leader").status_code == 204
    assert key.delete(f"{path}/leader").status_code == 404
    told = [(fact["fact"], fact["function"]) for fact in facts() if "function" in fact]
    assert told == [("function_granted", "leader"), ("function_revoked", "leader")]
    assert audited()[-2:] == ["function.grant", "function.revoke"]


def test_what_is_granted_for_a_time_runs_out_once(joined: Person, key: Someone, facts: Facts) -> None:
    ada = joined("ada")
    until = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat()
    key.made(f"/members/{ada.member_id}/roles", {"role": "editor", "expires_at": until})
    key.made(f"/members/{ada.member_id}/functions", {"function": "speaker", "expires_at": until})
    assert ada.get(f"/members/{ada.member_id}").json()["roles"] == ["editor"]
    eventually(lambda: [fact["role"] for fact in facts("role_expired")] == ["editor"], within=10)
    eventually(lambda: [fact["function"] for fact in facts("function_revoked")] == ["speaker"], within=10)
    assert ada.get(f"/members/{ada.member_id}").json()["roles"] == []
    assert key.get(f"/members/{ada.member_id}/functions").json()["items"] == []


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"role": "editor", "expires_at": "2001-01-01T00:00:00Z"}, "/problems/ends-in-the-past"),
        ({"role": "owner", "expires_at": "2101-01-01T00:00:00Z"}, "/problems/owners-have-no-end"),
    ],
)
def test_a_time_has_to_make_sense(joined: Person, key: Someone, given: dict[str, str], problem: str) -> None:
    ada = joined("ada")
    refused = key.post(f"/members/{ada.member_id}/roles", given)
    assert (refused.status_code, refused.json()["type"]) == (422, problem)
    assert ada.get(f"/members/{ada.member_id}").json()["roles"] == []

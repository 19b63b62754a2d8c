"""Members are found by what they are, one leading filter at a time, and only by whom it concerns."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.membership.conftest import Someone
from tests.membership.test_invitations import problem

Person = Callable[..., Someone]


def find(one: Someone, **query: Any) -> httpx.Response:
    return one.client.get(f"/v1/communities/{one.community}/members", params=query)


def handles(one: Someone, **query: Any) -> list[str]:
    answer = find(one, **query)
    assert answer.status_code == 200, answer.text
    return [member["handle"] for member in answer.json()["items"]]


def test_interests_are_found_in_any_case_and_as_they_are_now(key: Someone, joined: Person) -> None:
    ada = joined("ada")
    key.made("/members", {"handle": "ben", "display_name": "Ben", "interests": ["Go", "Caf\u00e9  Talk"]})
    path = f"/members/{ada.member_id}"
    ada.patch(path, {"interests": ["go", "GO", "rust"]}, If_Match="*")
    assert sorted(handles(key, interest="GO")) == ["ada", "ben"]
    assert handles(key, interest="cafe\u0301 talk") == ["ben"]
    ada.patch(path, {"interests": ["rust", "zig"]}, If_Match="*")
    assert (handles(key, interest="go"), handles(key, interest="zig")) == (["ben"], ["ada"])
    ada.patch(path, {"interests": []}, If_Match="*")
    assert handles(key, interest="zig") == []


def test_pages_of_an_interest_hold_everybody_once(key: Someone) -> None:
    for i in range(7):
        given = {"handle": f"m{i}", "display_name": "M", "interests": ["go"]}
        key.made("/members", given)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = find(key, interest="go", limit=2, **cursor).json()
        seen += [each["handle"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(seen) == [f"m{i}" for i in range(7)]
    assert len(seen) == 7


def test_filters_narrow_what_leads(key: Someone, joined: Person) -> None:
    ada, ben = joined("ada", "editor", by=key), joined("ben", "editor", by=key)
    ben.made(f"/members/{ben.member_id}/leave")
    now = datetime.now(UTC).isoformat()
    assert handles(key, role="editor", state="active") == ["ada"]
    assert handles(key, state="left") == ["ben"]
    assert handles(key, joined_to=now) == ["ada", "ben"]
    assert handles(key, joined_from=now) == []
    assert handles(key, q="b", joined_to=now, state="left") == ["ben"]
    assert problem(find(key, q="a", role="editor")) == (422, "filters-do-not-combine")
    assert problem(find(key, joined_to=now, updated_since=now)) == (422, "filters-do-not-combine")
    group = key.made("/groups", {"slug": "guild", "name": "G", "kind": "cohort", "visibility": "group"})
    assert key.ask("PUT", f"/groups/{group['id']}/members/{ada.member_id}", {}).is_success
    assert handles(key, group=group["id"]) == ["ada"]
    assert find(joined("eve"), group=group["id"]).status_code == 404
    assert handles(ada, group=group["id"]) == ["ada"]


def test_only_the_team_hears_of_those_who_are_no_members_yet(
    key: Someone, joined: Person, person: Person, name: Any
) -> None:
    ada = joined("ada")
    key.patch("", {"join_policy": "request"}, If_Match="*")
    asked = person(name("cy")).made("/members", {"handle": "cy", "display_name": "Cy"})
    assert handles(key) == ["ada", "cy"]
    assert handles(key, state="requested") == ["cy"]
    for query in ({}, {"q": "cy"}, {"state": "requested"}, {"updated_since": "2020-01-01T00:00:00Z"}):
        assert "cy" not in handles(ada, **query)
    assert ada.get(f"/members/{asked['id']}").status_code == 404
    assert person(name("cy")).get(f"/members/{asked['id']}").status_code == 200

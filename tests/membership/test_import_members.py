"""Import of members: once per identity, free handles, their own time; bad items stop nothing."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from shared.ids import identity_id
from tests.membership.conftest import Someone, at_once, codes

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]
FAR_AWAY = [("9999-12-31", "-14:00"), ("0001-01-01", "+14:00")]
"""Moments that have no equivalent in UTC."""


def _item(subject: str, handle: str = "ada", **given: Any) -> dict[str, Any]:
    known = {"handle": handle, "display_name": f"Number {subject}", "provider": "stackexchange"}
    return known | {"subject": subject, "joined_at": "2012-03-04T05:06:07Z"} | given


def _import(who: Someone, *items: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = who.made("/members/import", {"items": list(items)})["items"]
    return found


def test_members_join_at_their_own_time_with_an_identity(key: Someone, facts: Facts, audited: Any) -> None:
    [done] = _import(key, _item("17", "Geoff Dalgas"))
    assert (done["index"], done["outcome"], done["reason"]) == (0, "created", None)
    assert UUID(done["identity_id"]) == identity_id(key.community, "stackexchange", "17")
    member = key.get(f"/members/{done['member_id']}").json()
    assert (member["handle"], member["display_name"]) == ("geoff-dalgas", "Number 17")
    assert member["joined_at"] == "2012-03-04T05:06:07Z"
    told = {fact["fact"]: fact for fact in facts() if fact["actor"]["kind"] == "import"}
    assert told["member_joined"]["occurred_at"] == "2012-03-04T05:06:07Z"
    assert told["member_joined"]["source"] == "imported"
    assert told["identity_linked"]["member_id"] == done["member_id"]
    assert audited()[-1] == "member.import"


def test_the_same_batch_again_changes_nothing(key: Someone, facts: Facts, audited: Any) -> None:
    items = [_item(str(i), f"user {i}") for i in range(20)]
    first = _import(key, *items)
    before = (key.get("/members?limit=100").json(), len(facts()), audited())
    again = _import(key, *items)
    assert [each["member_id"] for each in again] == [each["member_id"] for each in first]
    assert {each["outcome"] for each in again} == {"unchanged"}
    assert (key.get("/members?limit=100").json(), len(facts()), audited()) == before


def test_a_taken_handle_gets_a_suffix(key: Someone, joined: Person) -> None:
    joined("ada")
    _import(key, _item("1"), _item("2", "Ada!"))
    _import(key, _item("3", "ADA"), _item("4", "ben"), _item("5", "\u674e\u96f7"), _item("6", "?"))
    handles = [each["handle"] for each in key.get("/members?limit=100").json()["items"]]
    assert sorted(handles) == ["ada", "ada-2", "ada-3", "ada-4", "ben", "member", "member-2"]


def test_a_suffix_that_somebody_has_already_is_passed_over(key: Someone) -> None:
    _import(key, _item("1", "ada-2"))
    _import(key, _item("2"), _item("3"), _item("4", "ada-2"))
    handles = [each["handle"] for each in key.get("/members?limit=100").json()["items"]]
    assert sorted(handles) == ["ada", "ada-2", "ada-2-2", "ada-3"]


def test_long_handles_keep_room_for_their_suffix(key: Someone) -> None:
    _import(key, *[_item(str(i), "x" * 60) for i in range(12)])
    handles = [each["handle"] for each in key.get("/members?limit=100").json()["items"]]
    assert len(set(handles)) == 12
    assert max(map(len, handles)) == 40


def test_what_cannot_be_imported_is_reported_and_stops_nothing(key: Someone) -> None:
    [known] = _import(key, _item("1"))
    assert key.delete(f"/members/{known['member_id']}/identities/{known['identity_id']}").status_code == 204
    future, past = (_item("2", joined_at=f"{day}T00:00:00{zone}") for day, zone in FAR_AWAY)
    done = _import(key, _item("1"), future, past, _item("3"), _item("3"))
    assert [(each["outcome"], each["reason"]) for each in done] == [
        ("refused", "identity-revoked"),
        ("refused", "joined-in-the-future"),
        ("refused", "joined-before-1970"),
        ("created", None),
        ("unchanged", None),
    ]
    assert [each["member_id"] is None for each in done] == [True, True, True, False, False]
    assert done[3]["member_id"] == done[4]["member_id"]


def test_addresses_of_imported_people_are_hashed(key: Someone) -> None:
    [done] = _import(key, _item("Ada@example.org", "Ada@example.org", provider="mbox"))
    [linked] = key.get(f"/members/{done['member_id']}/identities").json()["items"]
    assert linked["subject"].startswith("hmac:")
    assert key.get(f"/members/{done['member_id']}").json()["handle"] == "ada"
    assert _import(key, _item("ada@EXAMPLE.org", provider="mbox"))[0]["outcome"] == "unchanged"


def test_imports_of_the_same_people_at_once_make_them_once(key: Someone, facts: Facts) -> None:
    items = {"items": [_item(str(i), f"user{i}") for i in range(100)]}
    answers = at_once([partial(key.post, "/members/import", items)] * 5)
    assert codes(answers) == [200] * 5
    created = [each for answer in answers for each in answer.json()["items"] if each["outcome"] == "created"]
    assert len(created) == len(facts("member_joined")) == len(facts("identity_linked")) == 100


@pytest.mark.parametrize("count", [0, 501])
def test_a_batch_is_between_one_and_five_hundred(key: Someone, count: int) -> None:
    assert key.post("/members/import", {"items": [_item(str(i)) for i in range(count)]}).status_code == 422


def test_importing_is_for_admins(joined: Person, key: Someone, partner: Person) -> None:
    ada, boss = joined("ada"), joined("boss", "admin", by=key)
    body = {"items": [_item("1")]}
    assert ada.post("/members/import", body).status_code == 403
    assert partner("write").post("/members/import", body).status_code == 403
    assert partner("admin").post("/members/import", body).status_code == 200
    assert boss.post("/members/import", body).json()["items"][0]["outcome"] == "unchanged"


def test_a_paused_or_archived_community_imports_nobody(key: Someone, facts: Facts) -> None:
    key.made("/pause")
    for _ in ("paused", "archived"):
        refused = key.post("/members/import", {"items": [_item("1")]})
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/community-closed")
        key.post("/archive")
    assert facts("member_joined") == []

"""Roles: nobody grants at or above their own level, and the last owner stays, whatever happens at once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.membership.conftest import Someone, at_once, codes

Facts = Callable[..., list[dict[str, Any]]]
Person = Callable[..., Someone]


def _owners(key: Someone) -> list[str]:
    return [each["handle"] for each in key.get("/members?role=owner").json()["items"]]


def test_a_granted_role_counts_and_is_listed(
    joined: Person, key: Someone, resolve: Any, name: Any, facts: Facts, audited: Any
) -> None:
    ada = joined("ada")
    granted = key.post(f"/members/{ada.member_id}/roles", {"role": "moderator"})
    assert (granted.status_code, granted.json()["granted_by"]) == (201, "owner")
    assert resolve(name("ada"), ada.community)["roles"] == ["member", "moderator"]
    assert [each["role"] for each in ada.get(f"/members/{ada.member_id}/roles").json()["items"]] == [
        "moderator"
    ]
    assert ada.get(f"/members/{ada.member_id}").json()["roles"] == ["moderator"]
    again = key.post(f"/members/{ada.member_id}/roles", {"role": "moderator"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/role-already-held")
    assert key.delete(f"/members/{ada.member_id}/roles/moderator").status_code == 204
    assert key.delete(f"/members/{ada.member_id}/roles/moderator").status_code == 404
    assert resolve(name("ada"), ada.community)["roles"] == ["member"]
    told = [(fact["fact"], fact["role"], fact["aggregate_version"]) for fact in facts() if "role" in fact]
    assert told == [("role_granted", "moderator", 2), ("role_revoked", "moderator", 3)]
    assert audited()[-2:] == ["role.grant", "role.revoke"]


@pytest.mark.parametrize("role", ["member", "guest", "superuser", ""])
def test_only_named_roles_are_granted(joined: Person, key: Someone, role: str) -> None:
    ada = joined("ada")
    assert key.post(f"/members/{ada.member_id}/roles", {"role": role}).status_code == 422


@pytest.mark.parametrize(
    ("granter", "role", "status"),
    [
        ("admin", "editor", 201),
        ("admin", "moderator", 201),
        ("admin", "admin", 403),
        ("admin", "owner", 403),
        ("owner", "admin", 201),
        ("owner", "owner", 201),
        ("moderator", "editor", 403),
    ],
)
def test_nobody_grants_at_or_above_their_own_level(
    joined: Person, key: Someone, granter: str, role: str, status: int
) -> None:
    ada, boss = joined("ada"), joined("boss", granter, by=key)
    assert boss.post(f"/members/{ada.member_id}/roles", {"role": role}).status_code == status
    key.post(f"/members/{ada.member_id}/roles", {"role": role})
    assert boss.delete(f"/members/{ada.member_id}/roles/{role}").status_code == (
        204 if status == 201 else 403
    )


def test_an_admin_key_grants_below_admin_only(joined: Person, partner: Person) -> None:
    ada = joined("ada")
    path = f"/members/{ada.member_id}/roles"
    assert partner("admin").post(path, {"role": "editor"}).status_code == 201
    refused = partner("admin").post(path, {"role": "admin"})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/role-too-high")
    assert partner("write").post(path, {"role": "moderator"}).status_code == 403


def test_an_admin_lays_down_their_own_role(joined: Person, key: Someone) -> None:
    boss = joined("boss", "admin", by=key)
    assert boss.delete(f"/members/{boss.member_id}/roles/admin").status_code == 204


def test_who_left_gets_no_role(joined: Person, key: Someone) -> None:
    ada = joined("ada")
    ada.made(f"/members/{ada.member_id}/leave")
    refused = key.post(f"/members/{ada.member_id}/roles", {"role": "editor"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-active")


@pytest.mark.parametrize("how", ["leave", "revoke"])
def test_the_last_owner_stays(joined: Person, key: Someone, how: str, facts: Facts) -> None:
    ada = joined("ada", "owner", by=key)
    told = len(facts())

    def go(who: Someone) -> Any:
        path = f"/members/{who.member_id}"
        return who.post(f"{path}/leave") if how == "leave" else who.delete(f"{path}/roles/owner")

    refused = go(ada)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/last-owner")
    assert len(facts()) == told
    joined("ben", "owner", by=key)
    assert go(ada).is_success
    assert _owners(key) == ["ben"]


@pytest.mark.parametrize("attempt", range(5))
def test_two_owners_who_demote_each_other_at_once(joined: Person, key: Someone, attempt: int) -> None:
    ada, ben = joined("ada", "owner", by=key), joined("ben", "owner", by=key)
    answers = at_once(
        [
            lambda: ada.delete(f"/members/{ben.member_id}/roles/owner"),
            lambda: ben.delete(f"/members/{ada.member_id}/roles/owner"),
        ]
    )
    assert codes(answers) == [204, 409], attempt
    assert len(_owners(key)) == 1


def test_of_owners_who_leave_all_at_once_one_stays(joined: Person, key: Someone) -> None:
    owners = [joined(f"o{i}", "owner", by=key) for i in range(8)]
    answers = at_once([partial(owner.post, f"/members/{owner.member_id}/leave") for owner in owners])
    assert codes(answers) == [200] * 7 + [409]
    assert len(_owners(key)) == 1

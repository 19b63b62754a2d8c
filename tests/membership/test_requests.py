"""Requests to be let in: asked, decided, asked again."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.testing import Cluster
from tests.membership.conftest import Someone
from tests.membership.test_invitations import accept, problem

Person = Callable[..., Someone]
Facts = Callable[..., list[dict[str, Any]]]
ADA = {"handle": "ada", "display_name": "Ada"}


@pytest.fixture
def asking(key: Someone, person: Person, name: Any) -> Someone:
    """Ada, who has asked to be let in."""
    key.patch("", {"join_policy": "request"}, If_Match="*")
    asked = person(name("ada")).made("/members", ADA)
    assert (asked["state"], asked["version"]) == ("requested", 1)
    return person(name("ada"))


def test_whoever_asks_is_let_in_by_the_team(
    asking: Someone, key: Someone, facts: Facts, resolve: Any, name: Any, audited: Any
) -> None:
    path = f"/members/{asking.member_id}"
    assert resolve(name("ada"), key.community)["roles"] == []
    assert asking.post(f"{path}/approve").status_code == 403
    assert [each["handle"] for each in key.get("/members?state=requested").json()["items"]] == ["ada"]
    assert asking.get("/members").json()["items"] == []
    assert asking.get(path).json()["state"] == "requested"
    approved = key.post(f"{path}/approve")
    assert (approved.status_code, approved.json()["state"]) == (200, "active")
    assert [(fact["fact"], fact.get("source")) for fact in facts()][-2:] == [
        ("member_requested", None),
        ("member_joined", "approved"),
    ]
    assert resolve(name("ada"), key.community)["roles"] == ["member"]
    assert problem(key.post(f"{path}/approve")) == (409, "invalid-transition")
    assert audited()[-1] == "member.approve"


def test_whoever_is_declined_may_ask_again_in_thirty_days(
    asking: Someone, key: Someone, facts: Facts, stack: Cluster
) -> None:
    path = f"/members/{asking.member_id}"
    declined = key.post(f"{path}/decline", {"reason": "needle-7181"})
    assert (declined.json()["state"], facts()[-1]["fact"]) == ("declined", "member_declined")
    assert "needle" not in declined.text + str(facts()) + asking.get(path).text
    assert key.get(f"{path}/profile").json()["decline_reason"] == "needle-7181"
    assert problem(asking.post("/members", ADA | {"handle": "ada2"})) == (409, "already-member")
    refused = asking.post(f"{path}/rejoin")
    assert problem(refused) == (409, "asked-too-soon")
    assert refused.json()["again_from"] > declined.json()["updated_at"]
    past = "2020-01-01T00:00:00.000000+00:00"
    stack.execute("membership", f"UPDATE member SET declined_at = '{past}' WHERE id = '{asking.member_id}'")
    assert asking.post(f"{path}/rejoin").json()["state"] == "requested"
    assert key.post(f"{path}/approve").json()["state"] == "active"


def test_whoever_is_declined_may_be_invited_at_once(asking: Someone, key: Someone) -> None:
    key.post(f"/members/{asking.member_id}/decline", {})
    made = key.made("/invitations", {"member_id": str(asking.member_id)})
    assert accept(asking, made["token"]).json()["state"] == "active"


def test_who_left_asks_to_come_back(
    asking: Someone, key: Someone, person: Person, name: Any, facts: Facts
) -> None:
    path = f"/members/{asking.member_id}"
    joined = key.post(f"{path}/approve").json()
    person(name("ada")).made(f"{path}/leave")
    assert asking.post(f"{path}/rejoin").json()["state"] == "requested"
    back = key.post(f"{path}/approve").json()
    assert (back["state"], back["left_at"], back["joined_at"]) == ("active", None, joined["joined_at"])
    assert [fact["fact"] for fact in facts()][-3:] == ["member_left", "member_requested", "member_rejoined"]
    key.patch("", {"join_policy": "invite"}, If_Match="*")
    person(name("ada")).made(f"{path}/leave")
    assert problem(asking.post(f"{path}/rejoin")) == (403, "invitation-needed")


def test_a_reason_is_bounded(asking: Someone, key: Someone) -> None:
    assert key.post(f"/members/{asking.member_id}/decline", {"reason": "x" * 501}).status_code == 422

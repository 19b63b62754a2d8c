"""A member keeps another away, and nobody but services hears of it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.membership.conftest import Someone
from tests.membership.test_invitations import problem

Person = Callable[..., Someone]
Facts = Callable[..., list[dict[str, Any]]]


def test_a_block_is_ones_own_affair(key: Someone, joined: Person, facts: Facts) -> None:
    ada, eve = joined("ada"), joined("eve")
    own, whom = f"/members/{ada.member_id}/blocks", {"member_id": str(eve.member_id)}
    before = [eve.get(f"/members/{who.member_id}").json()["state"] for who in (ada, eve)]
    made = ada.post(own, whom)
    assert (made.status_code, made.json()["blocked_id"]) == (201, str(eve.member_id))
    assert problem(ada.post(own, whom)) == (409, "already-blocked")
    assert problem(ada.post(own, {"member_id": str(ada.member_id)})) == (422, "cannot-block-oneself")
    assert ada.post(own, {"member_id": str(uuid4())}).status_code == 404
    for other in (eve, key):
        assert other.post(own, whom).status_code == other.get(own).status_code == 403
        assert other.delete(f"{own}/{eve.member_id}").status_code == 403
    assert [each["blocked_id"] for each in ada.get(own).json()["items"]] == [str(eve.member_id)]
    assert [eve.get(f"/members/{who.member_id}").json()["state"] for who in (ada, eve)] == before
    assert ada.delete(f"{own}/{eve.member_id}").status_code == 204
    assert ada.delete(f"{own}/{eve.member_id}").status_code == 404
    assert ada.get(own).json()["items"] == []
    assert ada.post(own, whom).status_code == 201
    told = [fact["fact"] for fact in facts() if "blocked_id" in fact]
    assert told == ["member_blocked", "member_unblocked", "member_blocked"]
    assert [fact["aggregate_version"] for fact in facts() if "blocked_id" in fact] == [2, 3, 4]


def test_services_read_who_keeps_whom_away(key: Someone, joined: Person) -> None:
    ada, eve, ben = joined("ada"), joined("eve"), joined("ben")
    ada.made(f"/members/{ada.member_id}/blocks", {"member_id": str(eve.member_id)})

    def between(*members: Someone) -> list[dict[str, Any]]:
        asked = {"community_id": str(key.community), "ids": [str(each.member_id) for each in members]}
        answer = key.client.post("/internal/blocks/read", json=asked)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    pair = {"blocker_id": str(ada.member_id), "blocked_id": str(eve.member_id)}
    assert between(ada, eve) == between(eve, ada, ben) == [pair]
    assert between(ada, ben) == between(eve, ben) == []

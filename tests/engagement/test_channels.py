"""Channels: opened by organisers, seen by everybody."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.engagement.conftest import Caller


def test_a_channel_is_opened_and_told(key: Caller, facts: Callable[..., list[dict[str, Any]]]) -> None:
    made = key.post("/channels", {"name": " General ", "kind": "forum", "url": "https://forum.example"})
    assert made.status_code == 201
    channel = made.json()
    assert channel | {"name": "General", "kind": "forum", "state": "active", "version": 1} == channel
    assert (made.headers["etag"], key.get(f"/channels/{channel['id']}").json()) == ('"1"', channel)
    (fact,) = facts()
    assert fact | {"name": "channel_activated", "channel_id": channel["id"], "kind": "forum"} == fact
    assert fact["aggregate_version"] == 1


def test_channels_are_listed_by_kind(key: Caller, ada: Caller) -> None:
    for kind in ("slack", "forum", "slack"):
        key.made("/channels", {"name": "x", "kind": kind})
    assert len(ada.get("/channels").json()["items"]) == 3
    first = ada.get("/channels?kind=slack&limit=1").json()
    second = ada.get(f"/channels?kind=slack&limit=1&cursor={first['next_cursor']}").json()
    assert [each["kind"] for each in first["items"] + second["items"]] == ["slack", "slack"]
    assert second["next_cursor"] is None


def test_a_member_may_not_open_one(ada: Caller) -> None:
    assert ada.post("/channels", {"name": "x", "kind": "forum"}).status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"kind": "pigeon"},
        {"url": "javascript:alert(1)"},
        {"purpose": "x" * 1001},
        {"state": "retired"},
    ],
)
def test_bad_channels_are_refused(key: Caller, change: dict[str, str]) -> None:
    assert key.post("/channels", {"name": "x", "kind": "forum"} | change).status_code == 422


def test_another_communitys_channel_is_unknown(caller: Callable[..., Caller], channel: str) -> None:
    stranger = caller("owner", within=uuid4())
    theirs, missing = stranger.get(f"/channels/{channel}"), stranger.get(f"/channels/{uuid4()}")
    assert theirs.status_code == missing.status_code == 404
    assert theirs.content == missing.content

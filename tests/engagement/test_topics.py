"""Topics: started in a channel, found by filter, closed by moderators."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.engagement.conftest import Caller

Facts = Callable[..., list[dict[str, Any]]]


def test_a_member_starts_a_topic(ada: Caller, channel: str, facts: Facts) -> None:
    given = {
        "channel_id": channel,
        "title": "Why?",
        "body": "Because",
        "kind": "question",
        "tags": ["a", "b"],
    }
    made = ada.post("/topics", given)
    assert made.status_code == 201
    topic = made.json()
    assert topic | given == topic
    assert (topic["author_member_id"], topic["state"], topic["version"]) == (str(ada.member_id), "open", 1)
    assert ada.get(f"/topics/{topic['id']}").json() == topic
    (fact,) = facts("topic_created")
    assert fact["member_id"] == str(ada.member_id)
    assert fact["identity_id"] is None
    assert "Why" not in str(fact)


def test_admins_and_keys_speak_for_others_and_members_do_not(
    key: Caller, ada: Caller, ben: Caller, channel: str
) -> None:
    given = {"channel_id": channel, "title": "t", "body": "b", "author_member_id": str(ben.member_id)}
    assert key.made("/topics", given)["author_member_id"] == str(ben.member_id)
    assert ben.made("/topics", given)["author_member_id"] == str(ben.member_id)
    assert ada.post("/topics", given).status_code == 403
    assert key.made("/topics", given | {"author_member_id": None})["author_member_id"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"title": "x" * 201},
        {"body": ""},
        {"body": "x" * 65_537},
        {"tags": ["t"] * 11},
        {"tags": ["x" * 51]},
        {"kind": "rant"},
        {"community_id": str(uuid4())},
        {"state": "locked"},
        {"score": 5},
    ],
)
def test_bad_topics_are_refused(ada: Caller, channel: str, change: dict[str, Any]) -> None:
    assert ada.post("/topics", {"channel_id": channel, "title": "t", "body": "b"} | change).status_code == 422


def test_a_topic_needs_a_channel_of_its_community(ada: Caller, caller: Callable[..., Caller]) -> None:
    abroad = caller(within=uuid4())
    theirs = abroad.made("/channels", {"name": "x", "kind": "forum"})["id"]
    for channel_id in (theirs, str(uuid4())):
        given = {"channel_id": channel_id, "title": "t", "body": "b"}
        assert ada.post("/topics", given).status_code == 404


def test_topics_are_found_by_filter(ada: Caller, ben: Caller, key: Caller, channel: str) -> None:
    other = key.made("/channels", {"name": "x", "kind": "forum"})["id"]
    first = ada.made("/topics", {"channel_id": channel, "title": "1", "body": "b", "kind": "question"})
    second = ben.made("/topics", {"channel_id": other, "title": "2", "body": "b"})
    key.made(f"/topics/{second['id']}/lock", None)

    def found(query: str) -> list[str]:
        answer = ada.get(f"/topics?{query}")
        assert answer.status_code == 200, answer.text
        return [each["title"] for each in answer.json()["items"]]

    assert found("") == ["2", "1"]
    assert found(f"channel={other}") == ["2"]
    assert found("kind=question") == ["1"]
    assert found("state=locked") == ["2"]
    assert found(f"author={ben.member_id}") == ["2"]
    assert found(f"updated_since={first['updated_at']}&state=open") == ["1"]
    assert found("updated_since=2100-01-01T00:00:00Z") == []
    assert found("updated_since=0001-01-01T00:00:00%2B14:00") == ["2", "1"]
    assert found("updated_since=9999-12-31T23:59:59-14:00") == []
    assert found(f"channel={channel}&state=locked") == []
    assert ada.get("/topics?updated_since=2020-01-01T00:00:00").status_code == 422


def test_topics_move_as_the_rules_say(moderator: Caller, topic: str, facts: Facts) -> None:
    steps = [
        ("unlock", 409, ["locked"]),
        ("archive", 409, ["locked"]),
        ("lock", 200, "locked"),
        ("lock", 409, ["archived", "open"]),
        ("unlock", 200, "open"),
        ("lock", 200, "locked"),
        ("archive", 200, "archived"),
        ("unlock", 409, []),
        ("archive", 409, []),
    ]
    for verb, status, outcome in steps:
        answer = moderator.post(f"/topics/{topic}/{verb}")
        assert (answer.status_code, answer.json()["allowed" if status == 409 else "state"]) == (
            status,
            outcome,
        )
        if status == 409:
            assert answer.json()["type"] == "/problems/invalid-transition"
    told = ["topic_created", "topic_locked", "topic_unlocked", "topic_locked", "topic_archived"]
    assert [(f["name"], f["aggregate_version"]) for f in facts() if "topic_id" in f] == [
        (name, version) for version, name in enumerate(told, 1)
    ]


def test_members_do_not_moderate(ada: Caller, topic: str) -> None:
    assert ada.post(f"/topics/{topic}/lock").status_code == 403


def test_moderation_leaves_a_trace(moderator: Caller, topic: str, stack: Any, community: Any) -> None:
    moderator.made(f"/topics/{topic}/lock", None)
    sql = f"SELECT action, resource, actor_id FROM audit WHERE community_id = '{community}' ORDER BY seq"
    assert stack.rows("engagement", sql)[-1] == ("topic.lock", topic, str(moderator.member_id))


def test_an_unchanged_topic_is_not_sent_twice(ada: Caller, topic: str) -> None:
    tag = ada.get(f"/topics/{topic}").headers["etag"]
    assert ada.get(f"/topics/{topic}", If_None_Match=tag).status_code == 304

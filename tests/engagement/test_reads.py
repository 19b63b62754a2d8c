"""Reads: batches of topics a member looked at, told without any text."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from tests.engagement.conftest import Caller

Facts = Callable[..., list[dict[str, Any]]]


def test_reads_are_recorded_and_told(ben: Caller, topic: str, facts: Facts) -> None:
    given = [{"topic_id": topic}] * 300 + [{"topic_id": topic, "at": "2020-01-02T03:04:05+02:00"}]
    assert ben.made("/reads", {"items": given}) == {"recorded": 301, "refused": []}
    told = facts("presence_read_recorded")
    assert [len(fact["reads"]) for fact in told] == [250, 51]
    assert {(f["member_id"], f["aggregate_version"]) for f in told} == {(str(ben.member_id), 1)}
    assert told[0]["presence_id"] != told[1]["presence_id"]
    assert told[1]["reads"][-1]["at"] in ("2020-01-02T01:04:05Z", "2020-01-02T03:04:05+02:00")


def test_what_cannot_be_is_left_out(ben: Caller, topic: str, facts: Facts) -> None:
    given = [
        {"topic_id": topic},
        {"topic_id": str(uuid4())},
        {"topic_id": topic, "at": "1969-12-31T23:59:59Z"},
        {"topic_id": topic, "at": "2999-01-01T00:00:00Z"},
    ]
    answer = ben.made("/reads", {"items": given})
    assert answer["recorded"] == 1
    assert [(r["index"], r["reason"]) for r in answer["refused"]] == [
        (1, "unknown-topic"),
        (2, "implausible-time"),
        (3, "implausible-time"),
    ]
    assert ben.made("/reads", {"items": given[1:]})["recorded"] == 0
    assert len(facts("presence_read_recorded")) == 1


def test_batches_are_bounded_and_members_only(ben: Caller, key: Caller, topic: str) -> None:
    assert ben.post("/reads", {"items": [{"topic_id": topic}] * 501}).status_code == 422
    assert ben.post("/reads", {"items": []}).status_code == 422
    assert key.post("/reads", {"items": [{"topic_id": topic}]}).status_code == 403

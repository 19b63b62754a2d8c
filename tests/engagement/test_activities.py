"""Outside activities: taken once by their natural key, at their own times, told in facts of bounded size."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4, uuid5

import pytest

from shared.ids import identity_id
from tests.engagement.conftest import Caller

Facts = Callable[..., list[dict[str, Any]]]
AT = "2004-04-15T14:56:01Z"


def item(ref: int, **change: Any) -> dict[str, Any]:
    return {"kind": "message", "at": AT, "subject": "7", "ref": str(ref), "thread": None} | change


def batch(*items: dict[str, Any]) -> dict[str, Any]:
    return {"provider": "activities", "items": list(items)}


def test_activities_are_taken_and_told(key: Caller, channel: str, facts: Facts, community: Any) -> None:
    given = batch(item(1), item(2, thread="t9"), item(3, subject=None))
    assert key.made(f"/channels/{channel}/activities", given) == {
        "accepted": 3,
        "duplicates": 0,
        "refused": [],
    }
    (fact,) = facts("channel_activity_ingested")
    assert fact["actor"] == {"kind": "import", "id": "activities"}
    seven = str(identity_id(community, "activities", "7"))
    assert [a["identity_id"] for a in fact["activities"]] == [seven, seven, None]
    assert {(a["kind"], a["at"]) for a in fact["activities"]} == {("message", AT)}
    threads = [a["thread"] for a in fact["activities"]]
    assert threads == [None, str(uuid5(community, "activities:topic:t9")), None]
    assert "t9" not in str(fact)


def test_a_repeated_batch_changes_nothing(key: Caller, channel: str, facts: Facts) -> None:
    path = f"/channels/{channel}/activities"
    key.made(path, batch(*(item(n) for n in range(3))))
    again = key.made(path, batch(*(item(n) for n in range(5)), item(4)))
    assert (again["accepted"], again["duplicates"]) == (2, 4)
    third = key.made(path, batch(*(item(n) for n in range(5))))
    assert (third["accepted"], third["duplicates"]) == (0, 5)
    assert key.made(path, batch(item(1, kind="vote")))["accepted"] == 1
    told = [(len(f["activities"]), f["aggregate_version"]) for f in facts("channel_activity_ingested")]
    assert told == [(3, 2), (2, 3), (1, 4)]


def test_a_full_batch_fits_into_messages(key: Caller, channel: str, facts: Facts) -> None:
    given = batch(*(item(n, kind="k" * 32, thread=f"t{n}", subject=f"s{n}") for n in range(500)))
    assert key.made(f"/channels/{channel}/activities", given)["accepted"] == 500
    assert [len(f["activities"]) for f in facts("channel_activity_ingested")] == [250, 250]
    assert key.get(f"/channels/{channel}").json()["version"] == 3


def test_impossible_times_are_left_out_one_by_one(key: Caller, channel: str) -> None:
    given = batch(item(1, at="1969-12-31T23:59:59Z"), item(2), item(3, at="2999-01-01T00:00:00Z"))
    answer = key.made(f"/channels/{channel}/activities", given)
    assert (answer["accepted"], answer["duplicates"]) == (1, 0)
    assert [(r["index"], r["reason"]) for r in answer["refused"]] == [
        (0, "implausible-time"),
        (2, "implausible-time"),
    ]


def test_batches_at_once_take_each_activity_once(
    caller: Callable[..., Caller], channel: str, facts: Facts
) -> None:
    clients = [caller() for _ in range(4)]

    def send(number: int) -> int:
        given = batch(*(item(n) for n in range(number * 10, number * 10 + 100)))
        return int(clients[number % 4].made(f"/channels/{channel}/activities", given)["accepted"])

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(send, range(8))) == 170
    ids = [a["activity_id"] for f in facts("channel_activity_ingested") for a in f["activities"]]
    assert len(ids) == len(set(ids)) == 170


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "a:b"},
        {"kind": "A"},
        {"kind": "x" * 33},
        {"ref": ""},
        {"ref": "x" * 201},
        {"at": "2004-04-15T14:56:01"},
        {"at": "yesterday"},
        {"member_id": str(uuid4())},
    ],
)
def test_unreadable_items_refuse_the_batch(key: Caller, channel: str, change: dict[str, Any]) -> None:
    path = f"/channels/{channel}/activities"
    assert key.post(path, batch(item(1), item(2) | change)).status_code == 422
    assert key.made(path, batch(item(1)))["accepted"] == 1


def test_batches_are_bounded_for_admins_and_known_channels(
    key: Caller, moderator: Caller, channel: str
) -> None:
    path = f"/channels/{channel}/activities"
    assert key.post(path, batch(*(item(n) for n in range(501)))).status_code == 422
    assert moderator.post(path, batch(item(1))).status_code == 403
    assert key.post(f"/channels/{uuid4()}/activities", batch(item(1))).status_code == 404

"""How long people wait for an answer: topics and posts, unknown authors, open questions."""

from typing import Any

from shared.testing import eventually
from tests.metrics.conftest import Community, at


def import_topics(place: Community, items: list[dict[str, Any]]) -> None:
    channel = place.engagement.post(
        f"{place.path}/channels", json={"name": "history", "kind": "forum"}
    ).json()["id"]
    rows = [
        {"kind": "question", "title": "A title", "body": "A body", "tags": [], "score": 0} | one
        for one in items
    ]
    body = {"provider": "stackexchange", "channel_id": channel, "items": rows}
    done = place.engagement.post(f"{place.path}/topics/import", json=body)
    assert done.status_code == 200, done.text
    assert {one["outcome"] for one in done.json()["items"]} == {"created"}


def import_posts(place: Community, items: list[dict[str, Any]]) -> None:
    rows = [
        {"kind": "answer", "body": "A body", "score": 0, "reply_to_ref": None, "accepted": False} | one
        for one in items
    ]
    done = place.engagement.post(
        f"{place.path}/posts/import", json={"provider": "stackexchange", "items": rows}
    )
    assert done.status_code == 200, done.text
    assert {one["outcome"] for one in done.json()["items"]} == {"created"}


def test_questions_wait_for_somebody_else(place: Community) -> None:
    import_topics(
        place,
        [
            {"ref": "1", "subject": "ada", "at": at(0, 0)},
            {"ref": "2", "subject": None, "at": at(0, 1)},
            {"ref": "3", "subject": "bob", "at": at(0, 2)},
        ],
    )
    import_posts(
        place,
        [
            {"ref": "4", "topic_ref": "1", "subject": "ada", "at": at(0, 1)},
            {"ref": "5", "topic_ref": "1", "subject": "bob", "at": at(0, 3)},
            {"ref": "6", "topic_ref": "2", "subject": "ada", "at": at(0, 2)},
            {"ref": "7", "topic_ref": "3", "subject": None, "at": at(0, 4)},
            {"ref": "8", "topic_ref": "3", "subject": "bob", "at": at(0, 10)},
        ],
    )
    eventually(lambda: place.one("content_count")["value"] == 6)
    point = place.one("first_response")
    assert (point["n"], point["value"], point["p50"]) == (3, 3 * 3600, 3 * 3600)
    assert point["p90"] is None
    assert point["observed"] == 8 * 3600
    assert point["unanswered_share"] == 1 / 3
    assert place.one("content_count")["unattributed"] == 2
    assert place.one("gini")["n"] == 2

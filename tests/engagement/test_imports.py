"""Imports of topics and posts: history at its own time, repeatable, one answer per item."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4, uuid5

import pytest

from shared.ids import identity_id
from tests.engagement.conftest import Caller

Facts = Callable[..., list[dict[str, Any]]]
AT = "2011-10-11T19:42:20.713000Z"


def topic(ref: str, **change: Any) -> dict[str, Any]:
    return {
        "ref": ref,
        "kind": "question",
        "title": "Why?",
        "body": "Because",
        "tags": ["x"],
        "subject": "12",
        "at": AT,
        "score": 18,
    } | change


def answer(ref: str, topic_ref: str, **change: Any) -> dict[str, Any]:
    return {
        "ref": ref,
        "topic_ref": topic_ref,
        "reply_to_ref": None,
        "kind": "answer",
        "body": "So",
        "subject": "31",
        "at": AT,
        "score": -2,
        "accepted": False,
    } | change


class Dump:
    """Imports into one channel of the caller's community."""

    def __init__(self, key: Caller, channel: str) -> None:
        self.key = key
        self.channel = channel

    def topics(self, *items: dict[str, Any]) -> list[tuple[str, str | None]]:
        given = {"provider": "stackexchange", "channel_id": self.channel, "items": list(items)}
        return self._outcomes("/topics/import", given)

    def posts(self, *items: dict[str, Any]) -> list[tuple[str, str | None]]:
        return self._outcomes("/posts/import", {"provider": "stackexchange", "items": list(items)})

    def _outcomes(self, path: str, given: dict[str, Any]) -> list[tuple[str, str | None]]:
        items = self.key.made(path, given)["items"]
        assert [each["ref"] for each in items] == [each["ref"] for each in given["items"]]
        return [(each["outcome"], each["reason"]) for each in items]

    def id(self, kind: str, ref: str) -> str:
        return str(uuid5(self.key.community, f"stackexchange:{kind}:{ref}"))


CREATED, CHANGED, UNCHANGED = ("created", None), ("changed", None), ("unchanged", None)


@pytest.fixture
def dump(key: Caller, channel: str) -> Dump:
    return Dump(key, channel)


def test_topics_come_with_their_times_and_authors(dump: Dump, key: Caller, facts: Facts) -> None:
    assert dump.topics(topic("1"), topic("2", subject=None)) == [CREATED, CREATED]
    found = key.get(f"/topics/{dump.id('topic', '1')}").json()
    author = str(identity_id(key.community, "stackexchange", "12"))
    expected = {"title": "Why?", "score": 18, "author_identity_id": author, "author_member_id": None}
    assert found | expected == found
    assert found["created_at"] == "2011-10-11T19:42:20.713000Z"
    assert found["updated_at"] > "2020"
    told = facts("topic_created")
    assert [(f["identity_id"], f["member_id"]) for f in told] == [(author, None), (None, None)]
    assert {f["occurred_at"] for f in told} == {"2011-10-11T19:42:20.713000Z"}
    assert {f["actor"]["kind"] for f in told} == {"import"}


def test_a_second_import_changes_nothing(dump: Dump, facts: Facts, stack: Any) -> None:
    topics = [topic(str(n)) for n in range(20)]
    posts = [answer(f"a{n}", str(n), accepted=n % 3 == 0, reply_to_ref=f"a{n - 1}") for n in range(20)]
    assert dump.topics(*topics) == [CREATED] * 20
    assert dump.posts(*posts) == [CREATED] * 20
    sql = f"SELECT id, version, updated_at FROM topic WHERE community_id = '{dump.key.community}' ORDER BY id"
    before, told = stack.rows("engagement", sql), len(facts())
    assert dump.topics(*topics) == [UNCHANGED] * 20
    assert dump.posts(*posts) == [UNCHANGED] * 20
    assert (stack.rows("engagement", sql), len(facts())) == (before, told)


def test_what_changed_is_taken_over_with_a_revision_of_the_text(
    dump: Dump, key: Caller, facts: Facts
) -> None:
    dump.topics(topic("1"))
    dump.posts(answer("2", "1"))
    post = dump.id("post", "2")
    assert dump.posts(answer("2", "1", score=5)) == [CHANGED]
    assert key.get(f"/posts/{post}/revisions").json()["items"] == []
    assert dump.posts(answer("2", "1", score=5, body="So, then")) == [CHANGED]
    revisions = key.get(f"/posts/{post}/revisions").json()["items"]
    assert [(r["revised_version"], r["body"]) for r in revisions] == [(2, "So")]
    found = key.get(f"/posts/{post}").json()
    assert (found["body"], found["score"], found["version"]) == ("So, then", 5, 3)
    assert dump.topics(topic("1", title="Why not?")) == [CHANGED]
    assert key.get(f"/topics/{dump.id('topic', '1')}").json()["title"] == "Why not?"
    assert [f["aggregate_version"] for f in facts("post_edited")] == [2, 3]
    assert [f["aggregate_version"] for f in facts("topic_edited")] == [2]


def test_a_post_replies_to_a_post_that_comes_later(dump: Dump, key: Caller) -> None:
    dump.topics(topic("1"))
    assert dump.posts(answer("c1", "1", kind="comment", reply_to_ref="a1"), answer("a1", "1")) == [
        CREATED,
        CREATED,
    ]
    assert key.get(f"/posts/{dump.id('post', 'c1')}").json()["reply_to"] == dump.id("post", "a1")


def test_an_accepted_post_is_named_by_its_topic(dump: Dump, key: Caller) -> None:
    def accepted() -> str | None:
        found: str | None = key.get(f"/topics/{dump.id('topic', '1')}").json()["accepted_post_id"]
        return found

    dump.topics(topic("1"))
    dump.posts(answer("2", "1"), answer("3", "1", accepted=True))
    assert accepted() == dump.id("post", "3")
    dump.posts(answer("2", "1", accepted=True), answer("3", "1"))
    assert accepted() == dump.id("post", "2")
    dump.posts(answer("2", "1"))
    assert accepted() is None


def test_bad_items_do_not_stop_the_rest(dump: Dump) -> None:
    assert dump.topics(topic("1"), topic("1"), topic("2", at="2999-01-01T00:00:00Z"), topic("3")) == [
        CREATED,
        ("refused", "repeated-in-batch"),
        ("refused", "implausible-time"),
        CREATED,
    ]
    assert dump.posts(
        answer("1", "nowhere"),
        answer("2", "1"),
        answer("2", "1"),
        answer("3", "3", at="1969-01-01T00:00:00Z"),
        answer("4", "3"),
    ) == [
        ("refused", "unknown-topic"),
        CREATED,
        ("refused", "repeated-in-batch"),
        ("refused", "implausible-time"),
        CREATED,
    ]


def test_topics_of_another_community_are_unknown(
    dump: Dump, caller: Callable[..., Caller], channel: str
) -> None:
    dump.topics(topic("1"))
    stranger = caller(within=uuid4())
    given = {"provider": "stackexchange", "channel_id": channel, "items": [topic("1")]}
    assert stranger.post("/topics/import", given).status_code == 404
    assert Dump(stranger, channel).posts(answer("2", "1")) == [("refused", "unknown-topic")]


def test_a_post_deleted_here_does_not_come_back(dump: Dump, key: Caller) -> None:
    dump.topics(topic("1"))
    dump.posts(answer("2", "1"))
    post = f"/posts/{dump.id('post', '2')}"
    assert key.ask("DELETE", post, If_Match='"1"').status_code == 204
    assert dump.posts(answer("2", "1", body="back again")) == [UNCHANGED]
    assert key.get(post).json()["body"] is None


def test_history_enters_locked_topics_and_keeps_its_order(dump: Dump, key: Caller) -> None:
    dump.topics(topic("1"))
    path = f"/topics/{dump.id('topic', '1')}"
    key.made(f"{path}/lock", None)
    dump.posts(*(answer(str(n), "1", body=str(n), at=f"2012-01-0{9 - n}T00:00:00Z") for n in range(1, 6)))
    assert [p["body"] for p in key.get(f"{path}/posts").json()["items"]] == ["5", "4", "3", "2", "1"]


def test_imports_at_once_agree(caller: Callable[..., Caller], channel: str, facts: Facts) -> None:
    dumps = [Dump(caller(), channel) for _ in range(4)]

    def run(number: int) -> list[tuple[str, str | None]]:
        topics = dumps[number].topics(*(topic(str(n)) for n in range(20)))
        return topics + dumps[number].posts(*(answer(f"a{n}", str(n), accepted=True) for n in range(20)))

    with ThreadPoolExecutor(4) as pool:
        outcomes = [outcome for each in pool.map(run, range(4)) for outcome in each]
    assert (outcomes.count(CREATED), outcomes.count(UNCHANGED)) == (40, 120)
    assert len(facts("topic_created")) == len(facts("post_created")) == len(facts("topic_edited")) == 20


@pytest.mark.parametrize("path", ["/topics/import", "/posts/import"])
def test_only_admins_import(path: str, moderator: Caller, channel: str) -> None:
    about = {"provider": "stackexchange"} | ({"channel_id": channel} if "topics" in path else {})
    items = [topic("1") if "topics" in path else answer("1", "1")]
    assert moderator.post(path, about | {"items": items}).status_code == 403

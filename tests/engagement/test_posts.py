"""Posts: written into open topics, edited by their authors, deleted by authors and moderators."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.engagement.conftest import Caller

Facts = Callable[..., list[dict[str, Any]]]


def test_posts_of_a_topic_come_in_order_page_by_page(ada: Caller, ben: Caller, topic: str) -> None:
    for number in range(5):
        (ada, ben)[number % 2].made(f"/topics/{topic}/posts", {"body": str(number)})
    bodies, cursor = [], ""
    while True:
        page = ada.get(f"/topics/{topic}/posts?limit=2{cursor}").json()
        bodies += [each["body"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert bodies == ["0", "1", "2", "3", "4"]


def test_a_reply_names_a_post_of_its_topic(
    ada: Caller, channel: str, topic: str, post: str, facts: Facts
) -> None:
    reply = ada.made(f"/topics/{topic}/posts", {"body": "re", "kind": "comment", "reply_to": post})
    assert reply["reply_to"] == post
    assert facts("post_created")[-1] | {"reply_to": post, "kind": "comment"} == facts("post_created")[-1]
    other = ada.made("/topics", {"channel_id": channel, "title": "t", "body": "b"})["id"]
    for path, target in ((other, post), (topic, str(uuid4()))):
        refused = ada.post(f"/topics/{path}/posts", {"body": "re", "reply_to": target})
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/reply-to-unknown")


def test_locked_and_archived_topics_take_no_posts(ada: Caller, moderator: Caller, topic: str) -> None:
    for verb, allowed in (("lock", ["archived", "open"]), ("archive", [])):
        moderator.made(f"/topics/{topic}/{verb}", None)
        refused = ada.post(f"/topics/{topic}/posts", {"body": "too late"})
        assert (refused.status_code, refused.json()["allowed"]) == (409, allowed)
        assert refused.json()["type"] == "/problems/invalid-transition"
    assert ada.get(f"/topics/{topic}/posts").json()["items"] == []


def test_only_the_author_edits_and_revisions_stay_readable(
    ada: Caller, moderator: Caller, post: str, facts: Facts
) -> None:
    def edit(who: Caller, body: str, tag: str) -> Any:
        return who.ask("PATCH", f"/posts/{post}", {"body": body}, If_Match=tag)

    assert ada.ask("PATCH", f"/posts/{post}", {"body": "x"}).status_code == 428
    assert edit(moderator, "mine now", '"1"').status_code == 403
    assert edit(ada, "second", '"9"').status_code == 412
    for number, body in enumerate(("second", "second", "third"), 1):
        changed = edit(ada, body, f'"{number}"')
        assert (changed.status_code, changed.json()["body"]) == (200, body)
        assert changed.headers["etag"] == f'"{number + 1}"'
    revisions = moderator.get(f"/posts/{post}/revisions").json()["items"]
    assert [(r["revised_version"], r["body"]) for r in revisions] == [(1, "first"), (3, "second")]
    assert [f["aggregate_version"] for f in facts("post_edited")] == [2, 3, 4]
    assert edit(ada, "x", '"1"').status_code == 412


def test_of_many_edits_with_one_tag_one_counts(ada: Caller, post: str) -> None:
    def edit(number: int) -> int:
        return ada.ask("PATCH", f"/posts/{post}", {"body": f"e{number}"}, If_Match='"1"').status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(edit, range(16)))
    assert answers == [200] + [412] * 15
    assert ada.get(f"/posts/{post}").json()["version"] == 2


@pytest.mark.parametrize("who", ["author", "moderator", "key"])
def test_a_deleted_post_keeps_its_place_without_its_text(
    who: str, ada: Caller, moderator: Caller, key: Caller, topic: str, post: str, facts: Facts, stack: Any
) -> None:
    ada.ask("PATCH", f"/posts/{post}", {"body": "needle"}, If_Match='"1"')
    deleter = {"author": ada, "moderator": moderator, "key": key}[who]
    assert deleter.ask("DELETE", f"/posts/{post}").status_code == 428
    assert deleter.ask("DELETE", f"/posts/{post}", If_Match='"2"').status_code == 204
    gone = ada.get(f"/posts/{post}").json()
    assert (gone["state"], gone["body"], gone["version"]) == ("deleted", None, 3)
    assert ada.get(f"/topics/{topic}/posts").json()["items"][0]["body"] is None
    assert ada.get(f"/posts/{post}/revisions").json()["items"] == []
    assert [f["aggregate_version"] for f in facts("post_deleted")] == [3]
    again = deleter.ask("DELETE", f"/posts/{post}", If_Match='"3"')
    assert (again.status_code, again.json()["type"]) == (409, "/problems/invalid-transition")
    edited = ada.ask("PATCH", f"/posts/{post}", {"body": "back"}, If_Match='"3"')
    assert (edited.status_code, edited.json()["allowed"]) == (409, [])
    audited = stack.rows("engagement", f"SELECT count(*) FROM audit WHERE resource = '{post}'")
    assert audited == [(0 if who == "author" else 1,)]


def test_another_member_deletes_nothing(ben: Caller, post: str) -> None:
    refused = ben.ask("DELETE", f"/posts/{post}", If_Match='"1"')
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-yours")
    assert ben.get(f"/posts/{post}").json()["state"] == "visible"


def test_a_guest_says_nothing(caller: Callable[..., Caller], topic: str) -> None:
    assert caller("guest").post(f"/topics/{topic}/posts", {"body": "hi"}).status_code == 403


def test_another_communitys_post_is_unknown(caller: Callable[..., Caller], post: str, topic: str) -> None:
    stranger = caller("owner", within=uuid4())
    for method, path, body in (
        ("GET", f"/posts/{post}", None),
        ("GET", f"/posts/{post}/revisions", None),
        ("GET", f"/topics/{topic}/posts", None),
        ("POST", f"/topics/{topic}/posts", {"body": "x"}),
        ("PATCH", f"/posts/{post}", {"body": "x"}),
        ("DELETE", f"/posts/{post}", None),
        ("PUT", f"/posts/{post}/reactions/like", None),
    ):
        missing_path = path.replace(post, str(uuid4())).replace(topic, str(uuid4()))
        theirs = stranger.ask(method, path, body, If_Match='"1"')
        missing = stranger.ask(method, missing_path, body, If_Match='"1"')
        assert theirs.status_code == missing.status_code == 404, path
        assert theirs.content == missing.content

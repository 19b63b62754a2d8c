"""Reactions: one per member and kind, whoever asks how often and at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.engagement.conftest import Caller

Facts = Callable[..., list[dict[str, Any]]]


def test_a_reaction_is_put_and_taken_back(
    ada: Caller, ben: Caller, topic: str, post: str, facts: Facts
) -> None:
    like = f"/posts/{post}/reactions/like"
    steps = [
        (ada, "PUT", {"like": 1}),
        (ada, "PUT", {"like": 1}),
        (ben, "PUT", {"like": 2}),
        (ada, "DELETE", {"like": 1}),
        (ada, "DELETE", {"like": 1}),
        (ada, "PUT", {"like": 2}),
        (ben, "DELETE", {"like": 1}),
        (ada, "DELETE", {}),
    ]
    for who, method, counts in steps:
        answer = who.ask(method, like)
        assert (answer.status_code, answer.json()) == (200, {"post_id": post, "reactions": counts})
        assert ada.get(f"/topics/{topic}/posts").json()["items"][0]["reactions"] == counts
    told = [(f["member_id"], f["active"], f["aggregate_version"]) for f in facts("post_reacted")]
    a, b = str(ada.member_id), str(ben.member_id)
    assert told == [(a, True, 1), (b, True, 1), (a, False, 2), (a, True, 3), (b, False, 2), (a, False, 4)]


def test_taking_back_what_is_not_there_changes_nothing(ada: Caller, post: str, facts: Facts) -> None:
    assert ada.ask("DELETE", f"/posts/{post}/reactions/thanks").json()["reactions"] == {}
    assert facts("post_reacted") == []


def test_a_reaction_counts_once_under_concurrency(
    caller: Callable[..., Caller], ada: Caller, post: str, facts: Facts
) -> None:
    members = [caller("member") for _ in range(4)]

    def put(number: int) -> int:
        return members[number % 4].ask("PUT", f"/posts/{post}/reactions/like").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(put, range(24))) == {200}
    assert ada.ask("DELETE", f"/posts/{post}/reactions/like").json()["reactions"] == {"like": 4}
    assert len(facts("post_reacted")) == 4


def test_unknown_kinds_keys_and_deleted_posts_are_refused(ada: Caller, key: Caller, post: str) -> None:
    assert ada.ask("PUT", f"/posts/{post}/reactions/poke").status_code == 422
    refused = key.ask("PUT", f"/posts/{post}/reactions/like")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/members-only")
    assert ada.ask("DELETE", f"/posts/{post}", If_Match='"1"').status_code == 204
    assert ada.ask("PUT", f"/posts/{post}/reactions/like").status_code == 409


def test_a_reaction_does_not_make_a_tag_stale(ada: Caller, ben: Caller, post: str) -> None:
    assert ben.ask("PUT", f"/posts/{post}/reactions/insightful").status_code == 200
    assert ada.ask("PATCH", f"/posts/{post}", {"body": "x"}, If_Match='"1"').status_code == 200

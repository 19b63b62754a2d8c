"""Somebody is erased: their words go for good, everybody else's stay, and nothing comes back."""

import base64
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.ids import identity_id
from shared.testing import Cluster, eventually
from tests.engagement.conftest import Caller
from tests.erasing import ask_erasure, counts, erase, finished, found, receipt, receipts

NEEDLE = "Nädel"


@pytest.fixture
def needle() -> str:
    """A text nobody else writes, with a letter that JSON may escape."""
    return f"{NEEDLE}{uuid4().hex}"


def member_of(caller: Caller) -> UUID:
    assert caller.member_id is not None
    return caller.member_id


def test_the_words_go_and_the_thread_stays(
    stack: Cluster, community: UUID, ada: Caller, ben: Caller, channel: str, needle: str
) -> None:
    given = {"channel_id": channel, "title": needle, "body": needle, "tags": [needle[:40]]}
    topic = ada.made("/topics", given)["id"]
    post = ada.made(f"/topics/{topic}/posts", {"body": needle})
    edited = ada.ask("PATCH", f"/posts/{post['id']}", {"body": f"{needle} again"}, If_Match='"1"')
    assert edited.is_success
    reply = ben.made(f"/topics/{topic}/posts", {"body": "indeed", "reply_to": post["id"]})
    for who in (ada, ben):
        assert who.ask("PUT", f"/posts/{reply['id']}/reactions/like").is_success
    assert ada.post("/reads", {"items": [{"topic_id": topic}]}).is_success
    assert found(stack, "engagement", needle)

    erased = erase(stack, "engagement", community, members=(member_of(ada),))

    assert erased == {"post": 1, "presence": 1, "reaction": 1, "revision": 1, "topic": 1}
    shown = ben.get(f"/topics/{topic}").json()
    assert (shown["title"], shown["body"], shown["tags"]) == ("[erased]", "", [])
    assert (shown["author_member_id"], shown["version"]) == (None, 2)
    posts = ben.get(f"/topics/{topic}/posts").json()["items"]
    assert [(each["body"], each["state"], each["author_member_id"]) for each in posts] == [
        (None, "deleted", None),
        ("indeed", "visible", str(ben.member_id)),
    ]
    assert posts[1]["reply_to"] == post["id"]
    assert posts[1]["reactions"] == {"like": 1}
    assert found(stack, "engagement", needle) == []


def test_every_change_is_told(
    stack: Cluster, community: UUID, ada: Caller, post: str, topic: str, facts: Callable[..., list[Any]]
) -> None:
    erase(stack, "engagement", community, members=(member_of(ada),))
    told = facts()
    deleted = {"name": "post_deleted", "post_id": post, "aggregate_version": 2}
    assert any(deleted.items() <= fact.items() for fact in told)
    edited = {"name": "topic_edited", "topic_id": topic, "aggregate_version": 2}
    assert any(edited.items() <= fact.items() for fact in told)
    assert not any("title" in fact or "body" in fact for fact in told)


def test_answers_kept_for_repeats_go_as_well(
    stack: Cluster, community: UUID, ada: Caller, ben: Caller, topic: str, needle: str
) -> None:
    path = f"/topics/{topic}/posts"
    assert ada.post(path, {"body": needle}, Idempotency_Key=uuid4().hex).is_success
    others = uuid4().hex
    assert ben.post(path, {"body": "mine"}, Idempotency_Key=others).is_success
    assert erase(stack, "engagement", community, members=(member_of(ada),))["idempotency"] == 1
    assert found(stack, "engagement", needle) == []
    assert stack.rows("engagement", f"SELECT 1 FROM idempotency WHERE key = '{others}'")


def test_who_is_erased_writes_no_more(
    stack: Cluster, community: UUID, ada: Caller, key: Caller, channel: str, topic: str, post: str
) -> None:
    erase(stack, "engagement", community, members=(member_of(ada),))
    start = {"channel_id": channel, "title": "t", "body": "b"}
    attempts = [
        ada.post("/topics", start),
        ada.post(f"/topics/{topic}/posts", {"body": "b"}),
        ada.ask("PUT", f"/posts/{post}/reactions/like"),
        ada.post("/reads", {"items": [{"topic_id": topic}]}),
        key.post("/topics", start | {"author_member_id": str(ada.member_id)}),
    ]
    assert [(each.status_code, each.json()["type"]) for each in attempts] == [
        (403, "/problems/person-erased")
    ] * len(attempts)


def test_an_import_brings_nothing_back(
    stack: Cluster, community: UUID, key: Caller, channel: str, needle: str
) -> None:
    at = "2024-01-01T00:00:00Z"

    def topics(subject: str | None) -> dict[str, Any]:
        item = {"ref": "1", "kind": "question", "title": needle, "body": needle, "subject": subject, "at": at}
        given = {"provider": "slack", "channel_id": channel, "items": [item]}
        [answer] = key.made("/topics/import", given)["items"]
        return dict(answer)

    def posts() -> list[dict[str, Any]]:
        item = {"topic_ref": "1", "kind": "answer", "at": at}
        theirs = item | {"ref": "2", "body": needle, "subject": "ada"}
        others = item | {"ref": "3", "body": "another", "subject": "ben"}
        given = {"provider": "slack", "items": [theirs, others]}
        return list(key.made("/posts/import", given)["items"])

    def ingest(ref: str) -> dict[str, Any]:
        item = {"kind": "message", "at": at, "subject": "ada", "ref": ref}
        return key.made(f"/channels/{channel}/activities", {"provider": "slack", "items": [item]})

    topic = topics("ada")["id"]
    assert [each["outcome"] for each in posts()] == ["created", "created"]
    assert ingest(f"{needle}-1")["accepted"] == 1
    ada = identity_id(community, "slack", "ada")

    erased = erase(stack, "engagement", community, identities=(ada,))

    assert erased == {"activity": 1, "post": 1, "topic": 1}
    assert topics("ada")["reason"] == "erased"
    assert topics(None)["outcome"] == "unchanged"
    assert [(each["outcome"], each["reason"]) for each in posts()] == [
        ("refused", "erased"),
        ("unchanged", None),
    ]
    assert ingest(f"{needle}-1")["duplicates"] == 1
    assert ingest(f"{needle}-2")["accepted"] == 1
    sql = f"SELECT identity_id, ref FROM activity WHERE community_id = '{community}'"
    assert stack.rows("engagement", sql) == [(None, ""), (None, "")]
    assert key.get(f"/topics/{topic}").json()["body"] == ""
    assert found(stack, "engagement", needle) == []


def test_asked_again_there_is_one_receipt(stack: Cluster, community: UUID, ada: Caller, post: str) -> None:
    request = ask_erasure(stack, community, members=(member_of(ada),))
    first = receipt(stack, "engagement", request)
    assert counts(first) == {"post": 1, "topic": 1}
    assert first["retained"] == ["audit_trail", "facts"]
    ask_erasure(stack, community, members=(member_of(ada),), request=request)
    sql = f"SELECT 1 FROM inbox WHERE consumer = 'engagement' AND fact_id = '{first['fact_id']}'"
    assert stack.rows("engagement", sql) == []
    stack.wait_converged()
    eventually(lambda: finished(stack, "engagement", request))
    assert receipts(stack, "engagement", request) == [first]
    assert post


def test_another_communitys_rows_stay(
    stack: Cluster, caller: Callable[..., Caller], community: UUID, ada: Caller, post: str
) -> None:
    elsewhere = caller("member", member_id=ada.member_id, within=uuid4())
    assert erase(stack, "engagement", elsewhere.community, members=(member_of(ada),)) == {}
    assert ada.get(f"/posts/{post}").json()["body"] == "first"
    assert community != elsewhere.community


def test_a_long_erasure_survives_being_killed(cluster: Callable[..., Cluster], needle: str) -> None:
    """Killed between two chunks, three times: everything goes, and is told of once."""
    from shared.identity import Actor

    own = cluster(("engagement",))
    community, member = uuid4(), uuid4()
    actor = Actor("member", str(member), uuid4(), member, roles=frozenset({"member"}))
    with own.direct("engagement") as owner, own.direct("engagement", actor) as client:
        key, ada = Caller(owner, community), Caller(client, community, member)
        channel = key.made("/channels", {"name": "General", "kind": "internal"})["id"]
        topic = ada.made("/topics", {"channel_id": channel, "title": "t", "body": "b"})["id"]
        for _ in range(450):
            ada.made(f"/topics/{topic}/posts", {"body": needle})
        own.crash_at("engagement", "mid_erasure")
        request = ask_erasure(own, community, members=(member,))
        for _ in range(2):
            # Armed again before the next process has got so far.
            eventually(lambda: not (own.home / "crash").exists(), within=15)
            own.crash_at("engagement", "mid_erasure")
        done = receipt(own, "engagement", request, within=30)
        assert not (own.home / "crash").exists(), "it died three times"
        assert counts(done) == {"post": 450, "topic": 1}
        assert found(own, "engagement", needle) == []
        sql = "SELECT count(*) FROM outbox WHERE subject LIKE '%.post_deleted.%'"
        assert own.rows("engagement", sql) == [(450,)]


def test_a_fact_set_aside_loses_whoever_is_erased(stack: Cluster, community: UUID, ada: Caller) -> None:
    """One about them alone goes; one that tells of many stays, without them."""
    about, many = uuid4(), uuid4()
    person, other = member_of(ada), uuid4()
    alone = f'{{"member_id": "{person}", "actor": null}}'
    batch = f'{{"actor": {{"id": "{person}"}}, "items": [{{"by": "{person}"}}, {{"by": "{other}"}}]}}'
    for id_, payload in ((about, alone), (many, batch)):
        encoded = base64.b16encode(payload.encode()).decode()
        text = f"'\\x{encoded}'" if stack.postgres is not None else f"x'{encoded}'"
        values = f"'{id_}', 'x', 'x.v1', {text}, 'X', 1, '2026-01-01T00:00:00.000000Z', 'redriven'"
        columns = "id, consumer, subject, payload, error_class, failures, parked_at, status"
        stack.execute("engagement", f"INSERT INTO dead_letter ({columns}) VALUES ({values})")
    assert erase(stack, "engagement", community, members=(person,))["dead_letter"] == 2
    left = stack.rows("engagement", f"SELECT payload FROM dead_letter WHERE id IN ('{about}', '{many}')")
    assert [bytes(row[0]) for row in left] == [
        f'{{"actor": null, "items": [{{"by": null}}, {{"by": "{other}"}}]}}'.encode()
    ]


def test_an_export_has_everything_once(
    stack: Cluster, community: UUID, ada: Caller, ben: Caller, topic: str, needle: str
) -> None:
    for _ in range(205):
        ada.made(f"/topics/{topic}/posts", {"body": needle})
    ben.made(f"/topics/{topic}/posts", {"body": "not Ada's"})
    assert ada.post("/reads", {"items": [{"topic_id": topic}]}).is_success
    asked = {"community_id": str(community), "member_ids": [str(ada.member_id)], "identity_ids": []}
    items: dict[str, list[dict[str, Any]]] = {}
    after: str | None = None
    with membership_asks(stack) as membership:
        while True:
            body: dict[str, Any] = asked | {"person_ids": [], "after": after}
            answer = membership.post("/internal/privacy/export", json=body)
            assert answer.status_code == 200, answer.text
            for table, rows in answer.json()["items"].items():
                items.setdefault(table, []).extend(rows)
            after = answer.json()["next"]
            if after is None:
                break
    assert {table: len(rows) for table, rows in items.items()} == {"post": 205, "presence": 1, "topic": 1}
    assert {row["body"] for row in items["post"]} == {needle}
    assert len({row["id"] for row in items["post"]}) == 205


def membership_asks(stack: Cluster) -> Any:
    """A client of engagement that is membership itself."""
    import httpx

    from shared.identity import service_actor
    from shared.keys import Keys
    from shared.settings import Settings
    from shared.testing.clients import plain_client
    from shared.tokens import Minter

    minter = Minter("membership", Keys.load("membership", Settings(home=stack.home)))
    token = minter.mint(service_actor("membership"), "engagement")
    client: httpx.Client = plain_client(stack.url("engagement"), headers={"Authorization": f"Bearer {token}"})
    return client

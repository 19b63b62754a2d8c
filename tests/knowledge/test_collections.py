"""Collections: where articles stand together, who looks after them, who reads and finds what is in them."""

from typing import Any
from uuid import uuid4

from shared.contracts.announced import EntitlementGranted
from shared.contracts.membership import MemberLeft
from shared.testing import Cluster, eventually
from tests.knowledge.conftest import Facts, Person, an_article
from tests.knowledge.writing import Published, ids, patch, refused
from tests.membership.conftest import Someone, at_once, codes
from tests.membership.telling import tell


def a_guide(**changes: Any) -> dict[str, Any]:
    return {"title": "Guide", "kind": "guide"} | changes


def change(who: Someone, collection: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The collection after a change of its present version."""
    path = f"/collections/{collection['id']}"
    answer = who.patch(path, changes, If_Match=who.get(path).headers["ETag"])
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


def found(who: Someone, words: str) -> list[str]:
    return ids(who.get(f"/search?q={words}"))


def test_a_collection_is_made_changed_archived_and_restored(
    editor: Someone, person: Person, facts: Facts
) -> None:
    curator = person()
    given = a_guide(description="How we do it", approvals=2, rank=3, curators=[str(curator.member_id)])
    made = editor.made("/collections", given)
    assert {name: made[name] for name in given} == given
    assert (made["state"], made["visibility"], made["version"]) == ("active", "members", 1)
    path = f"/collections/{made['id']}"
    changed = change(editor, made, {"title": "Guides", "description": None, "curators": []})
    assert (changed["title"], changed["description"], changed["curators"], changed["approvals"]) == (
        "Guides",
        None,
        [],
        2,
    )
    assert editor.made(f"{path}/archive")["state"] == "archived"
    assert refused(editor.post(f"{path}/archive"), 409, "invalid-transition")
    assert editor.post(f"{path}/archive").json()["allowed"] == ["restore"]
    assert editor.made(f"{path}/restore")["version"] == 4
    told = [fact["fact"] for fact in facts() if fact["fact"].startswith("collection_")]
    assert told == ["collection_created", "collection_changed", "collection_archived", "collection_restored"]


def test_what_is_given_is_bounded_and_versions_are_compared(editor: Someone, person: Person) -> None:
    for wrong in (
        {"title": " "},
        {"title": "x" * 201},
        {"kind": "shelf"},
        {"approvals": 6},
        {"approvals": -1},
        {"rank": 10**7},
        {"requires": "a b"},
        {"curators": [str(uuid4()) for _ in range(51)]},
        {"state": "archived"},
    ):
        assert editor.post("/collections", a_guide(**wrong)).status_code == 422, wrong
    made = editor.made("/collections", a_guide())
    path = f"/collections/{made['id']}"
    assert editor.patch(path, {"rank": 1}).status_code == 428
    assert editor.patch(path, {"title": None}, If_Match='"1"').status_code == 422
    several = [lambda: editor.patch(path, {"rank": 1}, If_Match='"1"')] * 5
    assert codes(at_once(several)) == [200, 412, 412, 412, 412]
    for other in (person(), person("organizer"), person(guest=True)):
        assert other.post("/collections", a_guide()).status_code == 403
        assert other.patch(path, {"rank": 2}, If_Match='"2"').status_code == 403
        assert other.post(f"{path}/archive").status_code == 403
    stranger = person("editor", within=uuid4())
    assert stranger.get(path).status_code == 404
    assert stranger.patch(path, {"rank": 2}, If_Match='"2"').status_code == 404
    assert stranger.post(f"{path}/archive").status_code == 404


def test_each_sees_what_they_may_read_by_rank(editor: Someone, person: Person, stack: Cluster) -> None:
    curator, member, guest = person(), person(), person(guest=True)
    open_, last, team = (
        editor.made("/collections", a_guide(**more))["id"]
        for more in (
            {"visibility": "public", "rank": 1},
            {"rank": 2, "kind": "faq"},
            {"visibility": "team", "rank": -1, "curators": [str(curator.member_id)]},
        )
    )
    gold = editor.made("/collections", a_guide(requires="gold", rank=9))["id"]
    assert ids(guest.get("/collections")) == [open_]
    assert ids(member.get("/collections")) == [open_, last]
    assert ids(curator.get("/collections")) == [team, open_, last]
    assert ids(editor.get("/collections")) == [team, open_, last, gold]
    assert ids(editor.get("/collections?kind=faq&state=active")) == [last]
    assert ids(editor.get("/collections?state=archived")) == []
    page = editor.get("/collections?limit=3").json()
    assert ids(editor.get(f"/collections?limit=3&cursor={page['next_cursor']}")) == [gold]
    assert curator.get(f"/collections/{team}").status_code == 200
    for who, hidden in ((guest, last), (member, team), (member, gold)):
        assert who.get(f"/collections/{hidden}").status_code == 404
    granted = EntitlementGranted(
        community_id=editor.community,
        entitlement_id=uuid4(),
        member_id=member.member_id or uuid4(),
        kind="gold",
        until=None,
        aggregate_version=1,
    )
    tell(stack, granted)
    eventually(lambda: ids(member.get("/collections")) == [open_, last, gold])
    assert member.get(f"/collections/{gold}").status_code == 200


def test_whoever_is_away_looks_after_nothing(editor: Someone, person: Person, stack: Cluster) -> None:
    leaves = person()
    made = editor.made("/collections", a_guide(curators=[str(leaves.member_id)]))
    tell(
        stack,
        MemberLeft(community_id=editor.community, member_id=leaves.member_id or uuid4(), aggregate_version=2),
    )
    path = f"/collections/{made['id']}"
    eventually(lambda: editor.get(path).json()["curators"] == [])
    refusal = editor.post("/collections", a_guide(curators=[str(leaves.member_id)]))
    assert refused(refusal, 422, "curator-away")


def test_what_a_collection_says_of_readers_holds_for_search_at_once(
    editor: Someone, person: Person, published: Published, stack: Cluster
) -> None:
    shelf = editor.made("/collections", a_guide())
    articles = {published(title=f"Zebra {number}", collection_id=shelf["id"])["id"] for number in range(3)}
    guest, member, other = person(guest=True), person(), person()
    everything = sorted(articles)

    def seen() -> list[int]:
        for who in (guest, member, other, editor):
            codes_ = {who.get(f"/articles/{each}").status_code == 200 for each in articles}
            assert codes_ == {bool(found(who, "zebra"))}
        return [len(found(who, "zebra")) for who in (guest, member, other, editor)]

    assert sorted(found(member, "zebra")) == everything
    assert seen() == [0, 3, 3, 3]
    change(editor, shelf, {"visibility": "public"})
    assert seen() == [3, 3, 3, 3]
    change(editor, shelf, {"visibility": "team"})
    assert seen() == [0, 0, 0, 3]
    change(editor, shelf, {"visibility": "public", "requires": "gold"})
    assert seen() == [0, 0, 0, 3]
    right: dict[str, Any] = {"community_id": editor.community, "until": None, "aggregate_version": 1}
    named: dict[str, Any] = {"member_id": member.member_id, "kind": "gold"}
    tell(stack, EntitlementGranted(entitlement_id=uuid4(), **right, **named))
    eventually(lambda: bool(found(member, "zebra")))
    assert seen() == [0, 3, 0, 3]
    # an entitlement that is called like the key to a collection opens nothing
    change(editor, shelf, {"visibility": "team", "requires": None})
    named = {"member_id": other.member_id, "kind": f"collection/{shelf['id']}"}
    tell(stack, EntitlementGranted(entitlement_id=uuid4(), **right, **named))
    named = {"member_id": other.member_id, "kind": "silver"}
    tell(stack, EntitlementGranted(entitlement_id=uuid4(), **right, **named))
    silver = editor.made("/collections", a_guide(requires="silver"))["id"]
    eventually(lambda: other.get(f"/collections/{silver}").status_code == 200)
    assert seen() == [0, 0, 0, 3]


def test_an_article_that_moves_is_found_where_it_stands(
    editor: Someone, person: Person, published: Published
) -> None:
    team = editor.made("/collections", a_guide(visibility="team"))["id"]
    article = published(title="Quokka")
    member = person()
    assert found(member, "quokka") == [article["id"]]
    assert patch(editor, article, {"collection_id": team}).status_code == 200
    assert (found(member, "quokka"), found(editor, "quokka")) == ([], [article["id"]])
    assert patch(editor, article, {"collection_id": None}).status_code == 200
    assert found(member, "quokka") == [article["id"]]


def test_an_archived_collection_keeps_what_it_has(
    editor: Someone, person: Person, published: Published
) -> None:
    shelf = editor.made("/collections", a_guide())["id"]
    article = published(title="Wombat", collection_id=shelf)
    editor.made(f"/collections/{shelf}/archive")
    member = person()
    assert member.get(f"/articles/{article['id']}").status_code == 200
    assert found(member, "wombat") == [article["id"]]
    assert refused(member.post("/articles", an_article(collection_id=shelf)), 409, "collection-closed")
    editor.made(f"/collections/{shelf}/restore")
    assert member.post("/articles", an_article(collection_id=shelf)).status_code == 201

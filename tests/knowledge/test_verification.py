"""Verifications: what was found right holds for a while, then somebody has to look again."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.knowledge.conftest import Facts, Person, an_article
from tests.knowledge.writing import Published, a_shelf, ids, patch, refused, run_out
from tests.membership.conftest import Someone


def test_a_verified_article_holds_for_a_while(
    person: Person, editor: Someone, published: Published, facts: Facts
) -> None:
    article = published(verify_every_days=10)
    path = f"/articles/{article['id']}"
    found = editor.made(f"{path}/verify", {"note": "Tried it."})
    assert found["state"] == "verified"
    lasts = datetime.fromisoformat(found["verified_until"]) - datetime.fromisoformat(found["verified_at"])
    assert lasts == timedelta(days=10)
    until = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    again = editor.made(f"{path}/verify", {"until": until.isoformat()})
    assert datetime.fromisoformat(again["verified_until"]) == until
    rows = person().get(f"{path}/verifications").json()["items"]
    assert [(row["holds"], row["note"], row["revision"]) for row in rows] == [
        (True, None, 1),
        (True, "Tried it.", 1),
    ]
    assert {row["verified_by"] for row in rows} == {str(editor.member_id)}
    assert len(facts("article_verified")) == 2


def test_who_may_say_that_it_is_right(
    stack: Cluster, community: UUID, person: Person, published: Published
) -> None:
    owner, curator, other = person(), person(), person()
    editor = person("editor")
    article = published(collection_id=a_shelf(stack, community, curators=[curator]))
    path = f"/articles/{article['id']}"
    assert patch(editor, article, {"owner_id": str(owner.member_id)}).status_code == 200
    for verb in ("verify", "mark-stale"):
        assert other.post(f"{path}/{verb}").status_code == 403
    for who in (owner, curator):
        assert who.made(f"{path}/verify")["state"] == "verified"
    assert owner.made(f"{path}/mark-stale", {"reason": "The tool has changed."})["state"] == "stale"
    assert owner.post(f"{path}/mark-stale").json()["allowed"] == ["verify", "deprecate", "archive"]
    assert owner.post(f"{path}/deprecate").status_code == 403
    newest = owner.get(f"{path}/verifications").json()["items"][0]
    assert (newest["holds"], newest["note"]) == (False, "The tool has changed.")
    assert curator.made(f"{path}/verify")["state"] == "verified"
    draft = person().made("/articles", an_article())
    assert owner.post(f"/articles/{draft['id']}/verify").status_code == 404
    assert editor.post(f"/articles/{draft['id']}/verify").json()["allowed"] == ["archive"]


@pytest.mark.either_database
@pytest.mark.parametrize("days", [-1, 0, 3651])
def test_a_verification_ends_on_a_day_to_come(editor: Someone, published: Published, days: int) -> None:
    article = published()
    until = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    answer = editor.post(f"/articles/{article['id']}/verify", {"until": until})
    assert refused(answer, 422, "unusable-date")


def test_what_ran_out_becomes_stale_once(
    stack: Cluster, editor: Someone, published: Published, facts: Facts
) -> None:
    some = [published(title=f"Number {n}") for n in range(4)]
    editor.made(f"/articles/{some[0]['id']}/verify")
    hidden, kept = some[2], some[3]
    stack.execute("knowledge", f"UPDATE article SET state = 'hidden' WHERE id = '{hidden['id']}'")
    run_out(stack, *(each["id"] for each in some[:3]))
    path = "/articles?state=stale"
    eventually(lambda: ids(editor.get(path)) == [each["id"] for each in some[:2]], within=10)
    stack.execute("knowledge", f"UPDATE article SET state = 'published' WHERE id = '{hidden['id']}'")
    eventually(lambda: len(ids(editor.get(path))) == 3, within=10)
    stale = facts("article_became_stale")
    assert sorted(fact["article_id"] for fact in stale) == sorted(each["id"] for each in some[:3])
    assert {(fact["actor"]["kind"], fact["actor"]["id"]) for fact in stale} == {("service", "knowledge")}
    assert editor.get(f"/articles/{kept['id']}").json()["state"] == "published"
    assert editor.made(f"/articles/{hidden['id']}/verify")["state"] == "verified"


def test_the_queue_holds_what_is_to_be_looked_at(
    stack: Cluster, community: UUID, person: Person, editor: Someone, published: Published
) -> None:
    owner, shelf = person(), a_shelf(stack, community)
    due, soon, later = (
        published(title=f"Number {n}", verify_every_days=d) for n, d in ((1, 100), (2, 5), (3, 90))
    )
    run_out(stack, due["id"])
    eventually(lambda: editor.get(f"/articles/{due['id']}").json()["state"] == "stale", within=10)
    assert ids(editor.get("/articles/stale")) == [due["id"]]
    assert ids(editor.get("/articles/stale?within_days=30")) == [due["id"], soon["id"]]
    assert ids(person().get("/articles/stale?within_days=365")) == [due["id"], soon["id"], later["id"]]
    assert ids(person(guest=True).get("/articles/stale")) == []
    changes = {"owner_id": str(owner.member_id), "collection_id": shelf}
    assert patch(editor, soon, changes).status_code == 200
    for only in (f"owner={owner.member_id}", f"collection={shelf}"):
        assert ids(editor.get(f"/articles/stale?within_days=30&{only}")) == [soon["id"]]
    page = editor.get("/articles/stale?within_days=365&limit=2").json()
    rest = editor.get(f"/articles/stale?within_days=365&limit=2&cursor={page['next_cursor']}")
    assert ids(rest) == [later["id"]]
    editor.made(f"/articles/{due['id']}/verify")
    assert ids(editor.get("/articles/stale")) == []
    assert editor.get("/articles/stale?within_days=3651").status_code == 422


@pytest.mark.parametrize("point", ["mid_articles_aged", "after_articles_aged"])
def test_whoever_dies_while_articles_age_tells_it_once(cluster: Callable[..., Cluster], point: str) -> None:
    alone = cluster(("knowledge",))
    community = uuid4()
    actor = Actor("key", "owner", community_id=community, roles=frozenset({"owner"}))
    with alone.direct("knowledge", actor) as client:
        key = Someone(client, community)
        made = [key.made("/articles", an_article())["id"] for _ in range(25)]
        for each in made:
            for verb in ("submit", "approve", "publish"):
                key.made(f"/articles/{each}/{verb}")
        pid = alone.crash_at("knowledge", point)
        run_out(alone, *made)
        alone.restarted("knowledge", pid)

        def all_stale() -> bool:
            with suppress(httpx.HTTPError):
                return len(ids(key.get("/articles?state=stale&limit=100"))) == 25
            return False

        eventually(all_stale, within=15)
    sql = "SELECT aggregate_id FROM outbox WHERE subject LIKE 'guildhall.knowledge.article_became_stale.%'"
    told = [str(row[0]) for row in alone.rows("knowledge", sql)]
    assert sorted(told) == sorted(made)

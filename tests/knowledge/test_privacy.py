"""Somebody is erased: what articles say stays and is nobody's, all else they said goes for good."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.knowledge.articles.forget import ARTICLES_AT_ONCE
from services.knowledge.holdings import ROWS
from shared.contracts.announced import EntitlementGranted
from shared.contracts.membership import MemberLeft, MergeApplied
from shared.facts import ActorRef
from shared.identity import Actor, service_actor
from shared.keys import Keys
from shared.settings import Settings
from shared.testing import Cluster, eventually
from shared.testing.clients import plain_client
from shared.tokens import Minter
from tests.erasing import ask_erasure, counts, erase, found, receipt
from tests.knowledge.conftest import Facts, Person, an_article
from tests.knowledge.test_attachments import a_picture
from tests.knowledge.test_people import claimed, curated, curators, id_of, tasks
from tests.knowledge.test_resources import a_resource
from tests.knowledge.writing import put
from tests.membership.conftest import Someone
from tests.membership.telling import tell

Published = Callable[..., dict[str, Any]]


@pytest.fixture
def needle() -> str:
    """A text nobody else writes, with a letter that JSON may escape."""
    return f"nädel{uuid4().hex}"


def released(author: Someone, editor: Someone, **changes: Any) -> str:
    """An article the author wrote, which the editor approved and published."""
    article = author.made("/articles", an_article(**changes))["id"]
    author.made(f"/articles/{article}/submit")
    editor.made(f"/articles/{article}/approve")
    editor.made(f"/articles/{article}/publish")
    return str(article)


def folded(needle: str) -> str:
    """As searches keep it."""
    return needle.replace("ä", "a")


def searched_for(stack: Cluster, who: Someone, needle: str) -> None:
    assert who.get(f"/search?q={needle}").status_code == 200
    sql = f"SELECT 1 FROM search_log WHERE query = '{folded(needle)}'"
    eventually(lambda: stack.rows("knowledge", sql), within=10)


def erased(stack: Cluster, who: Someone) -> dict[str, int]:
    return erase(stack, "knowledge", who.community, members=(id_of(who),))


def names(stack: Cluster, who: Someone) -> list[str]:
    """The tables that name them; the kit's own keep ids for a while."""
    kept = {"tombstone", "erasure", "audit", "outbox", "inbox", "audit_head"}
    tables = {table for table in EVERYTHING if table not in kept}
    said: list[str] = []
    for table in sorted(tables):
        rows = stack.rows("knowledge", f'SELECT * FROM "{table}"')
        said += [table for row in rows if any(str(who.member_id) in str(cell) for cell in row)]
    return said


EVERYTHING = (
    *("article", "revision", "contributor", "slug", "provenance", "rating", "deflection", "attachment"),
    *("review", "reviewer", "review_verdict", "verification", "collection", "curator", "task", "merge"),
    *("question", "answer", "answer_vote", "question_invitation", "resource", "contribution_call"),
    *("import_job", "import_document", "search_log", "entitlement", "departure", "handed_over", "hidden"),
)


def test_what_articles_say_stays_and_is_nobodys(
    stack: Cluster, person: Person, editor: Someone, facts: Facts, needle: str
) -> None:
    ada, ben = person(), person()
    article = released(ada, editor, title="How we brew", body=f"{needle} tea.", summary=f"x{needle}")
    bens = released(ben, editor)
    erased(stack, ada)
    found_again = ben.get(f"/articles/{article}").json()
    assert (found_again["title"], found_again["owner_id"], found_again["state"]) == (
        "How we brew",
        None,
        "published",
    )
    assert found(stack, "knowledge", f"x{needle}") == []
    assert found(stack, "knowledge", f"{needle} tea.")
    revisions = editor.get(f"/articles/{article}/revisions").json()["items"]
    assert {(each["author_id"], each["summary"]) for each in revisions} == {(None, None)}
    assert [fact["article_id"] for fact in facts("article_author_forgotten")] == [article]
    assert tasks(stack, ada) == [("reassign", article, article, "open")]
    assert ben.get(f"/articles/{bens}").json()["owner_id"] == str(ben.member_id)
    assert names(stack, ada) == []


def test_a_draft_that_is_theirs_alone_goes_altogether(
    stack: Cluster, person: Person, editor: Someone, facts: Facts, needle: str
) -> None:
    ada = person()
    reviewer = person()
    draft = ada.made("/articles", an_article(title=needle, body=needle, tags=[needle[:30]]))["id"]
    ada.made(f"/articles/{draft}/submit", {"reviewers": [str(reviewer.member_id)]})
    reviewer.made(f"/articles/{draft}/request-changes", {"comment": needle})
    shared = ada.made("/articles", an_article(title="Ours"))["id"]
    etag = editor.get(f"/articles/{shared}").headers["etag"]
    saved = editor.ask("PUT", f"/articles/{shared}/draft", {"body": "Better."}, If_Match=etag)
    assert saved.is_success, saved.text
    gone = erased(stack, ada)
    assert (gone["article"], gone["revision"], gone["review"], gone["slug"]) == (2, 2, 1, 1)
    assert editor.get(f"/articles/{draft}").status_code == 404
    assert editor.get(f"/articles/{shared}").json()["owner_id"] is None
    assert found(stack, "knowledge", needle) == []
    assert [fact["article_id"] for fact in facts("article_archived")] == [draft]
    assert names(stack, ada) == []


def test_their_words_go_and_the_counters_are_right(
    stack: Cluster, person: Person, editor: Someone, facts: Facts, needle: str
) -> None:
    ada, ben = person("editor"), person()
    article = ben.made("/articles", an_article())["id"]
    ben.made(f"/articles/{article}/submit")
    ada.made(f"/articles/{article}/approve", {"comment": needle})
    editor.made(f"/articles/{article}/publish")
    ada.made(f"/articles/{article}/verify", {"note": needle})
    for who, helpful in ((ada, True), (ben, True), (editor, False)):
        who.made(f"/articles/{article}/helpful", {"helpful": helpful})
    question = ada.made("/questions", {"title": f"Why {needle}?", "body": needle})["id"]
    asked = ben.made("/questions", {"title": "Where is the tea?", "body": "I cannot find it."})["id"]
    answer = ada.made(f"/questions/{asked}/answers", {"body": needle})["id"]
    bens = ben.made(f"/questions/{asked}/answers", {"body": "In the kitchen."})["id"]
    ada.made(f"/answers/{bens}/vote", {"value": 1})
    editor.made(f"/answers/{bens}/vote", {"value": 1})
    resource = ada.made("/resources", a_resource(summary=needle))["id"]
    collection = curated(editor, stack, ada, ben)
    call = claimed(stack, ada)
    sql = f"UPDATE contribution_call SET opened_by = '{ada.member_id}', description = '{needle}'"
    stack.execute("knowledge", f"{sql} WHERE id = '{call}'")
    searched_for(stack, ada, needle)
    assert found(stack, "knowledge", needle)
    assert found(stack, "knowledge", folded(needle))

    gone = erased(stack, ada)

    single = ("review_verdict", "verification", "rating", "question", "answer", "answer_vote", "resource")
    assert {table: gone[table] for table in single} == dict.fromkeys(single, 1)
    rated = editor.get(f"/articles/{article}").json()
    assert (rated["helpful"], rated["state"]) == ({"yes": 1, "no": 1}, "verified")
    left = {each["id"]: each for each in editor.get(f"/questions/{asked}/answers").json()["items"]}
    assert left[bens]["votes"] == 1
    assert answer not in left or left[answer]["body"] is None
    assert needle not in editor.get(f"/questions/{question}").text
    kept = editor.get(f"/resources/{resource}").json()
    assert (kept["title"], kept["summary"], kept["added_by"]) == ("Our handbook", None, None)
    assert curators(stack, collection) == {str(ben.member_id)}
    assert [fact["call_id"] for fact in facts("call_released")] == [str(call)]
    assert found(stack, "knowledge", needle) == []
    assert found(stack, "knowledge", folded(needle)) == [], "not as a word that was found by either"
    assert names(stack, ada) == []


def test_nothing_says_any_more_what_they_were(stack: Cluster, person: Person, community: UUID) -> None:
    ada, ben = person(), person()
    of: dict[str, Any] = {"community_id": community, "actor": ActorRef(kind="service", id="others")}
    merge: dict[str, Any] = {"merge_id": uuid4(), "merged_id": id_of(ada), "survivor_id": id_of(ben)}
    ada.made("/articles", an_article())
    granted: dict[str, Any] = {"entitlement_id": uuid4(), "member_id": id_of(ada), "kind": "x", "until": None}
    facts = (
        EntitlementGranted(**of, aggregate_version=1, **granted),
        MergeApplied(**of, aggregate_version=2, **merge),
        MemberLeft(**of, aggregate_version=3, member_id=id_of(ada)),
    )
    tell(stack, *facts)
    eventually(lambda: stack.rows("knowledge", "SELECT 1 FROM departure") != [], within=10)
    erase(stack, "knowledge", community, members=(id_of(ada), id_of(ben)))
    assert (names(stack, ada), names(stack, ben)) == ([], [])
    later = {**of, "member_id": id_of(ada)}
    tell(
        stack,
        MemberLeft(**later, aggregate_version=4),
        MergeApplied(**of, aggregate_version=5, **merge),
        EntitlementGranted(**of, aggregate_version=2, **granted),
    )
    stack.wait_converged()
    assert names(stack, ada) == [], "nobody is written down again"


def test_another_communitys_rows_stay(stack: Cluster, person: Person) -> None:
    ada = person()
    article = ada.made("/articles", an_article())["id"]
    assert erase(stack, "knowledge", uuid4(), members=(id_of(ada),)) == {}
    assert ada.get(f"/articles/{article}").json()["owner_id"] == str(ada.member_id)


def test_killed_in_between_everything_goes_and_is_told_once(
    cluster: Callable[..., Cluster], needle: str
) -> None:
    own = cluster(("knowledge",))
    community, member = uuid4(), uuid4()
    roles = frozenset({"member", "editor"})
    actor = Actor("member", str(member), uuid4(), member, community_id=community, roles=roles)
    with own.direct("knowledge", actor) as client, own.direct("knowledge") as owner:
        ada, key = Someone(client, community, member), Someone(owner, community)
        number = ARTICLES_AT_ONCE + 2
        for _ in range(number):
            released(ada, key, summary=needle)
        ada.made("/articles", an_article(body=needle))
        ada.made("/resources", a_resource(summary=needle))
        pid = own.crash_at("knowledge", "mid_erasure")
        request = ask_erasure(own, community, members=(member,))
        own.restarted("knowledge", pid)
        done = counts(receipt(own, "knowledge", request, within=30))
        assert (done["revision"], done["article"], done["resource"]) == (number + 1, number + 1, 1)
        assert found(own, "knowledge", needle) == []
        sql = "SELECT count(*) FROM outbox WHERE subject LIKE '%.article_author_forgotten.%'"
        assert own.rows("knowledge", sql) == [(number,)]


def test_an_export_has_everything_once(
    stack: Cluster, person: Person, editor: Someone, published: Published, needle: str
) -> None:
    ada, ben = person(), person()
    article = released(ada, editor, body=needle, summary=needle)
    for each in range(12):
        etag = ada.get(f"/articles/{article}").headers["etag"]
        saved = ada.ask("PUT", f"/articles/{article}/draft", {"body": f"{needle} {each}"}, If_Match=etag)
        assert saved.is_success, saved.text
    bens = published()["id"]
    ada.made(f"/articles/{bens}/helpful", {"helpful": True})
    ada.made("/questions", {"title": needle, "body": needle})
    asked = ben.made("/questions", {"title": "Where is the tea?", "body": "I cannot find it."})["id"]
    ada.made(f"/questions/{asked}/answers", {"body": needle})
    for _ in range(ROWS + 5):
        ada.made("/resources", a_resource(summary=needle))
    curated(editor, stack, ada)
    claimed(stack, ada)
    searched_for(stack, ada, needle)
    items = exported(stack, ada)
    assert {table: len(rows) for table, rows in items.items()} == {
        "revision": 13,
        "article": 1,
        "contributor": 1,
        "curator": 1,
        "review": 1,
        "rating": 1,
        "question": 1,
        "answer": 1,
        "resource": ROWS + 5,
        "contribution_call": 1,
        "search_log": 1,
    }
    assert len({row["id"] for row in items["revision"]}) == 13
    assert all(needle in row["body"] for row in items["revision"])
    assert {row["summary"] for row in items["resource"]} == {needle}
    assert items["search_log"][0]["query"] == folded(needle)


def exported(stack: Cluster, who: Someone) -> dict[str, list[dict[str, Any]]]:
    """Everything knowledge hands out, piece by piece, as membership asks for it."""
    asked = {"community_id": str(who.community), "member_ids": [str(who.member_id)], "identity_ids": []}
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
                return items


def membership_asks(stack: Cluster) -> httpx.Client:
    """A client of knowledge that is membership itself."""
    minter = Minter("membership", Keys.load("membership", Settings(home=stack.home)))
    token = minter.mint(service_actor("membership"), "knowledge")
    return plain_client(stack.url("knowledge"), headers={"Authorization": f"Bearer {token}"})


def test_nothing_is_written_by_who_was_erased(
    stack: Cluster, person: Person, editor: Someone, published: Published, needle: str
) -> None:
    ada, ben = person("editor"), person()
    own = ada.made("/articles", an_article(title="Mine"))["id"]
    put(editor, {"id": own}, {"body": "Ours."})
    article, reviewed = published()["id"], ben.made("/articles", an_article(title="Ours"))["id"]
    ben.made(f"/articles/{reviewed}/submit")
    question = ben.made("/questions", {"title": "Where is the tea?", "body": "I cannot find it."})["id"]
    answer = ben.made(f"/questions/{question}/answers", {"body": "In the kitchen."})["id"]
    call = editor.made("/contribution-calls", {"topic": "Tea"})["id"]
    drafts = ben.made("/articles", an_article(title="Another"))["id"]
    erased(stack, ada)
    said = {"comment": needle}
    tag = ben.get(f"/articles/{drafts}").headers["etag"]
    answers = [
        ada.post("/articles", an_article(body=needle)),
        ada.ask("PUT", f"/articles/{drafts}/draft", {"body": needle}, If_Match=tag),
        ada.post("/articles/from-source", {"question_id": question}),
        ada.post(f"/articles/{drafts}/submit"),
        ben.post(f"/articles/{drafts}/submit", {"reviewers": [str(ada.member_id)]}),
        ada.post(f"/articles/{reviewed}/approve", said),
        ada.post(f"/articles/{reviewed}/request-changes", said),
        ada.post(f"/articles/{article}/verify", {"note": needle}),
        ada.post(f"/articles/{article}/mark-stale", {"reason": needle}),
        ada.post(f"/articles/{article}/helpful", {"helpful": True}),
        ada.post(f"/articles/{article}/deflections", {"inquiry_id": str(uuid4())}),
        ada.post("/attachments", a_picture(name=f"{needle}.png")),
        ada.post("/contribution-calls", {"topic": "Coffee", "description": needle}),
        ada.post(f"/contribution-calls/{call}/claim"),
        ada.post(f"/contribution-calls/{call}/fulfil"),
        ada.post(f"/questions/{question}/invite", {"member_ids": [str(uuid4())]}),
        ada.post(f"/answers/{answer}/verify"),
    ]
    refused = [(each.status_code, each.json().get("type")) for each in answers]
    assert refused == [(403, "/problems/person-erased")] * len(answers)
    assert found(stack, "knowledge", needle) == []
    assert names(stack, ada) == []

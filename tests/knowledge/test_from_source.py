"""From conversation to knowledge: a question, topic or inquiry becomes one draft that names its source."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.contracts.announced import InquiryResolved
from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.knowledge.conftest import Facts, Person
from tests.knowledge.test_questions import answered, asked
from tests.knowledge.writing import a_shelf
from tests.membership.conftest import Someone, at_once, codes
from tests.membership.telling import tell

SOURCE = "/articles/from-source"
Topic = Callable[..., str]


@pytest.fixture
def topic(stack: Cluster, engagement: httpx.Client, community: UUID) -> Topic:
    """`topic((member_id, "words"), ..., accepted=1)`: a topic where this was said, the best last."""
    talking = Someone(engagement, community)

    def make(*said: tuple[UUID | None, str], accepted: int | None = None) -> str:
        channel = talking.made("/channels", {"name": "Forum", "kind": "forum"})["id"]
        given = {"title": "How to say hello?", "body": "Somebody *new* came.", "tags": ["Greeting", "x" * 45]}
        made: str = talking.made("/topics", given | {"channel_id": channel})["id"]
        for score, (author, words) in enumerate(said):
            post = {"body": words, "author_member_id": author and str(author)}
            id_ = talking.made(f"/topics/{made}/posts", post)["id"]
            stack.execute("engagement", f"UPDATE post SET score = {score} WHERE id = '{id_}'")
            if score == accepted:
                accept = f"UPDATE topic SET accepted_post_id = '{id_}' WHERE id = '{made}'"
                stack.execute("engagement", accept)
        return made

    return make


@pytest.fixture
def holding(stack: Cluster, community: UUID) -> Iterator[Callable[..., Someone]]:
    """`holding("knowledge:write")` is an API key with these scopes."""
    with ExitStack() as opened:

        def make(*scopes: str) -> Someone:
            actor = Actor("key", str(uuid4()), community_id=community, scopes=frozenset(scopes))
            return Someone(opened.enter_context(stack.direct("knowledge", actor)), community)

        yield make


def drafted(by: Someone, article: dict[str, Any]) -> dict[str, Any]:
    """The draft as it is read."""
    shown: dict[str, Any] = by.get(f"/articles/{article['id']}").json()
    return shown


def came_from(article: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["kind"], each["ref"]) for each in article["provenance"]}


def test_a_question_with_its_accepted_answer_becomes_a_draft(person: Person, facts: Facts) -> None:
    ada, ben, eve = person(), person(), person()
    path = asked(ada, tags=["hello"], language="de")
    answered(ada, path, "No idea.")
    answer = answered(ben, path, "Say *hello*.")
    ada.made(f"{answer}/accept")
    question_id = path.removeprefix("/questions/")
    article = drafted(eve, eve.made(SOURCE, {"question_id": question_id}))
    assert (article["title"], article["tags"], article["language"]) == (
        "How do we welcome newcomers?",
        ["hello"],
        "de",
    )
    assert "Say *hello*." in article["body"]
    assert "No idea." not in article["body"]
    assert "Somebody *new* came" in article["body"]
    assert (article["state"], article["owner_id"]) == ("draft", str(eve.member_id))
    assert set(article["contributors"]) == {str(eve.member_id), str(ben.member_id)}
    assert came_from(article) == {("question", question_id)}
    assert len(facts("article_drafted")) == 1


def test_without_an_accepted_answer_the_best_one_is_taken(person: Person) -> None:
    ada = person()
    path = asked(ada)
    answered(ada, path, "The first.")
    answered(ada, path, "The second.")
    best = answered(ada, path, "The third.")
    person().made(f"{best}/vote", {"value": 1})
    given = {"question_id": path.removeprefix("/questions/"), "title": "Welcoming"}
    article = drafted(ada, ada.made(SOURCE, given))
    assert (article["title"], "The third." in article["body"]) == ("Welcoming", True)
    assert article["contributors"] == [str(ada.member_id)]
    alone = asked(ada)
    nothing = drafted(ada, ada.made(SOURCE, {"question_id": alone.removeprefix("/questions/")}))
    assert "Nobody has answered yet." in nothing["body"]


def test_the_same_source_makes_one_article_while_that_stands(person: Person, editor: Someone) -> None:
    ada = person()
    given = {"question_id": asked(ada).removeprefix("/questions/")}
    tries = at_once([lambda: ada.post(SOURCE, given) for _ in range(8)])
    assert codes(tries) == [201] + [409] * 7
    (made,) = [each.json() for each in tries if each.status_code == 201]
    refused = next(each.json() for each in tries if each.status_code == 409)
    assert (refused["type"], refused["article_id"]) == ("/problems/already-drafted", made["id"])
    assert made["id"] in refused["detail"]
    editor.made(f"/articles/{made['id']}/archive")
    assert ada.made(SOURCE, given)["id"] != made["id"]
    assert ada.post(SOURCE, given).status_code == 409


def test_a_topic_becomes_a_draft_of_its_accepted_post(person: Person, topic: Topic) -> None:
    ada, ben = person(), person()
    topic_id = topic((None, "Wave."), (ben.member_id, "Say **hi**."), (None, "Best of all."), accepted=1)
    article = drafted(ada, ada.made(SOURCE, {"topic_id": topic_id}))
    assert (article["title"], article["tags"]) == ("How to say hello?", ["greeting"])
    assert "Somebody *new* came." in article["body"]
    assert "Say **hi**." in article["body"]
    assert "Best of all." not in article["body"]
    assert set(article["contributors"]) == {str(ada.member_id), str(ben.member_id)}
    assert came_from(article) == {("topic", topic_id)}
    assert ada.post(SOURCE, {"topic_id": topic_id}).status_code == 409


def test_a_topic_without_an_accepted_post_becomes_a_draft_of_its_best(person: Person, topic: Topic) -> None:
    ada = person()
    topic_id = topic(*[(None, f"Words number {n}.") for n in range(13)])
    body = drafted(ada, ada.made(SOURCE, {"topic_id": topic_id}))["body"]
    told = [n for n in range(13) if f"Words number {n}." in body]
    assert told == list(range(3, 13))
    assert body.index("number 12.") < body.index("number 3.")


def test_an_inquiry_becomes_a_draft_of_the_question_or_topic_known_for_it(
    person: Person, topic: Topic, stack: Cluster, community: UUID
) -> None:
    ada, inquiry, solved = person(), uuid4(), uuid4()
    path = asked(ada, inquiry_id=str(inquiry))
    article = drafted(ada, ada.made(SOURCE, {"inquiry_id": str(inquiry)}))
    question_id = path.removeprefix("/questions/")
    assert came_from(article) == {("inquiry", str(inquiry)), ("question", question_id)}
    assert ada.post(SOURCE, {"question_id": question_id}).json()["article_id"] == article["id"]

    topic_id = topic((None, "Say hi."))
    fact = InquiryResolved(community_id=community, inquiry_id=solved, topic_id=UUID(topic_id))
    tell(stack, fact)
    task = f"SELECT state FROM task WHERE cause_id = '{solved}'"
    eventually(lambda: stack.rows("knowledge", task) == [("open",)], within=10)
    article = drafted(ada, ada.made(SOURCE, {"inquiry_id": str(solved)}))
    assert "Say hi." in article["body"]
    assert came_from(article) == {("inquiry", str(solved)), ("topic", topic_id)}
    assert stack.rows("knowledge", task) == [("done",)]


def test_an_inquiry_nobody_knows_more_of_begins_with_nothing(person: Person) -> None:
    ada, inquiry = person(), str(uuid4())
    article = drafted(ada, ada.made(SOURCE, {"inquiry_id": inquiry}))
    assert "What was asked?" in article["body"]
    assert came_from(article) == {("inquiry", inquiry)}
    assert ada.post(SOURCE, {"inquiry_id": inquiry}).status_code == 409


def test_nobody_takes_what_they_may_not_read(
    person: Person, holding: Callable[..., Someone], topic: Topic
) -> None:
    ada = person()
    topic_id = topic((None, "Say hi."))
    writer = holding("knowledge:write")
    assert writer.post(SOURCE, {"topic_id": topic_id}).status_code == 403
    both = holding("knowledge:write", "engagement:read")
    assert both.made(SOURCE, {"topic_id": topic_id})["owner_id"] is None
    for unknown in ({"topic_id": str(uuid4())}, {"question_id": str(uuid4())}):
        refused = ada.post(SOURCE, unknown)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unknown-source")
    assert person(guest=True).post(SOURCE, {"inquiry_id": str(uuid4())}).status_code == 403


@pytest.mark.either_database
def test_a_source_is_exactly_one(person: Person) -> None:
    ada = person()
    some = {"topic_id": str(uuid4()), "question_id": str(uuid4())}
    for wrong in ({}, some, {"topic_id": "here"}, {"inquiry_id": str(uuid4()), "title": " "}):
        assert ada.post(SOURCE, wrong).status_code == 422


@pytest.mark.either_database
def test_while_engagement_is_away_only_topics_wait(cluster: Callable[..., Cluster]) -> None:
    alone = cluster(("knowledge",))
    community, member = uuid4(), uuid4()
    roles = frozenset({"member"})
    actor = Actor("member", str(member), member_id=member, community_id=community, roles=roles)
    with alone.direct("knowledge", actor) as client:
        ada = Someone(client, community, member)
        away = ada.post(SOURCE, {"topic_id": str(uuid4())})
        assert (away.status_code, away.json()["type"]) == (503, "/problems/peer-away")
        assert away.json()["service"] == "engagement"
        ada.made(SOURCE, {"question_id": asked(ada).removeprefix("/questions/")})


def test_whose_words_are_used_reads_no_more_than_others(
    stack: Cluster, community: UUID, person: Person, editor: Someone
) -> None:
    ada, ben = person(), person()
    path = asked(ada)
    answered(ben, path, "Say hello.")
    shelf = a_shelf(stack, community, visibility="team")
    given = {"question_id": path.removeprefix("/questions/"), "collection_id": shelf}
    article = drafted(editor, editor.made(SOURCE, given))
    assert str(ben.member_id) in article["contributors"]
    article_path = f"/articles/{article['id']}"
    for way in ("", "?revision=draft", "/revisions", "/reviews"):
        assert ben.get(f"{article_path}{way}").status_code == 404
    assert ben.get("/articles").json()["items"] == []

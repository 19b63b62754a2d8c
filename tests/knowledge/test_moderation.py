"""What moderation takes out of sight is not seen and not found; what it shows again is as it was."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.announced import ContentHidden, ContentRemoved, ContentRestored
from shared.facts import Fact
from shared.testing import Cluster, eventually
from tests.knowledge.conftest import Facts, Person, an_article
from tests.knowledge.test_people import heard
from tests.knowledge.test_resources import a_resource
from tests.knowledge.writing import a_shelf, put
from tests.membership.conftest import Someone

__all__ = ["heard"]

Heard = Callable[..., None]
Published = Callable[..., dict[str, Any]]


def finds(who: Someone, id_: str) -> bool:
    answer = who.get("/search?q=newcomers&limit=100")
    assert answer.status_code == 200, answer.text
    return id_ in {each["id"] for each in answer.json()["items"]}


@pytest.mark.parametrize("how", [ContentHidden, ContentRemoved])
def test_an_article_is_out_of_sight_and_back(
    how: type[Fact], person: Person, editor: Someone, published: Published, heard: Heard, facts: Facts
) -> None:
    ada = person()
    article = published(title="How we welcome newcomers")["id"]
    path, of = f"/articles/{article}", {"content_id": UUID(article), "kind": "article"}
    editor.made(f"{path}/verify", {})
    assert finds(ada, article)
    heard(how, 1, **of)
    assert (ada.get(path).status_code, editor.get(path).json()["state"]) == (404, "hidden")
    assert not finds(ada, article)
    heard(how, 2, **of)
    assert len(facts("article_hidden")) == 1
    heard(ContentRestored, 3, **of)
    assert (ada.get(path).status_code, ada.get(path).json()["state"]) == (200, "verified")
    assert finds(ada, article)
    heard(how, 2, **of)
    assert ada.get(path).status_code == 200, "what was said before comes too late"
    assert len(facts("article_restored")) == 1


def test_a_draft_is_hidden_from_nobody_who_does_not_work_at_it_and_comes_back(
    person: Person, heard: Heard
) -> None:
    ada = person()
    path = f"/articles/{(article := ada.made('/articles', an_article())['id'])}"
    of = {"content_id": UUID(article), "kind": "article"}
    heard(ContentHidden, 1, **of)
    assert ada.post(f"{path}/submit").status_code == 409
    heard(ContentRestored, 2, **of)
    assert ada.post(f"{path}/submit").json()["state"] == "in_review"


def test_what_ran_out_meanwhile_is_stale_at_once(
    stack: Cluster, person: Person, published: Published, heard: Heard, facts: Facts
) -> None:
    article = published()["id"]
    of = {"content_id": UUID(article), "kind": "article"}
    heard(ContentHidden, 1, **of)
    sql = f"UPDATE article SET verified_until = '2026-01-01T00:00:00.000000Z' WHERE id = '{article}'"
    stack.execute("knowledge", sql)
    heard(ContentRestored, 2, **of)
    eventually(lambda: person().get(f"/articles/{article}").json()["state"] == "stale", within=10)
    assert [fact["fact"] for fact in facts()][-2:] == ["article_restored", "article_became_stale"]


def test_a_question_and_an_answer_are_out_of_sight_and_back(person: Person, heard: Heard) -> None:
    ada, ben = person(), person()
    given = {"title": "How do newcomers begin?", "body": "I would like to know."}
    question = ada.made("/questions", given)["id"]
    answer = ada.made(f"/questions/{question}/answers", {"body": "Welcome newcomers."})["id"]
    for kind, id_, path in (
        ("answer", answer, f"/answers/{answer}"),
        ("question", question, f"/questions/{question}"),
    ):
        of = {"content_id": UUID(id_), "kind": kind}
        assert finds(ben, id_)
        heard(ContentHidden, 2, **of)
        assert not finds(ben, id_)
        heard(ContentRestored, 1, **of)
        assert not finds(ben, id_), "what was said before comes too late"
        assert kind == "answer" or ben.get(path).status_code == 404
        heard(ContentRestored, 3, **of)
        assert finds(ben, id_)


def test_a_resource_is_retired_unseen_and_back(
    person: Person, editor: Someone, heard: Heard, facts: Facts
) -> None:
    ada = person()
    resource = ada.made("/resources", a_resource(title="For newcomers"))["id"]
    path, of = f"/resources/{resource}", {"content_id": UUID(resource), "kind": "resource"}
    assert finds(ada, resource)
    heard(ContentHidden, 1, **of)
    assert ada.get(path).status_code == 404
    assert ada.get("/resources?state=retired").json()["items"] == []
    assert (editor.get(path).json()["state"], finds(ada, resource)) == ("retired", False)
    heard(ContentRestored, 2, **of)
    assert (ada.get(path).json()["state"], finds(ada, resource)) == ("active", True)
    ada.made(f"{path}/retire")
    heard(ContentRemoved, 3, **of)
    heard(ContentRestored, 4, **of)
    assert ada.get(path).json()["state"] == "retired", "as it was"
    assert not finds(ada, resource)
    told = [fact["fact"] for fact in facts() if fact["fact"].startswith("resource")]
    assert told[:3] == ["resource_added", "resource_retired", "resource_changed"]


def test_what_is_of_others_or_unknown_changes_nothing(
    person: Person, published: Published, heard: Heard, facts: Facts
) -> None:
    article = published()["id"]
    for kind in ("topic", "post", "event", "member", "question", "answer", "resource"):
        heard(ContentHidden, 1, content_id=UUID(article), kind=kind)
    assert person().get(f"/articles/{article}").status_code == 200
    assert facts("article_hidden") == []


def test_what_is_hidden_is_hidden_from_who_wrote_it_too(
    stack: Cluster, community: UUID, person: Person, editor: Someone, heard: Heard
) -> None:
    ada, ben, moderator = person(), person(), person("moderator")
    shelf = a_shelf(stack, community, curators=[ben])
    path = f"/articles/{(article := ada.made('/articles', an_article(collection_id=shelf))['id'])}"
    ada.made(f"{path}/submit")
    editor.made(f"{path}/approve")
    slug = editor.made(f"{path}/publish")["slug"]
    assert put(ada, {"id": article}, {"body": "More."}).status_code == 200
    of = {"content_id": UUID(article), "kind": "article"}
    heard(ContentHidden, 1, **of)
    for who in (ada, ben):
        for way in ("", "?revision=draft", "/revisions", "/revisions/1", "/revisions/1..2/diff", "/reviews"):
            assert who.get(f"{path}{way}").status_code == 404, way
        assert who.get(f"/articles/by-slug/{slug}").status_code == 404
        assert who.get(f"{path}/verifications").status_code == 404
        assert who.get("/articles").json()["items"] == []
    assert moderator.get(path).json()["state"] == "hidden"
    assert editor.get(f"{path}/revisions").status_code == 200
    heard(ContentRestored, 2, **of)
    assert ada.get(f"{path}?revision=draft").json()["body"] == "More."

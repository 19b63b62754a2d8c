"""Contributors: what each gave, most first, and who worked at the same."""

from typing import Any
from uuid import uuid4

from tests.knowledge.conftest import Person, an_article
from tests.knowledge.writing import put
from tests.membership.conftest import Someone


def counted(who: Someone) -> dict[str, dict[str, Any]]:
    """What is counted of each member, in the order of the list."""
    listed = who.get("/contributors?limit=100")
    assert listed.status_code == 200, listed.text
    return {each.pop("member_id"): each for each in listed.json()["items"]}


def edges(who: Someone) -> dict[frozenset[str], int]:
    answer = who.get("/contributors/network")
    assert answer.status_code == 200, answer.text
    return {frozenset((each["a"], each["b"])): each["weight"] for each in answer.json()["edges"]}


def released(author: Someone, also: Someone | None, editor: Someone, revisions: int = 1) -> dict[str, Any]:
    """An article with so many revisions of its author, and one of somebody else who may edit it."""
    article = author.made("/articles", an_article(title=f"Article {uuid4()}"))
    for number in range(1, revisions):
        assert put(author, article, {"body": f"Text {number}"}).status_code == 200
    if also is not None:
        assert put(also, article, {"body": "Another text"}).status_code == 200
    author.made(f"/articles/{article['id']}/submit")
    editor.made(f"/articles/{article['id']}/approve")
    return editor.made(f"/articles/{article['id']}/publish")


def test_what_each_gave_is_counted(person: Person, editor: Someone) -> None:
    ada, ben, cleo = person(), person("editor"), person()
    released(ada, ben, editor, revisions=3)
    released(ada, None, editor)
    ada.made("/articles", an_article(title="A draft counts nothing"))
    question = cleo.made("/questions", {"title": "Why?", "body": "Why is it so?"})["id"]
    answers = [who.made(f"/questions/{question}/answers", {"body": "So."})["id"] for who in (ben, ada)]
    cleo.made(f"/answers/{answers[0]}/accept")
    found = counted(cleo)
    assert list(found) == [
        str(who.member_id) for who in (ada, *sorted((ben, editor), key=order, reverse=True))
    ]
    assert found[str(ada.member_id)] == {
        "articles": 2,
        "revisions": 4,
        "reviews": 0,
        "answers": 1,
        "accepted_answers": 0,
        "total": 5,
    }
    assert found[str(ben.member_id)] == {
        "articles": 1,
        "revisions": 1,
        "reviews": 0,
        "answers": 1,
        "accepted_answers": 1,
        "total": 2,
    }
    assert found[str(editor.member_id)]["reviews"] == 2
    tag = ada.get(f"/answers/{answers[1]}").headers["ETag"]
    assert ada.ask("DELETE", f"/answers/{answers[1]}", If_Match=tag).status_code == 204
    assert counted(cleo)[str(ada.member_id)]["answers"] == 0
    first = cleo.get("/contributors?limit=2").json()
    rest = cleo.get(f"/contributors?limit=2&cursor={first['next_cursor']}").json()
    assert [each["member_id"] for each in first["items"] + rest["items"]] == list(found)


def order(who: Someone) -> str:
    return str(who.member_id)


def test_who_worked_at_the_same_is_joined(person: Person, editor: Someone) -> None:
    ada, ben, cleo, dora = person(), person("editor"), person(), person()
    for _ in range(2):
        released(ada, ben, editor)
    released(dora, None, editor)
    question = dora.made("/questions", {"title": "Why?", "body": "Why is it so?"})["id"]
    for who in (ada, ben, cleo):
        who.made(f"/questions/{question}/answers", {"body": "So."})
    a, b, c = (str(who.member_id) for who in (ada, ben, cleo))
    assert edges(dora) == {frozenset((a, b)): 3, frozenset((a, c)): 1, frozenset((b, c)): 1}
    shown = dora.get("/contributors/network").json()
    assert shown["edges"][0]["weight"] == 3
    assert {each["member_id"]: each["weight"] for each in shown["nodes"]} == {a: 4, b: 4, c: 2}


def test_members_see_it_and_nobody_else(person: Person, editor: Someone) -> None:
    ada = person()
    released(ada, None, editor)
    for path in ("/contributors", "/contributors/network"):
        assert person(guest=True).get(path).status_code == 403
        assert ada.get(path).status_code == 200
    stranger = person(within=uuid4())
    assert counted(stranger) == {}
    assert edges(stranger) == {}


def test_nothing_is_counted_where_nothing_is(person: Person) -> None:
    member = person()
    assert (counted(member), edges(member)) == ({}, {})

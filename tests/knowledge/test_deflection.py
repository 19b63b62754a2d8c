"""Deflection: an inquiry that a released article answered is linked to it once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from shared.testing import Cluster
from tests.knowledge.conftest import Facts, Person, an_article
from tests.membership.conftest import Someone, at_once, codes

Published = Callable[..., dict[str, Any]]


def deflected(stack: Cluster, article_id: str) -> int:
    ((count,),) = stack.rows("knowledge", f"SELECT deflected FROM article WHERE id = '{article_id}'")
    return int(count)


def test_an_inquiry_is_deflected_once(
    editor: Someone, published: Published, facts: Facts, stack: Cluster
) -> None:
    article, other = published(), published(title="Another one")
    path, inquiry = f"/articles/{article['id']}/deflections", str(uuid4())
    link = editor.made(path, {"inquiry_id": inquiry})
    assert (link["inquiry_id"], link["linked_by"]) == (inquiry, str(editor.member_id))
    assert editor.made(path, {"inquiry_id": inquiry})["id"] == link["id"]
    taken = editor.post(f"/articles/{other['id']}/deflections", {"inquiry_id": inquiry})
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/already-deflected")
    editor.made(path, {"inquiry_id": str(uuid4())})
    listed = editor.get(f"{path}?limit=1").json()
    assert listed["items"][0]["inquiry_id"] != inquiry
    rest = editor.get(f"{path}?limit=1&cursor={listed['next_cursor']}").json()
    assert [each["inquiry_id"] for each in rest["items"]] == [inquiry]
    assert (deflected(stack, article["id"]), deflected(stack, other["id"])) == (2, 0)
    told = facts("inquiry_deflected")
    assert [fact["article_id"] for fact in told] == [article["id"]] * 2
    assert editor.get(f"/articles/{article['id']}").json()["version"] == article["version"]


def test_links_made_at_once_count_exactly(editor: Someone, published: Published, stack: Cluster) -> None:
    articles = [published(title=f"Article {n}")["id"] for n in range(2)]
    inquiry, others = str(uuid4()), [str(uuid4()) for _ in range(6)]
    acts = [
        lambda one=one: editor.post(f"/articles/{one}/deflections", {"inquiry_id": inquiry})
        for one in articles * 4
    ]
    acts += [
        lambda each=each: editor.post(f"/articles/{articles[0]}/deflections", {"inquiry_id": each})
        for each in others
    ]
    assert codes(at_once(acts)) == [201] * 10 + [409] * 4
    assert deflected(stack, articles[0]) + deflected(stack, articles[1]) == 7


def test_who_links_and_what_can_be_linked(person: Person, editor: Someone, published: Published) -> None:
    ada = person()
    article, draft = published(), ada.made("/articles", an_article(title="Not yet"))
    inquiry = {"inquiry_id": str(uuid4())}
    assert ada.post(f"/articles/{article['id']}/deflections", inquiry).status_code == 403
    assert ada.get(f"/articles/{article['id']}/deflections").status_code == 403
    assert editor.post(f"/articles/{draft['id']}/deflections", inquiry).status_code == 409
    assert editor.post(f"/articles/{uuid4()}/deflections", inquiry).status_code == 404
    assert person("organizer").post(f"/articles/{draft['id']}/deflections", inquiry).status_code == 404
    assert person("organizer").made(f"/articles/{article['id']}/deflections", inquiry)


@pytest.mark.either_database
def test_what_is_no_inquiry_is_refused(editor: Someone, published: Published) -> None:
    path = f"/articles/{published()['id']}/deflections"
    for wrong in ({}, {"inquiry_id": "7"}, {"inquiry_id": str(uuid4()), "note": "N"}):
        assert editor.post(path, wrong).status_code == 422

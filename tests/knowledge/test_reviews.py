"""Reviews: others read a draft before it is released, as many as it takes, once each."""

from functools import partial
from uuid import UUID, uuid4

import pytest

from shared.identity import Actor
from shared.testing import Cluster
from tests.knowledge.conftest import Facts, Person, an_article
from tests.knowledge.writing import Published, a_shelf, ids, patch, put, refused
from tests.membership.conftest import Someone, at_once, codes


def submitted(author: Someone, *reviewers: Someone, shelf: str | None = None) -> str:
    """The path of an article whose draft is up for review."""
    article = author.made("/articles", an_article(collection_id=shelf))
    path = f"/articles/{article['id']}"
    author.made(f"{path}/submit", {"reviewers": [str(each.member_id) for each in reviewers]})
    return path


def state(who: Someone, path: str) -> tuple[str, str | None]:
    found = who.get(path).json()
    return found["state"], found["draft_state"]


def test_a_draft_is_approved_and_published(person: Person, editor: Someone, facts: Facts) -> None:
    author = person()
    path = submitted(author)
    assert state(author, path) == ("in_review", "in_review")
    approved = editor.post(f"{path}/approve", {"comment": "Well said."})
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert author.post(f"{path}/publish").status_code == 403
    done = editor.made(f"{path}/publish")
    assert (done["state"], done["draft_state"], done["draft_revision"]) == ("published", None, None)
    assert done["verified_until"] > done["published_at"]
    (review,) = author.get(f"{path}/reviews").json()["items"]
    assert (review["state"], review["needed"], review["approved"]) == ("approved", 1, 1)
    assert review["submitted_by"] == str(author.member_id)
    (verdict,) = review["verdicts"]
    assert (verdict["verdict"], verdict["comment"]) == ("approve", "Well said.")
    assert verdict["member_id"] == str(editor.member_id)
    told = [fact["fact"] for fact in facts() if fact["fact"].startswith("article_")]
    assert told == [
        f"article_{each}" for each in ("drafted", "submitted", "reviewed", "approved", "published")
    ]


def test_changes_are_requested_made_and_approved(person: Person, editor: Someone, facts: Facts) -> None:
    author, another = person(), person("editor")
    path = submitted(author)
    assert editor.post(f"{path}/request-changes", {}).status_code == 422
    sent_back = editor.made(f"{path}/request-changes", {"comment": "Say why."})
    assert sent_back["state"] == "changes_requested"
    assert editor.post(f"{path}/approve").json()["allowed"] == ["draft", "submit"]
    assert put(author, {"id": path.rpartition("/")[2]}, {"body": "Because."}).json()["state"] == "draft"
    author.made(f"{path}/submit")
    editor.made(f"{path}/approve")
    again = another.made(f"{path}/request-changes", {"comment": "Not yet."})
    assert again["state"] == "changes_requested"
    assert editor.post(f"{path}/publish").status_code == 409
    reviews = author.get(f"{path}/reviews").json()["items"]
    assert [each["state"] for each in reviews] == ["changes_requested", "changes_requested"]
    assert len(facts("article_changes_requested")) == 2


def test_authors_do_not_review_their_own_work(person: Person, editor: Someone, key: Someone) -> None:
    writer, submitter = person("editor"), person("editor")
    article = writer.made("/articles", an_article())
    path = f"/articles/{article['id']}"
    submitter.made(f"{path}/submit")
    for verb, said in (("approve", None), ("request-changes", {"comment": "Hm."})):
        assert refused(writer.post(f"{path}/{verb}", said), 403, "review-by-author")
        assert refused(submitter.post(f"{path}/{verb}", said), 403, "review-by-author")
    editor.made(f"{path}/approve")
    editor.made(f"{path}/publish")
    # What is released is done: who wrote that may review the next release, who writes that may not.
    assert put(submitter, article, {"body": "More."}).status_code == 200
    submitter.made(f"{path}/submit")
    assert writer.made(f"{path}/approve")["draft_state"] == "approved"
    assert put(key, article, {"body": "Of a key."}).status_code == 200
    key.made(f"{path}/submit")
    assert refused(submitter.post(f"{path}/approve"), 403, "review-by-author")
    assert key.made(f"{path}/approve")["draft_state"] == "approved"


def test_whoever_writes_while_approving_has_not_approved(person: Person, editor: Someone) -> None:
    for _ in range(3):
        author, both = person(), person("editor")
        path = submitted(author)
        article = {"id": path.rpartition("/")[2]}
        tag = both.get(path).headers["ETag"]
        saved, approved = at_once(
            [partial(put, both, article, {"body": "Mine now."}, tag), partial(both.post, f"{path}/approve")]
        )
        (review,) = editor.get(f"{path}/reviews").json()["items"]
        found = state(editor, path)
        assert sorted([saved.status_code, approved.status_code]) in ([200, 409], [200, 412])
        expected = ("approved", "approved") if approved.status_code == 200 else ("draft", "draft")
        assert found == expected
        assert review["state"] == ("approved" if approved.status_code == 200 else "withdrawn")
        if saved.status_code == 200:
            author.made(f"{path}/submit")
            assert refused(both.post(f"{path}/approve"), 403, "review-by-author")


def test_each_reviewer_has_one_word(
    stack: Cluster, community: UUID, person: Person, editor: Someone, key: Someone
) -> None:
    author, shelf = person(), a_shelf(stack, community, approvals=3)
    path = submitted(author, shelf=shelf)
    assert editor.made(f"{path}/approve")["state"] == "in_review"
    for verb, said in (("approve", None), ("request-changes", {"comment": "After all."})):
        assert refused(editor.post(f"{path}/{verb}", said), 409, "already-reviewed")
    assert key.made(f"{path}/approve")["state"] == "in_review"
    assert refused(key.post(f"{path}/approve"), 409, "already-reviewed")
    assert person("admin").made(f"{path}/approve")["state"] == "approved"


def test_a_word_given_twice_at_once_counts_once(
    stack: Cluster, community: UUID, person: Person, editor: Someone
) -> None:
    path = submitted(person(), shelf=a_shelf(stack, community, approvals=2))
    raced = at_once([partial(editor.post, f"{path}/approve") for _ in range(5)])
    assert codes(raced) == [200, 409, 409, 409, 409]
    assert state(editor, path) == ("in_review", "in_review")
    others = [person("editor") for _ in range(4)]
    late = at_once([partial(each.post, f"{path}/approve") for each in others])
    assert codes(late) == [200, 409, 409, 409]
    (review,) = editor.get(f"{path}/reviews").json()["items"]
    assert (review["approved"], len(review["verdicts"])) == (2, 2)


def test_what_nobody_has_to_approve_is_approved_at_once(
    stack: Cluster, community: UUID, person: Person, editor: Someone, facts: Facts
) -> None:
    author = person()
    path = submitted(author, shelf=a_shelf(stack, community, approvals=0))
    assert state(author, path) == ("approved", "approved")
    assert author.post(f"{path}/publish").status_code == 403
    assert editor.made(f"{path}/publish")["state"] == "published"
    told = [fact["fact"] for fact in facts() if fact["fact"].startswith("article_")]
    assert told == [f"article_{each}" for each in ("drafted", "submitted", "approved", "published")]


def test_the_policy_is_that_of_the_submission(
    stack: Cluster, community: UUID, person: Person, editor: Someone
) -> None:
    shelf = a_shelf(stack, community, approvals=1)
    path = submitted(person(), shelf=shelf)
    stack.execute("knowledge", f"UPDATE collection SET approvals = 5 WHERE id = '{shelf}'")
    assert editor.made(f"{path}/approve")["state"] == "approved"


def test_whom_a_review_asks_may_review_until_the_release(person: Person, editor: Someone) -> None:
    author, asked, other = person(), person(), person()
    path = submitted(author, asked)
    assert other.get(path).status_code == 404
    assert other.post(f"{path}/approve").status_code == 404
    assert author.post(f"{path}/approve").status_code == 403
    assert ids(asked.get("/articles")) == [path.rpartition("/")[2]]
    assert asked.get(path).json()["body"].startswith("# Welcome")
    assert asked.post(f"{path}/submit").status_code == 403
    assert asked.made(f"{path}/approve")["state"] == "approved"
    editor.made(f"{path}/publish")
    assert put(author, {"id": path.rpartition("/")[2]}, {"body": "Next."}).status_code == 200
    assert asked.get(f"{path}?revision=draft").status_code == 403
    author.made(f"{path}/submit")
    assert asked.post(f"{path}/approve").status_code == 403


@pytest.mark.either_database
def test_a_key_reviews_with_the_scope_for_all_of_it(stack: Cluster, community: UUID, person: Person) -> None:
    path = submitted(person())
    for scope, answers in (("write", 404), ("admin", 200)):
        actor = Actor("key", str(uuid4()), community_id=community, scopes=frozenset({f"knowledge:{scope}"}))
        with stack.direct("knowledge", actor) as client:
            assert Someone(client, community).post(f"{path}/approve").status_code == answers


def test_a_draft_is_taken_back(person: Person, editor: Someone, facts: Facts) -> None:
    author = person()
    path = submitted(author)
    assert author.made(f"{path}/withdraw")["state"] == "draft"
    assert author.post(f"{path}/withdraw").json()["allowed"] == ["draft", "submit"]
    assert editor.post(f"{path}/approve").status_code == 409
    author.made(f"{path}/submit")
    author.made(f"{path}/revert/1")
    reviews = author.get(f"{path}/reviews").json()["items"]
    assert [each["state"] for each in reviews] == ["withdrawn", "withdrawn"]
    assert all(each["closed_at"] for each in reviews)
    assert len(facts("article_review_withdrawn")) == 2


@pytest.mark.either_database
def test_too_many_reviewers_are_refused(person: Person) -> None:
    author = person()
    article = author.made("/articles", an_article())
    asked = {"reviewers": [str(uuid4()) for _ in range(11)]}
    assert author.post(f"/articles/{article['id']}/submit", asked).status_code == 422


def test_a_release_is_followed_by_the_next(person: Person, editor: Someone, published: Published) -> None:
    article = published()
    path = f"/articles/{article['id']}"
    other = person("editor")
    assert put(other, article, {"title": "Second", "tags": ["new"], "language": "de"}).status_code == 200
    other.made(f"{path}/submit")
    for found in (editor.made(f"{path}/verify"), editor.made(f"{path}/approve")):
        assert (found["state"], found["title"]) == ("verified", article["title"])
    second = editor.made(f"{path}/publish")
    assert (second["state"], second["title"], second["tags"]) == ("published", "Second", ["new"])
    assert (second["language"], second["released_revision"]) == ("de", 2)
    editor.made(f"{path}/deprecate")
    assert put(other, article, {"body": "Third"}).status_code == 200
    other.made(f"{path}/submit")
    editor.made(f"{path}/approve")
    third = editor.made(f"{path}/publish")
    assert (third["state"], third["replacement_id"], third["released_revision"]) == ("published", None, 3)


@pytest.mark.parametrize("approvals", [0, 1])
def test_a_draft_read_by_few_goes_nowhere_that_asks_for_more(
    stack: Cluster, community: UUID, person: Person, editor: Someone, approvals: int
) -> None:
    author = person()
    path = submitted(author, shelf=a_shelf(stack, community, approvals=approvals))
    article, strict = {"id": path.rpartition("/")[2]}, a_shelf(stack, community, approvals=2)
    for approved in (False, True):
        if approved and approvals:
            editor.made(f"{path}/approve")
        for who in (author, editor):
            assert refused(patch(who, article, {"collection_id": strict}), 409, "reviewed-for-less")
    assert patch(author, article, {"collection_id": None}).status_code == (200 if approvals else 409)
    assert put(author, article, {"body": "Anew."}).status_code == 200
    assert patch(author, article, {"collection_id": strict}).status_code == 200
    author.made(f"{path}/submit")
    (newest, *_) = author.get(f"{path}/reviews").json()["items"]
    assert newest["needed"] == 2
    lax = a_shelf(stack, community, approvals=1)
    assert patch(author, article, {"collection_id": lax}).status_code == 200
    assert editor.made(f"{path}/approve")["state"] == "in_review", "it takes as many as it took"

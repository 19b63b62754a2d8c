"""Tasks: what somebody should see to, listed for editors and settled once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.announced import FeedbackReceived, InquiryResolved
from shared.contracts.membership import MemberLeft
from shared.facts import ActorRef, Fact
from shared.testing import Cluster, eventually
from tests.knowledge.conftest import Person
from tests.knowledge.writing import Published, ids, patch, refused
from tests.membership.conftest import Someone, at_once, codes
from tests.membership.telling import tell

PATH = "/knowledge-tasks"
Told = Callable[..., None]


@pytest.fixture
def told(stack: Cluster, community: UUID) -> Told:
    """`told(InquiryResolved, inquiry_id=...)`: another service tells it."""

    def say(named: Callable[..., Fact], **said: Any) -> None:
        who = ActorRef(kind="service", id="elsewhere")
        tell(stack, named(community_id=community, actor=who, aggregate_version=1, **said))

    return say


@pytest.fixture
def solved(told: Told, editor: Someone) -> Callable[[], str]:
    """`solved()` is the task that a solved inquiry brings about."""

    def make() -> str:
        inquiry = uuid4()
        told(InquiryResolved, inquiry_id=inquiry, topic_id=uuid4())

        def mine() -> list[str]:
            found = editor.get(f"{PATH}?kind=draft&limit=100").json()["items"]
            return [task["id"] for task in found if task["cause_id"] == str(inquiry)]

        eventually(lambda: len(mine()) == 1, within=10)
        return mine()[0]

    return make


def test_what_others_tell_is_listed_for_editors(
    editor: Someone, person: Person, published: Published, told: Told
) -> None:
    article, inquiry, topic = published(), uuid4(), uuid4()
    told(InquiryResolved, inquiry_id=inquiry, topic_id=topic)
    eventually(lambda: len(ids(editor.get(PATH))) == 1, within=10)
    about = {"about": "article", "about_id": UUID(article["id"])}
    told(FeedbackReceived, feedback_id=uuid4(), kind="bug", **about)
    eventually(lambda: len(ids(editor.get(PATH))) == 2, within=10)
    told(MemberLeft, member_id=UUID(article["owner_id"]))
    eventually(lambda: len(ids(editor.get(PATH))) == 3, within=10)
    draft, verify, reassign = editor.get(PATH).json()["items"]
    assert [draft[name] for name in ("kind", "cause_id", "topic_id", "article_id", "state")] == [
        "draft",
        str(inquiry),
        str(topic),
        None,
        "open",
    ]
    assert [verify[name] for name in ("kind", "article_id")] == ["verify", article["id"]]
    assert [reassign[name] for name in ("kind", "article_id")] == ["reassign", article["id"]]
    assert reassign["cause_id"] == article["owner_id"]
    assert ids(editor.get(f"{PATH}?kind=verify")) == [verify["id"]]
    page = editor.get(f"{PATH}?limit=2").json()
    assert ids(editor.get(f"{PATH}?limit=2&cursor={page['next_cursor']}")) == [reassign["id"]]
    for other in (person(), person("organizer"), person(guest=True)):
        assert other.get(PATH).status_code == 403
        assert other.post(f"{PATH}/{draft['id']}/done").status_code == 403
    stranger = person("editor", within=uuid4())
    assert ids(stranger.get(PATH)) == []
    assert [stranger.post(f"{PATH}/{draft['id']}/{verb}").status_code for verb in ("done", "dismiss")] == [
        404
    ] * 2


def test_a_task_is_settled_once(editor: Someone, solved: Callable[[], str]) -> None:
    done, dismissed = solved(), solved()
    closed = editor.made(f"{PATH}/{done}/done")
    assert closed["state"] == "done"
    assert closed["closed_at"] == closed["updated_at"]
    assert editor.made(f"{PATH}/{dismissed}/dismiss")["state"] == "dismissed"
    for task in (done, dismissed):
        for verb in ("done", "dismiss"):
            assert refused(editor.post(f"{PATH}/{task}/{verb}"), 409, "invalid-transition")
    assert ids(editor.get(f"{PATH}?state=open")) == []
    assert ids(editor.get(f"{PATH}?state=dismissed")) == [dismissed]
    many = solved()
    assert codes(at_once([lambda: editor.post(f"{PATH}/{many}/done")] * 4)) == [200, 409, 409, 409]


def test_a_cause_brings_a_task_about_once(stack: Cluster, editor: Someone, solved: Callable[[], str]) -> None:
    task = solved()
    cause = UUID(editor.get(PATH).json()["items"][0]["cause_id"])
    editor.made(f"{PATH}/{task}/dismiss")
    again = InquiryResolved(
        community_id=editor.community,
        actor=ActorRef(kind="service", id="elsewhere"),
        aggregate_version=2,
        inquiry_id=cause,
        topic_id=None,
    )
    tell(stack, again)
    seen = f"SELECT 1 FROM inbox WHERE fact_id = '{again.fact_id}'"
    eventually(lambda: stack.rows("knowledge", seen), within=10)
    assert ids(editor.get(PATH)) == [task]
    assert ids(editor.get(f"{PATH}?state=open")) == []


def test_what_a_task_asks_for_settles_it(
    editor: Someone, person: Person, published: Published, told: Told
) -> None:
    article, other = published(), published(title="Another")
    path = f"/articles/{article['id']}"
    for about in (article, other):
        said = {"about": "article", "about_id": UUID(about["id"]), "feedback_id": uuid4(), "kind": "bug"}
        told(FeedbackReceived, **said)
    told(MemberLeft, member_id=UUID(article["owner_id"]))
    eventually(lambda: len(ids(editor.get(PATH))) == 4, within=10)

    def open_ones() -> list[tuple[str, str]]:
        found = editor.get(f"{PATH}?state=open").json()["items"]
        return sorted((task["kind"], task["article_id"]) for task in found)

    editor.made(f"{path}/mark-stale")
    assert len(open_ones()) == 4
    editor.made(f"{path}/verify")
    left = [("reassign", each) for each in sorted((article["id"], other["id"]))]
    assert open_ones() == [*left, ("verify", other["id"])]
    assert patch(editor, article, {"owner_id": str(person().member_id)}).status_code == 200
    assert open_ones() == [("reassign", other["id"]), ("verify", other["id"])]
    assert patch(editor, other, {"owner_id": None}).status_code == 200
    assert open_ones() == [("reassign", other["id"]), ("verify", other["id"])]

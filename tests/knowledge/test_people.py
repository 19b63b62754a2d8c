"""What others tell about members: rights, departures and merges, each fact once, the newest counts."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.knowledge.people import giving, recaps
from shared.contracts.announced import (
    EntitlementGranted,
    EntitlementRevoked,
    FeedbackReceived,
    InquiryResolved,
)
from shared.contracts.events import EventCompleted
from shared.contracts.membership import (
    MemberBanned,
    MemberErased,
    MemberLeft,
    MemberRejoined,
    MergeApplied,
    MergeReverted,
)
from shared.facts import ActorRef, Fact
from shared.testing import Cluster, eventually
from tests.erasing import erase
from tests.knowledge.conftest import Facts, Person, an_article
from tests.knowledge.test_resources import a_resource
from tests.knowledge.writing import patch
from tests.membership.conftest import Someone
from tests.membership.telling import tell

Published = Callable[..., dict[str, Any]]
Rows = list[tuple[Any, ...]]
ELSEWHERE = ActorRef(kind="service", id="elsewhere")


@pytest.fixture
def heard(stack: Cluster, community: UUID) -> Callable[..., None]:
    """`heard(MemberLeft, 3, member_id=...)` is told with that version, and has been applied."""

    def say(named: Callable[..., Fact], version: int, /, **said: Any) -> None:
        fact = named(community_id=community, actor=ELSEWHERE, aggregate_version=version, **said)
        tell(stack, fact)
        sql = f"SELECT 1 FROM inbox WHERE fact_id = '{fact.fact_id}'"
        eventually(lambda: stack.rows("knowledge", sql), within=10)

    return say


def id_of(who: Someone) -> UUID:
    assert who.member_id is not None
    return who.member_id


def put_aside(stack: Cluster, who: Someone, sql: str) -> Rows:
    return stack.rows("knowledge", f"{sql} WHERE community_id = '{who.community}'")


def tasks(stack: Cluster, who: Someone) -> Rows:
    """Kind, cause, article and state of the community's tasks."""
    found = put_aside(stack, who, "SELECT kind, cause_id, article_id, state FROM task")
    return sorted(
        (kind, str(cause), article and str(article), state) for kind, cause, article, state in found
    )


Heard = Callable[..., None]


# Entitlements -----------------------------------------------------------------------------------------------


def test_an_entitlement_is_what_was_said_last(person: Person, key: Someone, heard: Heard) -> None:
    ada, ben = person(), person()
    path = f"/resources/{key.made('/resources', a_resource(requires='early_access'))['id']}"
    of: dict[str, Any] = {"entitlement_id": uuid4(), "member_id": id_of(ada), "kind": "early_access"}
    assert ada.get(path).status_code == 404
    heard(EntitlementGranted, 2, until=None, **of)
    assert (ada.get(path).status_code, ben.get(path).status_code) == (200, 404)
    heard(EntitlementRevoked, 3, **of)
    assert ada.get(path).status_code == 404
    heard(EntitlementGranted, 1, until=None, **of)
    assert ada.get(path).status_code == 404, "what was said before comes too late"
    another = of | {"entitlement_id": uuid4()}
    heard(EntitlementRevoked, 2, **another)
    heard(EntitlementGranted, 1, until=None, **another)
    assert ada.get(path).status_code == 404


# Departures -------------------------------------------------------------------------------------------------


def curated(editor: Someone, stack: Cluster, *members: Someone) -> UUID:
    """A collection these members look after."""
    collection = uuid4()
    moment = "'2026-01-01T00:00:00.000000Z'"
    stack.execute(
        "knowledge",
        "INSERT INTO collection (id, community_id, title, kind, visibility, approvals, rank, state,"
        f" created_at, updated_at, version) VALUES ('{collection}', '{editor.community}', 'Guides', 'guide',"
        f" 'members', 1, 0, 'active', {moment}, {moment}, 1)",
    )
    for each in members:
        row = f"'{collection}', '{each.member_id}', '{editor.community}'"
        sql = f"INSERT INTO curator (collection_id, member_id, community_id) VALUES ({row})"
        stack.execute("knowledge", sql)
    return collection


def claimed(stack: Cluster, who: Someone) -> UUID:
    """A call they claimed."""
    call = uuid4()
    moment = "'2026-01-01T00:00:00.000000Z'"
    stack.execute(
        "knowledge",
        "INSERT INTO contribution_call (id, community_id, topic, description, state, claimed_by, claimed_at,"
        f" created_at, updated_at, version) VALUES ('{call}', '{who.community}', 'Tea', 'How?', 'claimed',"
        f" '{who.member_id}', {moment}, {moment}, {moment}, 1)",
    )
    return call


def curators(stack: Cluster, collection: UUID) -> set[str]:
    sql = f"SELECT member_id FROM curator WHERE collection_id = '{collection}'"
    return {str(member) for (member,) in stack.rows("knowledge", sql)}


def claimer(stack: Cluster, call: UUID) -> tuple[Any, ...]:
    (row,) = stack.rows("knowledge", f"SELECT state, claimed_by FROM contribution_call WHERE id = '{call}'")
    return row[0], row[1] and str(row[1])


@pytest.mark.parametrize("how", [MemberLeft, MemberBanned, MemberErased])
def test_what_somebody_looked_after_waits_for_others(
    how: type[Fact], stack: Cluster, person: Person, editor: Someone, heard: Heard, facts: Facts
) -> None:
    ada, ben = person(), person()
    mine = [ada.made("/articles", an_article())["id"] for _ in range(2)]
    bens = ben.made("/articles", an_article())["id"]
    collection, call = curated(editor, stack, ada, ben), claimed(stack, ada)
    heard(how, 5, member_id=id_of(ada))
    expected = sorted(("reassign", str(ada.member_id), id_, "open") for id_ in mine)
    eventually(lambda: tasks(stack, ada) == expected, within=10)
    assert curators(stack, collection) == {str(ben.member_id)}
    assert claimer(stack, call) == ("open", None)
    assert [fact["call_id"] for fact in facts("call_released")] == [str(call)]
    assert [fact["collection_id"] for fact in facts("collection_changed")] == [str(collection)]
    assert editor.get(f"/articles/{bens}").json()["owner_id"] == str(ben.member_id)
    heard(how, 6, member_id=id_of(ada))
    assert tasks(stack, ada) == expected, "one for each article"


def test_who_came_back_keeps_what_they_own(
    stack: Cluster, person: Person, editor: Someone, heard: Heard
) -> None:
    ada, ben = person(), person()
    ada.made("/articles", an_article())
    article = ben.made("/articles", an_article())["id"]
    collection = curated(editor, stack, ada)
    heard(MemberRejoined, 6, member_id=id_of(ada))
    heard(MemberLeft, 5, member_id=id_of(ada))
    heard(MemberLeft, 1, member_id=id_of(ben))
    eventually(lambda: tasks(stack, ada) == [("reassign", str(ben.member_id), article, "open")], within=10)
    assert curators(stack, collection) == {str(ada.member_id)}


def test_killed_in_between_everything_is_seen_to(cluster: Callable[..., Cluster]) -> None:
    own = cluster(("knowledge",))
    with own.direct("knowledge") as client:
        owner = Someone(client, uuid4())
        member = uuid4()
        ids = [owner.made("/articles", an_article())["id"] for _ in range(23)]
        own.execute("knowledge", f"UPDATE article SET owner_id = '{member}'")
        pid = own.crash_at("knowledge", "mid_departure")
        left = MemberLeft(
            community_id=owner.community, member_id=member, actor=ELSEWHERE, aggregate_version=1
        )
        tell(own, left)
        own.restarted("knowledge", pid)
        asked = sorted(("reassign", str(member), id_, "open") for id_ in ids)
        eventually(lambda: tasks(own, owner) == asked, within=20)


# Merges -----------------------------------------------------------------------------------------------------


def contributed(stack: Cluster, article: str) -> dict[str, int]:
    sql = f"SELECT member_id, revisions FROM contributor WHERE article_id = '{article}'"
    return {str(member): count for member, count in stack.rows("knowledge", sql)}


def test_what_was_the_merged_members_is_the_survivors_until_it_is_undone(
    stack: Cluster, person: Person, editor: Someone, heard: Heard
) -> None:
    ada, twin, ben = person(), person(), person()
    article = twin.made("/articles", an_article())["id"]
    question = twin.made("/questions", {"title": "Why is it so?", "body": "Tell me, please."})["id"]
    asked = ben.made("/questions", {"title": "How do we begin?", "body": "Somebody knows."})["id"]
    answer = twin.made(f"/questions/{asked}/answers", {"body": "Like this."})["id"]
    resource = twin.made("/resources", a_resource())["id"]
    both, alone, call = curated(editor, stack, ada, twin), curated(editor, stack, twin), claimed(stack, twin)
    right: dict[str, Any] = {"entitlement_id": uuid4(), "member_id": id_of(twin), "kind": "x", "until": None}
    heard(EntitlementGranted, 1, **right)
    owned = ada.made("/articles", an_article())["id"]
    merge = {"merge_id": uuid4(), "merged_id": id_of(twin), "survivor_id": id_of(ada)}

    def whose() -> set[str | None]:
        rights = put_aside(stack, ada, "SELECT member_id FROM entitlement")
        return {
            editor.get(f"/articles/{article}").json()["owner_id"],
            editor.get(f"/questions/{question}").json()["asked_by"],
            editor.get(f"/resources/{resource}").json()["added_by"],
            claimer(stack, call)[1],
            *curators(stack, alone),
            *contributed(stack, article),
            *(str(member) for (member,) in rights),
            *(
                str(author)
                for (author,) in stack.rows(
                    "knowledge", f"SELECT author_id FROM answer WHERE id = '{answer}'"
                )
            ),
        }

    assert whose() == {str(twin.member_id)}
    heard(MergeApplied, 4, **merge)
    eventually(lambda: whose() == {str(ada.member_id)}, within=10)
    assert curators(stack, both) == {str(ada.member_id), str(twin.member_id)}
    assert ada.post(f"/answers/{answer}/vote", {"value": 1}).status_code == 403, "their own by now"
    heard(MergeReverted, 5, **merge)
    eventually(lambda: whose() == {str(twin.member_id)}, within=10)
    assert editor.get(f"/articles/{owned}").json()["owner_id"] == str(ada.member_id)
    assert curators(stack, both) == {str(ada.member_id), str(twin.member_id)}
    heard(MergeApplied, 3, **merge)
    assert whose() == {str(twin.member_id)}, "what was said before comes too late"
    assert put_aside(stack, ada, "SELECT 1 FROM handed_over") == []


def test_who_wrote_how_much_is_counted_anew(stack: Cluster, person: Person, heard: Heard) -> None:
    ada, twin = person("editor"), person("editor")
    article = twin.made("/articles", an_article())["id"]
    number = giving.AT_ONCE + 2
    for each in range(number):
        who = ada if each % 2 else twin
        version = who.get(f"/articles/{article}").headers["etag"]
        text = {"title": "T", "body": f"Text {each}."}
        saved = who.ask("PUT", f"/articles/{article}/draft", text, If_Match=version)
        assert saved.is_success, saved.text
    before = contributed(stack, article)
    assert before == {str(ada.member_id): number // 2, str(twin.member_id): number // 2 + 1}
    merge = {"merge_id": uuid4(), "merged_id": id_of(twin), "survivor_id": id_of(ada)}
    heard(MergeApplied, 1, **merge)
    eventually(lambda: contributed(stack, article) == {str(ada.member_id): number + 1}, within=10)
    heard(MergeReverted, 2, **merge)
    eventually(lambda: contributed(stack, article) == before, within=10)


# What others ask for ----------------------------------------------------------------------------------------


def test_feedback_about_an_article_has_it_read_again(
    stack: Cluster, person: Person, published: Published, heard: Heard
) -> None:
    ada, article = person(), published()["id"]
    draft = ada.made("/articles", an_article())["id"]
    said = {"feedback_id": uuid4(), "kind": "complaint"}
    heard(FeedbackReceived, 1, about="article", about_id=UUID(article), **said)
    heard(FeedbackReceived, 2, about="article", about_id=UUID(article), **said)
    for about, about_id in (
        ("event", UUID(article)),
        ("article", uuid4()),
        ("article", UUID(draft)),
        ("article", None),
        (None, None),
    ):
        heard(FeedbackReceived, 1, about=about, about_id=about_id, feedback_id=uuid4(), kind="bug")
    assert tasks(stack, ada) == [("verify", str(said["feedback_id"]), article, "open")]


def test_a_solved_inquiry_may_be_worth_an_article(stack: Cluster, person: Person, heard: Heard) -> None:
    ada, inquiry, topic = person(), uuid4(), uuid4()
    heard(InquiryResolved, 3, inquiry_id=inquiry, topic_id=topic)
    heard(InquiryResolved, 5, inquiry_id=inquiry, topic_id=None)
    assert tasks(stack, ada) == [("draft", str(inquiry), None, "open")]
    ((kept,),) = put_aside(stack, ada, "SELECT topic_id FROM task")
    assert str(kept) == str(topic)


def test_an_event_that_took_place_is_to_be_written_up_once(
    stack: Cluster, person: Person, heard: Heard, facts: Facts, community: UUID
) -> None:
    ada, event = person(), uuid4()
    of: dict[str, Any] = {"series_id": None, "format_id": None, "organisers": [id_of(ada)]}
    heard(EventCompleted, 5, event_id=event, **of)
    heard(EventCompleted, 6, event_id=event, **of)
    past = EventCompleted(
        community_id=community,
        event_id=uuid4(),
        aggregate_version=2,
        actor=ActorRef(kind="import", id="calendar"),
        **of,
    )
    tell(stack, past)
    heard(EventCompleted, 5, event_id=uuid4(), **of)
    found = put_aside(stack, ada, "SELECT topic, event_id, state, opened_by FROM contribution_call")
    assert [(row[0], row[2], row[3]) for row in found] == [(recaps.TOPIC, "open", None)] * 2
    assert str(event) in {str(row[1]) for row in found}
    assert len(facts("call_opened")) == 2


def test_who_is_away_is_given_no_article(
    person: Person, editor: Someone, stack: Cluster, heard: Heard
) -> None:
    ada, ben, eve = person(), person(), person()
    article = ada.made("/articles", an_article())
    heard(MemberLeft, 1, member_id=id_of(ben))
    erase(stack, "knowledge", editor.community, members=(id_of(eve),))
    for away in (ben, eve):
        answer = patch(editor, article, {"owner_id": str(away.member_id)})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/owner-away")
    heard(MemberRejoined, 2, member_id=id_of(ben))
    assert patch(editor, article, {"owner_id": str(ben.member_id)}).json()["owner_id"] == str(ben.member_id)

"""Questions: who asks and sees them, how they end and begin again, and who is asked to answer."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.testing import Cluster
from tests.conftest import found_community
from tests.knowledge.conftest import Facts, Person
from tests.membership.conftest import Someone, at_once, codes


def a_question(**changes: Any) -> dict[str, Any]:
    """What asks a question."""
    given: dict[str, Any] = {
        "title": "How do we welcome newcomers?",
        "body": "Somebody *new* came, and <script>alert(1)</script> what now?",
        "tags": ["Onboarding", "people"],
    }
    return given | changes


def asked(by: Someone, **changes: Any) -> str:
    """The path of a question that was just asked."""
    return f"/questions/{by.made('/questions', a_question(**changes))['id']}"


def answered(by: Someone, question: str, body: str = "Say hello.") -> str:
    """The path of an answer that was just given."""
    return f"/answers/{by.made(question + '/answers', {'body': body})['id']}"


def state(by: Someone, path: str) -> str:
    answer = by.get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["state"])


def tag_of(by: Someone, path: str) -> str:
    return by.get(path).headers["ETag"]


def listed(by: Someone, query: str = "") -> list[str]:
    answer = by.get(f"/questions{query}")
    assert answer.status_code == 200, answer.text
    return [f"/questions/{each['id']}" for each in answer.json()["items"]]


def test_a_question_is_asked_and_read_as_safe_html(person: Person, facts: Facts) -> None:
    ada, inquiry = person(), uuid4()
    path = asked(ada, inquiry_id=str(inquiry))
    shown = person().get(path).json()
    assert (shown["asked_by"], shown["state"], shown["answers"]) == (str(ada.member_id), "open", 0)
    assert (shown["tags"], shown["language"], shown["visibility"]) == (
        ["onboarding", "people"],
        "en",
        "members",
    )
    assert "<em>new</em>" in shown["html"]
    assert "script" not in shown["html"]
    assert "<script>" in shown["body"]
    (fact,) = facts("question_asked")
    assert (fact["member_id"], fact["inquiry_id"]) == (str(ada.member_id), str(inquiry))


def test_what_a_key_asks_is_nobodys(key: Someone, person: Person) -> None:
    path = asked(key)
    assert key.get(path).json()["asked_by"] is None
    assert person().post(f"{path}/close", {"reason": "unclear"}).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"body": ""},
        {"body": "x" * 30_001},
        {"visibility": "team"},
        {"tags": ["x"] * 21},
        {"language": "English"},
        {"mood": "curious"},
    ],
)
@pytest.mark.either_database
def test_what_is_no_question_is_refused(person: Person, wrong: dict[str, Any]) -> None:
    assert person().post("/questions", a_question(**wrong)).status_code == 422


def test_guests_see_what_is_for_everybody(person: Person) -> None:
    ada, guest = person(), person(guest=True)
    for_all, for_members = asked(ada, visibility="public"), asked(ada)
    answer = answered(ada, for_members)
    assert guest.get(for_all).status_code == 200
    assert [guest.get(each).status_code for each in (for_members, f"{for_members}/answers", answer)] == [
        404
    ] * 3
    assert listed(guest) == [for_all]
    assert set(listed(ada)) == {for_all, for_members}
    assert guest.post("/questions", a_question()).status_code == 403


def test_another_communitys_questions_do_not_exist(person: Person, membership: httpx.Client) -> None:
    here, there = person("editor"), person("editor", within=found_community(membership))
    path = asked(here)
    answer = answered(here, path)
    tries = [
        there.get(path),
        there.get(answer),
        there.get(f"{path}/answers"),
        there.patch(path, {"title": "Mine"}, If_Match='"1"'),
        there.patch(answer, {"body": "Mine"}, If_Match='"1"'),
        there.post(f"{path}/answers", {"body": "Mine"}),
        there.post(f"{path}/close", {"reason": "unclear"}),
        there.post(f"{path}/duplicate", {"of": asked(there).removeprefix("/questions/")}),
        there.post(f"{path}/invite", {"member_ids": [str(uuid4())]}),
        *[there.post(f"{answer}/{verb}", {}) for verb in ("accept", "verify", "mark-outdated")],
        there.post(f"{answer}/vote", {"value": 1}),
    ]
    assert {each.status_code for each in tries} == {404}
    of_ours = there.post(f"{asked(there)}/duplicate", {"of": path.removeprefix("/questions/")})
    assert (of_ours.status_code, of_ours.json()["type"]) == (422, "/problems/original-unknown")


def test_questions_are_found_by_what_is_known_of_them(person: Person) -> None:
    ada, ben = person(), person()
    first = asked(ada, tags=["50%", "naïve"])
    second, third = asked(ben, tags=["onboarding"]), asked(ada, tags=["on"])
    answered(ben, first)
    assert listed(ada) == [third, second, first]
    assert listed(ada, f"?asked_by={ben.member_id}") == [second]
    assert listed(ada, "?tag=on") == [third]
    assert listed(ada, "?tag=NAÏVE") == [first]
    assert listed(ada, "?tag=50%25") == [first]
    assert listed(ada, "?tag=5_%25") == []
    assert listed(ada, "?state=answered") == [first]
    assert listed(ada, "?unanswered=true") == [third, second]
    since = ada.get(third).json()["updated_at"].replace("+", "%2B")
    assert listed(ada, f"?updated_since={since}") == [third, first]
    page = ada.get("/questions?limit=2").json()
    assert listed(ada, f"?limit=2&cursor={page['next_cursor']}") == [first]


def test_whoever_asked_or_an_editor_puts_it_another_way(
    person: Person, editor: Someone, facts: Facts
) -> None:
    ada = person()
    path = asked(ada)
    tag = tag_of(ada, path)
    assert ada.patch(path, {"title": "Who welcomes?"}).status_code == 428
    assert person().patch(path, {"title": "Mine"}, If_Match=tag).status_code == 403
    changed = ada.patch(path, {"title": "Who welcomes?", "tags": ["Hello"]}, If_Match=tag)
    assert (changed.json()["title"], changed.json()["tags"]) == ("Who welcomes?", ["hello"])
    assert ada.patch(path, {"body": "Late"}, If_Match=tag).status_code == 412
    assert editor.patch(path, {"body": "Clearer"}, If_Match=changed.headers["ETag"]).status_code == 200
    assert [fact["aggregate_version"] for fact in facts("question_changed")] == [2, 3]


def test_who_may_read_stays_once_somebody_answered(person: Person, editor: Someone) -> None:
    ada = person()
    path = asked(ada)
    assert ada.patch(path, {"visibility": "public"}, If_Match=tag_of(ada, path)).status_code == 200
    answered(person(), path)
    back = ada.patch(path, {"visibility": "members"}, If_Match=tag_of(ada, path))
    assert (back.status_code, back.json()["type"]) == (409, "/problems/answered-for-these")
    assert editor.patch(path, {"visibility": "members"}, If_Match=tag_of(ada, path)).status_code == 200


def test_a_closed_question_takes_no_answers_until_it_is_reopened(
    person: Person, editor: Someone, facts: Facts
) -> None:
    ada, ben = person(), person()
    path = asked(ada)
    assert ben.post(f"{path}/close", {"reason": "opinion"}).status_code == 403
    assert ada.made(f"{path}/close", {"reason": "no_longer_needed"})["state"] == "closed"
    refused = ben.post(f"{path}/answers", {"body": "Late"})
    assert (refused.status_code, refused.json()["allowed"]) == (409, ["reopen"])
    assert ada.made(f"{path}/reopen")["state"] == "open"
    answered(ben, path)
    editor.made(f"{path}/close", {"reason": "off_topic"})
    assert ada.post(f"{path}/reopen").status_code == 403
    reopened = editor.made(f"{path}/reopen")
    assert (reopened["state"], reopened["closed_reason"]) == ("answered", None)
    assert ada.post(f"{path}/reopen").status_code == 409
    assert [fact["reason"] for fact in facts("question_closed")] == ["no_longer_needed", "off_topic"]


def test_a_reopened_question_keeps_an_answer_that_holds(person: Person, facts: Facts) -> None:
    ada = person()
    path = asked(ada)
    answer = answered(person(), path)
    ada.made(f"{answer}/accept")
    ada.made(f"{path}/close", {"reason": "no_longer_needed"})
    reopened = ada.made(f"{path}/reopen")
    assert (reopened["state"], reopened["accepted_answer_id"]) == (
        "accepted",
        answer.removeprefix("/answers/"),
    )
    assert [fact["fact"] for fact in facts()][-2:] == ["question_reopened", "question_accepted"]


def test_a_duplicate_names_one_that_is_none(person: Person, editor: Someone, facts: Facts) -> None:
    ada = person()
    one, two, three = asked(ada), asked(ada), asked(ada)
    ids = [each.removeprefix("/questions/") for each in (one, two, three)]
    itself = ada.post(f"{one}/duplicate", {"of": ids[0]})
    unknown = ada.post(f"{one}/duplicate", {"of": str(uuid4())})
    assert (itself.status_code, unknown.status_code) == (422, 422)
    assert person().post(f"{one}/duplicate", {"of": ids[1]}).status_code == 403
    marked = ada.made(f"{one}/duplicate", {"of": ids[1]})
    assert (marked["state"], marked["duplicate_of"]) == ("duplicate", ids[1])
    back = ada.post(f"{two}/duplicate", {"of": ids[0]})
    assert (back.status_code, back.json()["duplicate_of"]) == (409, ids[1])
    assert ada.post(f"{one}/duplicate", {"of": ids[2]}).status_code == 409
    assert ada.post(f"{one}/reopen").status_code == 403
    assert editor.made(f"{one}/reopen")["duplicate_of"] is None
    (fact,) = facts("question_closed")
    assert (fact["reason"], fact["duplicate_of"]) == ("duplicate", ids[1])


def test_questions_said_to_repeat_each_other_at_once_make_no_circle(editor: Someone) -> None:
    for _ in range(3):
        paths = [asked(editor) for _ in range(3)]
        ids = [each.removeprefix("/questions/") for each in paths]
        around = zip(paths, [*ids[1:], ids[0]], strict=True)
        marks = [lambda path=path, of=of: editor.post(f"{path}/duplicate", {"of": of}) for path, of in around]
        assert codes(at_once(marks)) in ([200, 200, 409], [200, 409, 409])
        left = [each for each in paths if state(editor, each) != "duplicate"]
        assert left


def test_members_are_asked_once_and_answering_is_what_they_were_asked_for(
    person: Person, facts: Facts
) -> None:
    ada, ben, eve = person(), person(), person()
    path = asked(ada)
    both = [str(ben.member_id), str(eve.member_id)]
    assert ada.made(f"{path}/invite", {"member_ids": both})["invited"] == both
    again = eve.made(f"{path}/invite", {"member_ids": [both[0]]})
    assert (again["invited"], again["invitations"]) == ([], 2)
    assert [each["member_id"] for each in facts("question_member_invited")] == both
    (waiting,) = ben.get("/questions/invitations").json()["items"]
    assert (waiting["question_id"], waiting["invited_by"]) == (path[11:], str(ada.member_id))
    answered(ben, path)
    assert ben.get("/questions/invitations").json()["items"] == []
    assert len(eve.get("/questions/invitations").json()["items"]) == 1
    ada.made(f"{path}/close", {"reason": "no_longer_needed"})
    assert eve.get("/questions/invitations").json()["items"] == []
    assert ada.post(f"{path}/invite", {"member_ids": both}).status_code == 409


def test_nobody_is_asked_by_themselves_nor_too_many(person: Person, key: Someone) -> None:
    ada, ben = person(), person()
    path = asked(ada)
    for member in (ada, ben):
        themselves = ben.post(f"{path}/invite", {"member_ids": [str(member.member_id)]})
        assert themselves.json()["type"] == "/problems/nobody-asks-themselves"
    eleven = [str(uuid4()) for _ in range(11)]
    assert ada.post(f"{path}/invite", {"member_ids": eleven}).status_code == 422
    invites = [
        lambda: ben.post(f"{path}/invite", {"member_ids": [str(uuid4()) for _ in range(10)]})
        for _ in range(6)
    ]
    assert codes(at_once(invites)) == [200] * 5 + [409]
    assert key.get("/questions/invitations").status_code == 403


def test_what_editors_do_to_others_is_audited(person: Person, editor: Someone, stack: Cluster) -> None:
    ada = person()
    path = asked(ada)
    ada.made(f"{path}/close", {"reason": "no_longer_needed"})
    ada.made(f"{path}/reopen")
    editor.made(f"{path}/close", {"reason": "unclear"})
    sql = f"SELECT action, actor_id FROM audit WHERE resource = '{path.removeprefix('/questions/')}'"
    assert stack.rows("knowledge", sql) == [("question.close", str(editor.member_id))]

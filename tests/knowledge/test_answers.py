"""Answers: who gives, mends and takes them back, which are accepted, verified or outdated, in what order."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from shared.identity import Actor
from shared.testing import Cluster, eventually
from tests.knowledge.conftest import Facts, Person
from tests.knowledge.test_questions import answered, asked, state, tag_of
from tests.membership.conftest import Someone, at_once, codes

LONG_AGO = "2020-01-01T00:00:00.000000Z"


def soon(days: int = 1) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def in_order(by: Someone, question: str, query: str = "") -> list[str]:
    """The paths of its answers as they are listed."""
    return [f"/answers/{each['id']}" for each in by.get(f"{question}/answers{query}").json()["items"]]


def tells(facts: Facts, *names: str) -> list[str]:
    """Which of these facts there are, in order."""
    return [fact["fact"] for fact in facts() if fact["fact"] in names]


def test_the_first_answer_makes_it_answered(person: Person, facts: Facts) -> None:
    ada, ben = person(), person()
    path = asked(ada)
    first = answered(ben, path, "Say *hello*.")
    answered(ada, path, "And mean it.")
    shown = ada.get(path).json()
    assert (shown["state"], shown["answers"]) == ("answered", 2)
    answer = ada.get(first).json()
    assert (answer["author_id"], answer["votes"], answer["state"]) == (str(ben.member_id), 0, "posted")
    assert "<em>hello</em>" in answer["html"]
    assert tells(facts, "answer_posted", "question_answered") == [
        "answer_posted",
        "question_answered",
        "answer_posted",
    ]


def test_at_most_a_hundred_answers_also_at_once(stack: Cluster, person: Person) -> None:
    ada = person()
    path = asked(ada)
    rest = [f"('{uuid4()}')" for _ in range(98)]
    columns = "community_id, question_id, body, votes, rank, state, created_at, updated_at, version"
    values = f"'{ada.community}', '{path[11:]}', 'B', 0, 0, 'posted', '{LONG_AGO}', '{LONG_AGO}', 1"
    for row in rest:
        stack.execute("knowledge", f"INSERT INTO answer (id, {columns}) VALUES ({row[1:-1]}, {values})")
    tries = [lambda: ada.post(f"{path}/answers", {"body": "Me, too"}) for _ in range(5)]
    assert codes(at_once(tries)) == [201, 201, 409, 409, 409]


def test_an_answer_is_mended_by_its_author_or_an_editor(
    person: Person, editor: Someone, facts: Facts
) -> None:
    ada, ben = person(), person()
    path = answered(ben, asked(ada))
    tag = tag_of(ben, path)
    assert ben.patch(path, {"body": "Better"}).status_code == 428
    assert ada.patch(path, {"body": "Mine"}, If_Match=tag).status_code == 403
    changed = ben.patch(path, {"body": "Better"}, If_Match=tag)
    assert changed.json()["body"] == "Better"
    assert ben.patch(path, {"body": "Late"}, If_Match=tag).status_code == 412
    editor.made(f"{path}/verify")
    assert editor.patch(path, {"body": "Best"}, If_Match=tag_of(editor, path)).status_code == 200
    assert ben.get(path).json()["verified_at"] is None
    assert len(facts("answer_changed")) == 2


def test_many_mend_one_version_and_one_wins(person: Person) -> None:
    ada = person()
    path = answered(ada, asked(ada))
    tag = tag_of(ada, path)
    edits = [lambda n=n: ada.patch(path, {"body": f"Edit {n}"}, If_Match=tag) for n in range(20)]
    assert codes(at_once(edits)) == [200] + [412] * 19


def test_a_deleted_answer_is_gone_and_outdates_what_it_answered(
    person: Person, facts: Facts, stack: Cluster
) -> None:
    ada, ben = person(), person()
    path = asked(ada)
    answer = answered(ben, path)
    accepted = ada.made(f"{answer}/accept")
    stale = ben.ask("DELETE", answer, If_Match=f'"{accepted["version"] - 1}"')
    assert stale.status_code == 412
    assert ada.ask("DELETE", answer, If_Match=tag_of(ada, answer)).status_code == 403
    assert ben.ask("DELETE", answer, If_Match=tag_of(ben, answer)).status_code == 204
    assert ben.get(answer).status_code == 404
    assert in_order(ben, path) == []
    shown = ada.get(path).json()
    assert (shown["state"], shown["answers"]) == ("outdated", 0)
    sql = f"SELECT body, author_id, state FROM answer WHERE id = '{answer.removeprefix('/answers/')}'"
    assert stack.rows("knowledge", sql) == [(None, None, "deleted")]
    assert tells(facts, "answer_deleted", "question_outdated") == ["answer_deleted", "question_outdated"]


def test_without_its_only_answer_a_question_is_open_again(person: Person, facts: Facts) -> None:
    ada = person()
    path = asked(ada)
    answer = answered(ada, path)
    ada.ask("DELETE", answer, If_Match=tag_of(ada, answer))
    assert state(ada, path) == "open"
    assert len(facts("question_reopened")) == 1


def test_one_answer_at_most_is_accepted(person: Person, facts: Facts) -> None:
    ada, ben = person(), person()
    path = asked(ada)
    first, second = answered(ben, path), answered(ada, path)
    assert ben.post(f"{first}/accept").status_code == 403
    ada.made(f"{first}/accept")
    assert in_order(ben, path) == [first, second]
    ada.made(f"{second}/accept")
    assert (state(ben, first), state(ben, second)) == ("posted", "accepted")
    assert in_order(ben, path) == [second, first]
    shown = ben.get(path).json()
    assert (shown["state"], shown["accepted_answer_id"]) == ("accepted", second.removeprefix("/answers/"))
    told = facts("question_accepted")
    assert [fact["answered_by"] for fact in told] == [str(ben.member_id), str(ada.member_id)]
    assert [fact["answer_id"] for fact in facts("answer_unaccepted")] == [first.removeprefix("/answers/")]
    again = ada.post(f"{second}/accept")
    assert (again.status_code, len(facts("answer_accepted"))) == (200, 2)


def test_accepted_at_once_one_of_them_is_it(person: Person, facts: Facts) -> None:
    ada = person()
    path = asked(ada)
    answers = [answered(person(), path) for _ in range(6)]
    assert codes(at_once([partial(ada.post, f"{one}/accept") for one in answers])) == [200] * 6
    states = sorted(state(ada, each) for each in answers)
    assert states == ["accepted"] + ["posted"] * 5
    first = in_order(ada, path)[0].removeprefix("/answers/")
    assert ada.get(path).json()["accepted_answer_id"] == first
    assert len(facts("answer_unaccepted")) == 5


def test_the_accepted_answer_holds_no_longer_because_somebody_says_so(person: Person, facts: Facts) -> None:
    ada, ben = person(), person()
    path = asked(ada)
    answer = answered(ben, path)
    posted = ada.post(f"{answer}/mark-outdated")
    assert (posted.status_code, posted.json()["allowed"]) == (409, ["accept", "verify"])
    ada.made(f"{answer}/accept")
    assert ben.post(f"{answer}/mark-outdated").status_code == 403
    outdated = ada.made(f"{answer}/mark-outdated", {"reason": "superseded"})
    assert (outdated["state"], outdated["outdated_reason"]) == ("outdated", "superseded")
    assert state(ada, path) == "outdated"
    assert ada.made(f"{path}/reopen")["state"] == "answered"
    assert ada.made(f"{answer}/accept")["outdated_reason"] is None
    assert tells(facts, "answer_outdated", "question_outdated", "question_reopened") == [
        "answer_outdated",
        "question_outdated",
        "question_reopened",
    ]


def test_what_was_accepted_until_a_moment_is_outdated_then_once(
    person: Person, facts: Facts, stack: Cluster
) -> None:
    ada = person()
    path = asked(ada)
    answer = answered(ada, path)
    until = soon()
    over = ada.post(f"{answer}/accept", {"valid_until": LONG_AGO})
    assert (over.status_code, over.json()["type"]) == (422, "/problems/already-over")
    ada.made(f"{answer}/accept", {"valid_until": until})
    again = ada.made(f"{answer}/accept", {"valid_until": soon(2)})
    assert again["valid_until"] > until
    own = f"id = '{answer.removeprefix('/answers/')}'"
    stack.execute("knowledge", f"UPDATE answer SET clock_at = '{LONG_AGO}' WHERE {own}")
    eventually(lambda: state(ada, path) == "outdated", within=10)
    shown = ada.get(answer).json()
    assert (shown["state"], shown["outdated_reason"]) == ("outdated", "expired")
    assert stack.rows("knowledge", f"SELECT clock_at FROM answer WHERE {own}") == [(None,)]
    (fact,) = facts("answer_outdated")
    assert fact["actor"] == {"kind": "service", "id": "knowledge"}
    assert len(facts("question_outdated")) == 1


def test_a_crash_of_the_clock_outdates_nothing_twice(cluster: Callable[..., Cluster]) -> None:
    alone = cluster(("knowledge",))
    community, member = uuid4(), uuid4()
    roles = frozenset({"member"})
    actor = Actor("member", str(member), member_id=member, community_id=community, roles=roles)
    waits = "SELECT count(*) FROM answer WHERE clock_at IS NOT NULL"
    told = "SELECT count(*), count(DISTINCT aggregate_id) FROM outbox WHERE subject LIKE '%_outdated.%'"
    with alone.direct("knowledge", actor) as client:
        ada = Someone(client, community, member)
        for deaths, point in enumerate(("mid_answer_expired", "after_answer_expired"), start=1):
            for answer in [answered(ada, asked(ada)) for _ in range(2)]:
                ada.made(f"{answer}/accept", {"valid_until": soon()})
            pid = alone.crash_at("knowledge", point)
            due = f"UPDATE answer SET clock_at = '{LONG_AGO}' WHERE state = 'accepted'"
            alone.execute("knowledge", due)
            alone.restarted("knowledge", pid)
            eventually(lambda: alone.rows("knowledge", waits) == [(0,)], within=10)
            assert alone.rows("knowledge", told) == [(4 * deaths, 4 * deaths)]


def test_editors_verify_answers(person: Person, editor: Someone, facts: Facts) -> None:
    ada = person()
    answer = answered(ada, asked(ada))
    assert ada.post(f"{answer}/verify").status_code == 403
    until = soon()
    verified = editor.made(f"{answer}/verify", {"valid_until": until})
    assert verified["verified_by"] == str(editor.member_id)
    accepted = ada.made(f"{answer}/accept")
    assert datetime.fromisoformat(accepted["valid_until"]) == datetime.fromisoformat(until)
    assert editor.made(f"{answer}/verify")["valid_until"] is None
    ada.made(f"{answer}/mark-outdated")
    assert editor.post(f"{answer}/verify").json()["allowed"] == ["accept"]
    assert [fact["verified_by"] for fact in facts("answer_verified")] == [str(editor.member_id)] * 2


def test_pages_of_answers_follow_acceptance_votes_and_age(person: Person) -> None:
    ada, ben = person(), person()
    path = asked(ada)
    answers = [answered(ada, path, f"Number {n}") for n in range(6)]
    ben.made(f"{answers[3]}/vote", {"value": 1})
    ben.made(f"{answers[1]}/vote", {"value": -1})
    ada.made(f"{answers[5]}/accept")
    expected = [answers[each] for each in (5, 3, 0, 2, 4, 1)]
    seen: list[str] = []
    cursor: Any = ""
    while cursor is not None:
        page = ada.get(f"{path}/answers?limit=2" + (f"&cursor={cursor}" if cursor else "")).json()
        seen += [f"/answers/{each['id']}" for each in page["items"]]
        cursor = page["next_cursor"]
    assert seen == expected


@pytest.mark.either_database
def test_what_is_no_answer_is_refused(person: Person) -> None:
    ada = person()
    path = asked(ada)
    for wrong in ({}, {"body": ""}, {"body": "\n"}, {"body": "x" * 30_001}, {"body": "x", "author": "me"}):
        assert ada.post(f"{path}/answers", wrong).status_code == 422
    answer = answered(ada, path)
    assert ada.post(f"{answer}/accept", {"valid_until": "soon"}).status_code == 422
    assert ada.post(f"{answer}/mark-outdated", {"reason": "because"}).status_code == 422

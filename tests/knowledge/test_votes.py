"""Votes: one for each member and answer, their sum exact whoever votes at once."""

from functools import partial
from uuid import uuid4

import pytest

from shared.testing import Cluster
from tests.knowledge.conftest import Facts, Person
from tests.knowledge.test_questions import answered, asked
from tests.membership.conftest import Someone, at_once, codes


def votes(by: Someone, answer: str) -> int:
    return int(by.get(answer).json()["votes"])


def the_sum(stack: Cluster, answer: str) -> int:
    own = f"answer_id = '{answer.removeprefix('/answers/')}'"
    ((found,),) = stack.rows("knowledge", f"SELECT coalesce(sum(value), 0) FROM answer_vote WHERE {own}")
    return int(found)


def test_a_member_has_one_vote_and_may_change_it(person: Person, facts: Facts) -> None:
    ada, ben = person(), person()
    answer = answered(ada, asked(ada))
    for value, counted in ((1, 1), (1, 1), (-1, -1), (0, 0), (0, 0), (1, 1)):
        shown = ben.made(f"{answer}/vote", {"value": value})
        assert (shown["votes"], shown["voted"]) == (counted, value)
    assert ada.get(answer).json()["voted"] == 0
    told = facts("answer_voted")
    assert [(fact["value"], fact["aggregate_version"]) for fact in told] == [(1, 1), (-1, 2), (0, 3), (1, 4)]
    assert {fact["vote_id"] for fact in told} == {told[0]["vote_id"]}


def test_who_has_no_vote(person: Person, key: Someone, editor: Someone) -> None:
    ada = person()
    answer = answered(ada, asked(ada, visibility="public"))
    own = ada.post(f"{answer}/vote", {"value": 1})
    assert (own.status_code, own.json()["type"]) == (403, "/problems/own-answer")
    assert key.post(f"{answer}/vote", {"value": 1}).json()["type"] == "/problems/members-only"
    assert person(guest=True).post(f"{answer}/vote", {"value": 1}).status_code == 403
    assert editor.post("/answers/" + str(uuid4()) + "/vote", {"value": 1}).status_code == 404
    for wrong in (2, -2, 0.5, "1", None):
        assert editor.post(f"{answer}/vote", {"value": wrong}).status_code == 422


def test_fifty_vote_at_once_and_every_vote_counts(person: Person, stack: Cluster, facts: Facts) -> None:
    ada = person()
    answer = answered(ada, asked(ada))
    voters = [person() for _ in range(50)]
    cast = [lambda each=each: each.post(f"{answer}/vote", {"value": 1}) for each in voters]
    assert codes(at_once(cast)) == [200] * 50
    assert (votes(ada, answer), the_sum(stack, answer), len(facts("answer_voted"))) == (50, 50, 50)


def test_one_member_votes_many_times_at_once(person: Person, stack: Cluster, facts: Facts) -> None:
    ada, ben = person(), person()
    answer = answered(ada, asked(ada))
    values = [1, -1, 1, 0, 1, -1, 1, 1, -1, 0, 1, 1]
    cast = [lambda value=value: ben.post(f"{answer}/vote", {"value": value}) for value in values]
    assert codes(at_once(cast)) == [200] * len(values)
    assert votes(ada, answer) == the_sum(stack, answer) == ben.get(answer).json()["voted"]
    versions = [fact["aggregate_version"] for fact in facts("answer_voted")]
    assert versions == list(range(1, len(versions) + 1))


def test_votes_acceptance_and_deletion_at_once_leave_everything_counted(
    person: Person, stack: Cluster
) -> None:
    ada, ben = person(), person()
    path = asked(ada)
    answers = [answered(ben, path) for _ in range(3)]
    voters = [person() for _ in range(6)]
    votes_for = [partial(each.post, f"{one}/vote", {"value": 1}) for each in voters for one in answers]
    accepts = [partial(ada.post, f"{one}/accept") for one in answers]
    delete = partial(ben.ask, "DELETE", answers[0], If_Match="*")
    acts = [*votes_for, *accepts, delete, partial(ada.post, f"{path}/answers", {"body": "One more"})]
    assert set(codes(at_once(acts))) <= {200, 201, 204, 404, 412}
    items = ada.get(f"{path}/answers").json()["items"]
    assert all(each["votes"] == the_sum(stack, f"/answers/{each['id']}") for each in items)
    shown = ada.get(path).json()
    assert shown["answers"] == len(items)
    accepted = [each["id"] for each in items if each["state"] == "accepted"]
    assert accepted == ([shown["accepted_answer_id"]] if shown["state"] == "accepted" else [])


@pytest.mark.either_database
def test_a_vote_on_what_is_closed_still_counts(person: Person) -> None:
    ada, ben = person(), person()
    path = asked(ada)
    answer = answered(ada, path)
    ada.made(f"{path}/close", {"reason": "no_longer_needed"})
    assert ben.made(f"{answer}/vote", {"value": 1})["votes"] == 1

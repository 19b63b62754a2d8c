"""Questions to an event: asked before and during it, wanted by others, settled once by whoever runs it."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.events.questions.rules import QuestionState, QuestionVerb, verbs
from shared.testing import Cluster
from tests.events.conftest import Facts, Person, an_event
from tests.membership.conftest import Someone, at_once, codes

Published = Callable[..., dict[str, Any]]


@pytest.fixture
def place(published: Published) -> str:
    """The questions of a published event."""
    return f"/events/{published()['id']}/questions"


def test_a_member_asks_and_an_organiser_answers(
    organiser: Someone, person: Person, place: str, facts: Facts
) -> None:
    ada, ben = person(), person()
    asked = ada.made(place, {"text": "Is there a step?"})
    assert (asked["state"], asked["votes"], asked["asked_by"]) == ("asked", 0, str(ada.member_id))
    assert ben.post(f"{place}/{asked['id']}/answer", {"answer": "No."}).status_code == 403
    answered = organiser.made(f"{place}/{asked['id']}/answer", {"answer": "No."})
    assert (answered["state"], answered["answer"], answered["version"]) == ("answered", "No.", 2)
    assert answered["answered_by"] == str(organiser.member_id)
    again = organiser.post(f"{place}/{asked['id']}/answer", {"answer": "Yes."})
    assert (again.status_code, again.json()["allowed"]) == (409, [])
    told = [fact for fact in facts() if fact["fact"].startswith("question_")]
    assert [(fact["fact"], fact["aggregate_version"]) for fact in told] == [
        ("question_asked", 1),
        ("question_answered", 2),
    ]
    assert not any("text" in fact or "answer" in fact for fact in told)
    spoken = ada.made(place, {"text": "And how long is it?"})
    assert organiser.made(f"{place}/{spoken['id']}/answer")["answer"] is None


def test_what_is_dismissed_is_seen_by_organisers_only(organiser: Someone, person: Person, place: str) -> None:
    ada = person()
    kept, gone = (ada.made(place, {"text": text})["id"] for text in ("a", "b"))
    organiser.made(f"{place}/{gone}/dismiss")
    assert [each["id"] for each in ada.get(place).json()["items"]] == [kept]
    assert ada.get(f"{place}?state=dismissed").json()["items"] == []
    assert {each["id"] for each in organiser.get(place).json()["items"]} == {kept, gone}
    assert [each["id"] for each in organiser.get(f"{place}?state=dismissed").json()["items"]] == [gone]


def test_those_most_wanted_come_first_page_by_page(person: Person, place: str) -> None:
    people = [person() for _ in range(3)]
    ids = [people[0].made(place, {"text": f"Question {n}"})["id"] for n in range(5)]
    wanted = {ids[1]: 3, ids[4]: 2, ids[0]: 1}
    for question, votes in wanted.items():
        for who in people[:votes]:
            who.made(f"{place}/{question}/vote")
    order, cursor = [], ""
    while cursor is not None:
        page = people[2].get(f"{place}?limit=2{cursor and f'&cursor={cursor}'}").json()
        order += [(each["id"], each["votes"], each["voted"]) for each in page["items"]]
        cursor = page["next_cursor"]
    assert order == [
        (ids[1], 3, True),
        (ids[4], 2, False),
        (ids[0], 1, False),
        (ids[3], 0, False),
        (ids[2], 0, False),
    ]


def test_one_vote_per_member_under_any_concurrency(stack: Cluster, person: Person, place: str) -> None:
    people = [person() for _ in range(6)]
    question = people[0].made(place, {"text": "When is lunch?"})["id"]
    path = f"{place}/{question}/vote"
    answers = at_once([partial(who.post, path) for who in people for _ in range(3)])
    assert codes(answers) == [200] * 18
    assert counted(stack, question) == (6, 6)
    mixed = [partial(who.delete, path) for who in people[:3]] + [
        partial(who.post, path) for who in people[3:]
    ]
    assert codes(at_once(mixed * 2)) == [200] * 12
    assert counted(stack, question) == (3, 3)
    view = people[5].made(path)
    assert (view["votes"], view["voted"], view["version"]) == (3, True, 1)
    assert people[5].delete(path).json()["votes"] == 2


def counted(stack: Cluster, question: str) -> tuple[int, int]:
    """The counter, and the rows it counts."""
    [[votes]] = stack.rows("events", f"SELECT votes FROM question WHERE id = '{question}'")
    [[rows]] = stack.rows("events", f"SELECT count(*) FROM question_vote WHERE question_id = '{question}'")
    return votes, rows


def test_nobody_asks_before_it_is_announced_or_once_it_is_over(
    organiser: Someone, person: Person, published: Published
) -> None:
    ada = person()
    draft = organiser.made("/events", an_event())["id"]
    assert ada.post(f"/events/{draft}/questions", {"text": "?"}).status_code == 404
    early = organiser.post(f"/events/{draft}/questions", {"text": "?"})
    assert (early.status_code, early.json()["type"]) == (409, "/problems/no-questions-now")
    event = published()["id"]
    before = ada.made(f"/events/{event}/questions", {"text": "before"})
    organiser.made(f"/events/{event}/start")
    assert ada.post(f"/events/{event}/questions", {"text": "during"}).status_code == 201
    assert ada.post(f"/events/{event}/questions/{before['id']}/vote").status_code == 200
    organiser.made(f"/events/{event}/complete")
    late = ada.post(f"/events/{event}/questions", {"text": "after"})
    assert (late.status_code, late.json()["type"]) == (409, "/problems/no-questions-now")
    assert ada.post(f"/events/{event}/questions/{before['id']}/vote").status_code == 409
    assert organiser.post(f"/events/{event}/questions/{before['id']}/answer", {}).status_code == 200


def test_a_settled_question_takes_no_votes_and_a_key_none_at_all(
    key: Someone, organiser: Someone, person: Person, place: str
) -> None:
    question = person().made(place, {"text": "?"})["id"]
    for answer in (key.post(place, {"text": "?"}), key.post(f"{place}/{question}/vote")):
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/members-only")
    assert key.post(f"{place}/{question}/dismiss").status_code == 200
    assert organiser.post(f"{place}/{question}/vote").status_code == 409


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, None, 5])
def test_a_question_is_a_text_of_some_length(person: Person, place: str, text: Any) -> None:
    assert person().post(place, {"text": text}).status_code == 422


def test_missing_is_what_is_elsewhere(
    person: Person, organiser: Someone, place: str, published: Published
) -> None:
    ada = person()
    question = ada.made(place, {"text": "?"})["id"]
    other = f"/events/{published()['id']}/questions"
    stranger = person("organizer", within=uuid4())
    for who, path in (
        (ada, f"{other}/{question}/vote"),
        (organiser, f"{other}/{question}/answer"),
        (stranger, f"{place}/{question}/vote"),
        (stranger, place),
        (ada, f"{place}/{uuid4()}/vote"),
    ):
        body = {"text": "?"} if path.endswith("questions") else None
        assert who.post(path, body).status_code == 404, path
    assert stranger.get(place).status_code == 404


@pytest.mark.either_database
def test_each_question_is_settled_once() -> None:
    assert {state: verbs(state) for state in QuestionState} == {
        QuestionState.ASKED: [QuestionVerb.ANSWER, QuestionVerb.DISMISS],
        QuestionState.ANSWERED: [],
        QuestionState.DISMISSED: [],
    }


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=12))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_counter_is_who_wants_it(person: Person, place: str, toggles: list[tuple[int, bool]]) -> None:
    people = [person() for _ in range(3)]
    question = people[0].made(place, {"text": "?"})["id"]
    want: Counter[int] = Counter()
    for who, wants in toggles:
        path = f"{place}/{question}/vote"
        answer = people[who].post(path) if wants else people[who].delete(path)
        want[who] = int(wants)
        assert (answer.json()["votes"], answer.json()["voted"]) == (sum(want.values()), wants)

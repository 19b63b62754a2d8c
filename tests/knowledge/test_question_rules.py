"""The lives of questions and answers as tables, the order of answers, and texts made of conversations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.knowledge.articles.compose import fitting_tags, of_conversation, of_question
from services.knowledge.questions import rules
from services.knowledge.questions.rules import (
    ANSWER_MOVES,
    QUESTION_MOVES,
    READABLE,
    TAKES_ANSWERS,
    AnswerState,
    ClosedReason,
    QuestionState,
    QuestionVerb,
)
from services.knowledge.rules import BODY_LENGTH, TAG_LENGTH, TAGS

VOTES = st.integers(-(10**6), 10**6)
READ = st.sampled_from(sorted(READABLE))

LIVES = {
    "open": {"answer": "answered", "close": "closed", "duplicate": "duplicate"},
    "answered": {"answer": "answered", "accept": "accepted", "close": "closed", "duplicate": "duplicate"},
    "accepted": {
        "answer": "accepted",
        "accept": "accepted",
        "mark-outdated": "outdated",
        "close": "closed",
        "duplicate": "duplicate",
    },
    "outdated": {
        "answer": "outdated",
        "accept": "accepted",
        "reopen": "open",
        "close": "closed",
        "duplicate": "duplicate",
    },
    "closed": {"reopen": "open"},
    "duplicate": {"reopen": "open"},
    "hidden": {},
}
ANSWERS = {
    "posted": {"accept": "accepted", "verify": "posted"},
    "accepted": {"accept": "accepted", "verify": "accepted", "mark-outdated": "outdated"},
    "outdated": {"accept": "accepted"},
    "hidden": {},
    "deleted": {},
}


def test_the_life_of_a_question() -> None:
    assert {state: QUESTION_MOVES.get(state, {}) for state in QuestionState} == LIVES
    assert {state: rules.verbs(state) for state in QuestionState} == {
        state: list(moves) for state, moves in LIVES.items()
    }
    assert {state for state in QuestionState if QuestionVerb.ANSWER in rules.verbs(state)} == TAKES_ANSWERS


def test_the_life_of_an_answer() -> None:
    assert {state: ANSWER_MOVES.get(state, {}) for state in AnswerState} == ANSWERS
    assert {state: rules.answer_verbs(state) for state in AnswerState} == {
        state: list(moves) for state, moves in ANSWERS.items()
    }


@pytest.mark.parametrize(
    ("state", "answers", "after"),
    [
        ("open", 0, "open"),
        ("open", 2, "answered"),
        ("answered", 1, "answered"),
        ("answered", 0, "open"),
        ("accepted", 0, "accepted"),
        ("outdated", 0, "outdated"),
        ("closed", 3, "closed"),
        ("duplicate", 0, "duplicate"),
    ],
)
def test_open_means_that_nothing_can_be_read(state: str, answers: int, after: str) -> None:
    assert rules.counted(QuestionState(state), answers) is QuestionState(after)


@given(answers=st.integers(0, 100))
def test_a_reopened_question_is_what_its_answers_make_it(answers: int) -> None:
    assert rules.reopened(answers, holds=True) is QuestionState.ACCEPTED
    after = QuestionState.ANSWERED if answers else QuestionState.OPEN
    assert rules.reopened(answers, holds=False) is after


def test_what_whoever_asked_may_take_back() -> None:
    closed, duplicate = QuestionState.CLOSED, QuestionState.DUPLICATE
    assert rules.asker_may_reopen(QuestionState.OUTDATED, None)
    assert not rules.asker_may_reopen(duplicate, None)
    may = {reason for reason in ClosedReason if rules.asker_may_reopen(closed, reason)}
    assert may == {ClosedReason.NO_LONGER_NEEDED}


@given(one=READ, other=READ, votes=VOTES, more=VOTES)
def test_the_accepted_answer_comes_first_then_the_one_with_more_votes(
    one: AnswerState, other: AnswerState, votes: int, more: int
) -> None:
    accepted = AnswerState.ACCEPTED
    comes_first = rules.rank_of(one, votes) < rules.rank_of(other, more)
    if (one is accepted) is not (other is accepted):
        assert comes_first is (one is accepted)
    else:
        assert comes_first is (votes > more)


@given(
    opening=st.text(min_size=1, max_size=50),
    accepted=st.none() | st.text(min_size=1, max_size=50),
    others=st.lists(st.integers(1, BODY_LENGTH).map("x".__mul__), max_size=6),
)
def test_a_conversation_fits_into_one_text(opening: str, accepted: str | None, others: list[str]) -> None:
    body = of_conversation(opening, accepted, others)
    assert len(body) <= BODY_LENGTH
    assert opening in body
    if accepted is not None:
        assert body == of_question(opening, accepted)
    elif others and len(others[0]) < BODY_LENGTH - 200:
        assert others[0] in body


@given(st.lists(st.text(max_size=60), max_size=40))
def test_tags_are_those_an_article_can_have(tags: list[str]) -> None:
    kept = fitting_tags(tags)
    assert len(kept) == len(set(kept)) <= TAGS
    assert all(0 < len(tag) <= TAG_LENGTH and tag == tag.strip() for tag in kept)

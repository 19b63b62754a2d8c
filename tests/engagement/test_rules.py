"""The rules of engagement: moves between states, plausible times, derived ids, counted reactions."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.engagement import rules
from services.engagement.rules import (
    POST_MOVES,
    TOPIC_MOVES,
    PostState,
    ReactionKind,
    TopicState,
    is_plausible,
    takes_posts,
)
from shared.ids import derived_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COMMUNITY = UUID(int=1)
texts = st.text(min_size=1, max_size=20)
words = st.from_regex(rules.WORD, fullmatch=True)


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (TopicState.OPEN, {TopicState.LOCKED}),
        (TopicState.LOCKED, {TopicState.OPEN, TopicState.ARCHIVED}),
        (TopicState.ARCHIVED, set()),
    ],
)
def test_topics_move_between_these_states(state: TopicState, allowed: set[TopicState]) -> None:
    assert TOPIC_MOVES[state] == allowed


def test_only_open_topics_take_posts() -> None:
    assert [state for state in TopicState if takes_posts(state)] == [TopicState.OPEN]


class Conversation(RuleBasedStateMachine):
    """Any attempts in any order: states only ever follow the tables, and what is final stays."""

    def __init__(self) -> None:
        super().__init__()
        self.topic = TopicState.OPEN
        self.posts: list[PostState] = []
        self.taken = 0
        self.archived_with: int | None = None

    @rule(to=st.sampled_from(TopicState))
    def move(self, to: TopicState) -> None:
        if to in TOPIC_MOVES[self.topic]:
            assert to is not self.topic
            self.topic = to
            if to is TopicState.ARCHIVED:
                self.archived_with = len(self.posts)

    @rule()
    def write(self) -> None:
        if takes_posts(self.topic):
            self.posts.append(PostState.VISIBLE)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        if self.posts:
            index = data.draw(st.integers(0, len(self.posts) - 1))
            if PostState.DELETED in POST_MOVES[self.posts[index]]:
                self.posts[index] = PostState.DELETED
                self.taken += 1

    @invariant()
    def a_post_is_deleted_once(self) -> None:
        assert self.taken == self.posts.count(PostState.DELETED)

    @invariant()
    def an_archived_topic_is_closed_for_good(self) -> None:
        if self.archived_with is not None:
            assert (self.topic, len(self.posts)) == (TopicState.ARCHIVED, self.archived_with)

    @invariant()
    def every_state_has_its_row(self) -> None:
        assert set(TOPIC_MOVES) == set(TopicState)
        assert set(POST_MOVES) == set(PostState)


TestConversation = Conversation.TestCase


@pytest.mark.parametrize(
    ("at", "plausible"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), True),
        (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), False),
        (NOW + timedelta(days=1), True),
        (NOW + timedelta(days=1, microseconds=1), False),
        (datetime(1970, 1, 1, 1, tzinfo=UTC).astimezone(tz=None), True),
    ],
)
def test_plausible_times(at: datetime, plausible: bool) -> None:
    assert is_plausible(at, NOW) is plausible


@given(st.lists(st.tuples(words, texts), unique=True, max_size=20))
def test_different_things_get_different_ids(things: list[tuple[str, str]]) -> None:
    ids = [rules.imported_topic_id(COMMUNITY, *thing) for thing in things]
    ids += [rules.imported_post_id(COMMUNITY, *thing) for thing in things]
    ids += [derived_id(COMMUNITY, rules.activity_name(*thing)) for thing in things]
    assert len(set(ids)) == len(ids)
    assert rules.imported_topic_id(COMMUNITY, "x", "1") == rules.imported_topic_id(COMMUNITY, "x", "1")
    assert rules.imported_topic_id(COMMUNITY, "x", "1") != rules.imported_topic_id(UUID(int=2), "x", "1")


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(ReactionKind), st.booleans())))
def test_counts_equal_the_standing_reactions(toggles: list[tuple[int, ReactionKind, bool]]) -> None:
    counts: dict[ReactionKind, int] = {}
    standing: set[tuple[int, ReactionKind]] = set()
    for member, kind, active in toggles:
        if active != ((member, kind) in standing):
            standing ^= {(member, kind)}
            counts = rules.counted(counts, kind, 1 if active else -1)
    assert counts == Counter(kind for _, kind in standing)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans())))
def test_a_topic_has_the_post_accepted_last_unless_it_was_taken_back(told: list[tuple[int, bool]]) -> None:
    standing: UUID | None = None
    for post, accepted in told:
        standing = rules.accepted_post(standing, UUID(int=post), accepted)
        assert (standing == UUID(int=post)) is accepted

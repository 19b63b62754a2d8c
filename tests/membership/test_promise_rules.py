"""The life of a promise by its table, and every history of it by property."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.membership.promises import rules
from services.membership.promises.rules import PromiseState, RecipientKind, Step

START = datetime(2026, 3, 1, tzinfo=UTC)
FINAL = set(PromiseState) - {PromiseState.OPEN, PromiseState.LATE, PromiseState.BROKEN}
HOURS = st.integers(0, 72)


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        ("open", ["keep", "release", "supersede"]),
        ("late", ["keep", "release", "supersede"]),
        ("broken", ["apologise"]),
        ("kept", []),
        ("kept_late", []),
        ("released", []),
        ("superseded", []),
        ("apologised", []),
    ],
)
def test_a_promise_goes_through_the_states_of_the_domain(state: str, verbs: list[str]) -> None:
    assert rules.verbs(PromiseState(state)) == verbs


@pytest.mark.parametrize(
    ("state", "hours", "steps"),
    [
        ("open", 0, []),
        ("open", 10, []),
        ("open", 10.001, ["fall-due"]),
        ("open", 15, ["fall-due"]),
        ("open", 15.001, ["fall-due", "break"]),
        ("late", 12, []),
        ("late", 20, ["break"]),
        ("kept", 20, []),
        ("broken", 20, []),
    ],
)
def test_what_the_clock_owes_a_promise_due_in_ten_hours_with_five_of_grace(
    state: str, hours: float, steps: list[str]
) -> None:
    due_at = START + timedelta(hours=10)
    owed = rules.by_the_clock(
        PromiseState(state), due_at, rules.breaking_at(due_at, 5), START + timedelta(hours=hours)
    )
    assert [step.value for step, _ in owed] == steps


@given(HOURS, HOURS, st.lists(st.integers(0, 200), max_size=20))
@settings(max_examples=2000, deadline=None)
def test_however_often_the_clock_looks_each_step_is_taken_once(
    due: int, grace: int, looks: list[int]
) -> None:
    """Seldom or often, after a second or a month: the same steps in order, as of the same moments."""
    due_at = START + timedelta(hours=due)
    breaks_at = rules.breaking_at(due_at, grace)

    def seen(moments: list[int]) -> list[tuple[Step, datetime]]:
        state, taken = PromiseState.OPEN, list[tuple[Step, datetime]]()
        for at in moments:
            now = START + timedelta(hours=at)
            for step, when in rules.by_the_clock(state, due_at, breaks_at, now):
                following = rules.after(state, step)
                assert following is not None
                state = following
                taken.append((step, when))
            clock_at = rules.clock_at(state, due_at, breaks_at)
            assert clock_at is None or clock_at >= now
        return taken

    assert seen(sorted(looks)) == seen([max(looks, default=0)])


@given(st.sampled_from(RecipientKind), st.booleans(), st.booleans())
def test_a_member_alone_releases_what_was_promised_to_them(
    kind: RecipientKind, oneself: bool, of_team: bool
) -> None:
    recipient: UUID = uuid4()
    released = rules.may_release(kind, recipient, recipient if oneself else uuid4(), of_team=of_team)
    assert released == (oneself if kind is RecipientKind.MEMBER else of_team)
    assert rules.may_release(kind, recipient, None, of_team=of_team, reachable=False) == of_team


class PromiseLife(RuleBasedStateMachine):
    """Any verbs at any time, with a clock that looks or sleeps: what holds of every history holds."""

    @initialize(due=st.none() | st.integers(1, 40), grace=st.integers(0, 40))
    def make(self, due: int | None, grace: int) -> None:
        self.now = START
        self.due_at = None if due is None else START + timedelta(hours=due)
        self.breaks_at = rules.breaking_at(self.due_at, grace)
        self.state = PromiseState.OPEN
        self.past: list[tuple[PromiseState, datetime]] = [(self.state, START)]

    def go(self, steps: list[tuple[Step, datetime]]) -> bool:
        state, reached = self.state, list[tuple[PromiseState, datetime]]()
        for step, at in steps:
            following = rules.after(state, step)
            if following is None:
                return False
            state = following
            reached.append((state, at))
        self.state = state
        self.past += reached
        return True

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def look(self) -> None:
        assert self.go(rules.by_the_clock(self.state, self.due_at, self.breaks_at, self.now))

    @rule(step=st.sampled_from([Step.KEEP, Step.RELEASE, Step.SUPERSEDE, Step.APOLOGISE]))
    def act(self, step: Step) -> None:
        owed = rules.by_the_clock(self.state, self.due_at, self.breaks_at, self.now)
        before = self.state
        went = self.go([*owed, (step, self.now)])
        assert went or self.state is before

    @invariant()
    def history_is_possible(self) -> None:
        states = [state for state, _ in self.past]
        moments = [at for _, at in self.past]
        assert len(set(states)) == len(states)
        assert moments == sorted(moments)
        assert all(state not in FINAL for state in states[:-1])
        at = dict(self.past)
        if PromiseState.KEPT in at:
            assert self.due_at is None or at[PromiseState.KEPT] <= self.due_at
        if PromiseState.KEPT_LATE in at:
            assert self.due_at is not None
            assert self.breaks_at is not None
            assert self.due_at < at[PromiseState.KEPT_LATE] <= self.breaks_at
        if PromiseState.LATE in at:
            assert at[PromiseState.LATE] == self.due_at
        if PromiseState.BROKEN in at:
            assert at[PromiseState.BROKEN] == self.breaks_at
            assert states.index(PromiseState.LATE) < states.index(PromiseState.BROKEN)
        assert (PromiseState.APOLOGISED in at) <= (PromiseState.BROKEN in at)


TestPromiseLife = PromiseLife.TestCase
TestPromiseLife.settings = settings(max_examples=300, stateful_step_count=15, deadline=None)

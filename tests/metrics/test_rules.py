"""The formulas: published vectors, and equality with definitions written another way."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics import rules, windows
from services.metrics.rules import ActivityClass, Contribution, class_of
from tests.metrics import brute

CHAOSS = [1000, 202, 90, 33, 332, 343, 42, 433]
NIELSEN = [0] * 90 + [1] * 9 + [91]
START = datetime(2024, 1, 1, tzinfo=UTC)
counts = st.lists(st.integers(0, 50), max_size=60)
seconds = st.lists(st.integers(0, 30).map(float), max_size=30)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("read", ActivityClass.PASSIVE),
        ("visit", ActivityClass.PASSIVE),
        ("react", ActivityClass.PARTICIPATION),
        ("vote", ActivityClass.PARTICIPATION),
        ("question", ActivityClass.CONTRIBUTION),
        ("message", ActivityClass.CONTRIBUTION),
        ("mentor", ActivityClass.LEADERSHIP),
        ("joined", ActivityClass.MEMBERSHIP),
        ("something nobody listed", ActivityClass.CONTRIBUTION),
    ],
)
def test_every_kind_has_a_class(kind: str, expected: ActivityClass) -> None:
    assert class_of(kind) is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [(CHAOSS, 0.485505), (NIELSEN, 0.981), ([1] * 9 + [91], 0.81), ([5, 5, 5], 0.0), ([7], 0.0)],
)
def test_gini_of_published_vectors(values: list[int], expected: float) -> None:
    assert rules.inequality(Counter(values)).gini == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize("values", [[], [0, 0, 0]])
def test_gini_of_nothing_is_null(values: list[int]) -> None:
    assert rules.inequality(Counter(values)).gini is None


@given(counts)
def test_gini_is_half_the_relative_mean_difference(values: list[int]) -> None:
    assert rules.inequality(Counter(values)).gini == pytest.approx(brute.gini(values))


@given(counts, st.sampled_from([0.01, 0.1, 0.25, 0.5, 1.0]))
def test_top_share_takes_the_busiest_people(values: list[int], p: float) -> None:
    top = rules.top(Counter(values), p)
    assert rules.ratio(top.top, top.total) == pytest.approx(brute.top_share(values, p))


def test_participation_splits_as_nielsen_says() -> None:
    assert rules.split(Counter(NIELSEN), 9) == (90, 9, 1)


def test_first_response_counts_who_still_waits() -> None:
    """Responded after 5, 10, 20, 60 minutes, still open after 30 and 90."""
    found = rules.kaplan_meier([5, 10, 20, 60], [30, 90])
    assert found == (20, None, 90)


@given(seconds, seconds)
def test_kaplan_meier_equals_the_product_formula(answered: list[float], waiting: list[float]) -> None:
    found = rules.kaplan_meier(answered, waiting)
    assert found.p50 == brute.kaplan_meier(answered, waiting, 0.5)
    assert found.p90 == brute.kaplan_meier(answered, waiting, 0.1)


def contribution(minute: int, name: str, person: int | None, *, opens: bool = False) -> Contribution:
    return Contribution(START + timedelta(minutes=minute), name, opens, person)


@pytest.mark.parametrize(
    ("said", "opener", "waited"),
    [
        ([(0, "a", 1, True), (5, "b", 1, False), (9, "c", 2, False)], 1, 9),
        ([(0, "a", 1, True), (5, "b", 1, False)], 1, None),
        ([(0, "a", 1, True), (5, "b", None, False)], 1, None),
        ([(0, "a", None, True), (5, "b", 2, False)], None, 5),
        ([(3, "a", 1, False), (4, "b", 2, False)], 1, 1),
        ([(0, "a", 2, False), (3, "b", 1, True), (7, "c", 3, False)], 1, 4),
        ([(2, "a", 1, True), (2, "b", 2, False)], 1, 0),
    ],
    ids=[
        "the asker's own reply is no response",
        "nobody answered",
        "an unknown author is nobody",
        "anybody answers an unknown asker",
        "without a topic the first one opens",
        "what lies before the topic is no response",
        "at the same instant",
    ],
)
def test_a_thread_is_opened_and_answered(
    said: list[tuple[int, str, int | None, bool]], opener: int | None, waited: int | None
) -> None:
    contributions = [contribution(at, name, person, opens=opens) for at, name, person, opens in said]
    for order in (contributions, contributions[::-1]):
        found = rules.opening(order)
        assert found.person == opener
        waiting = None if found.answered_at is None else found.answered_at - found.at
        assert waiting == (None if waited is None else timedelta(minutes=waited))


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 15))))
def test_runs_add_up_to_the_difference_array(spans: list[tuple[int, int]]) -> None:
    changes: Counter[int] = Counter()
    for start, length in spans:
        changes[start] += 1
        changes[start + length] -= 1
    stretches = windows.runs(changes.items())
    for day in range(60):
        expected = sum(1 for start, length in spans if start <= day < start + length)
        assert windows.value_on(stretches, day) == expected
        inside = windows.between(stretches, day, day + 9)
        assert sum(run.end - run.start for run in inside) == sum(
            1 for other in range(day, day + 9) if windows.value_on(stretches, other)
        )

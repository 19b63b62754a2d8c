"""The formulas: published vectors, and equality with definitions written another way."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics import rules, windows
from services.metrics.rules import ActivityClass, class_of
from tests.metrics import brute

CHAOSS = [1000, 202, 90, 33, 332, 343, 42, 433]
NIELSEN = [0] * 90 + [1] * 9 + [91]
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

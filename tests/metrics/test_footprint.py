"""Roll-ups by differences: after any changes of any history they are what counting from scratch gives."""

from collections import Counter, defaultdict
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.footprint import Deltas, History, compare, footprint
from services.metrics.periods import tail_of
from services.metrics.rules import WINDOWS
from tests.metrics import brute
from tests.metrics.brute import Act

FIRST = date(2023, 12, 20).toordinal()
days = st.integers(FIRST, FIRST + 75)
changes = st.lists(st.tuples(st.integers(1, 4), days, st.booleans(), st.booleans()), max_size=60)


def history(acts: list[Act], person: int) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for act in acts:
        if act.person == person:
            before = found.get(act.day, (0, 0))
            found[act.day] = (before[0] + 1, before[1] + act.contributes)
    return found


def total(of: History) -> tuple[int, int]:
    return sum(a for a, _ in of.values()), sum(c for _, c in of.values())


def counted(deltas: Deltas) -> dict[str, dict[tuple[object, ...], object]]:
    """The roll-ups that differences add up to, in the form of `brute.rollups`."""
    periods = {key: tuple(counts) for key, counts in deltas.periods.items()}
    return {
        "period": {key: counts for key, counts in periods.items() if any(counts)},
        "histogram": {tuple(key): people for key, people in deltas.histogram.items() if people},
        "cohort": {tuple(key): people for key, people in deltas.cohort.items() if people},
    }


def windows(deltas: Deltas) -> dict[int, Counter[int]]:
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for (window, day), change in deltas.windows.items():
        found[window][day] += change
    return found


@given(changes)
def test_any_additions_and_removals_give_what_counting_gives(
    steps: list[tuple[int, int, bool, bool]],
) -> None:
    acts: list[Act] = []
    deltas = Deltas()
    for person, day, contributes, removes in steps:
        act = Act(person, day, contributes)
        after = [*acts]
        if removes and act in after:
            after.remove(act)
        elif not removes:
            after.append(act)
        old, new = history(acts, person), history(after, person)
        marks = [footprint(of, min(of, default=None), total(of)) for of in (old, new)]
        compare(marks[0], marks[1], deltas)
        acts = after
    assert counted(deltas) == brute.rollups(acts)
    changed = windows(deltas)
    for window in WINDOWS:
        for day in range(FIRST - 1, FIRST + 75 + window + 2):
            assert brute.prefix(changed[window], day) == brute.trailing(acts, window, day)


@given(
    st.sets(days, min_size=1), st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=5)
)
def test_the_tail_is_enough_for_who_goes_on(past: set[int], later: list[tuple[int, bool]]) -> None:
    """What is added on or after the last active day changes the same, known whole or from the tail on."""
    whole = [Act(1, day, True) for day in past]
    after = [*whole, *(Act(1, max(past) + offset, contributes) for offset, contributes in later)]
    found = []
    for known, since in ((FIRST, 0), (tail_of(max(past)), max(past))):
        deltas = Deltas()
        old, new = history(whole, 1), history(after, 1)
        parts = [{day: counts for day, counts in of.items() if day >= known} for of in (old, new)]
        marks = [
            footprint(part, min(past), total(of), since) for part, of in zip(parts, (old, new), strict=True)
        ]
        compare(marks[0], marks[1], deltas)
        changed = {key: change for key, change in deltas.windows.items() if change}
        found.append((counted(deltas), changed))
    assert found[0] == found[1]

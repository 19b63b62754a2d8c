"""How a question is measured: its sides take turns, so that a busy moment of the machine meets them all."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
SPREAD_LIMIT = 0.15


@dataclass(frozen=True)
class Effort:
    """How long to look: rounds per side and seconds per round; `share` scales fixed amounts of work."""

    rounds: int = 5
    seconds: float = 1.5
    share: float = 1.0


QUICK = Effort(rounds=1, seconds=0.4, share=0.1)


@dataclass(frozen=True)
class Row:
    """One line of the table: a value, its target, and what else was seen."""

    id: str
    question: str
    value: float
    target: str
    beside: Mapping[str, float] = field(default_factory=dict)
    remarks: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        """Whether every part of the value reaches its bound; targets read `>= 0.45` or `<= 3`."""
        sign, bound = self.target.split()
        return self.value >= float(bound) if sign == ">=" else self.value <= float(bound)


def taking_turns(sides: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """What each side returned, round by round: in the order given, then in the reverse, and so on."""
    found: dict[str, list[T]] = {name: [] for name in sides}
    for number in range(rounds):
        for name in sides if number % 2 == 0 else reversed(list(sides)):
            found[name].append(sides[name]())
    return found


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the ratios of neighbouring rounds: what slowed both down cancels out."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def spread(values: Sequence[float]) -> float:
    """The distance between the extremes, as a share of the median."""
    return (max(values) - min(values)) / statistics.median(values)


def remarks_on(below: Sequence[float]) -> list[str]:
    """What the reader has to know about a denominator."""
    found = spread(below)
    return [f"denominator spreads {found:.0%}"] if found > SPREAD_LIMIT else []

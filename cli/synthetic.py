"""A made-up community with the shape of real ones; the same seed always makes the same one.

Few people say most of it, many never say anything, newcomers ask and many of them leave soon, weekends are
quiet, and replies come after log-normal delays: most within hours, some after weeks, some never.
"""

from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

LURKERS = 0.45
"""Share of members who never say anything."""

ENERGY_EXPONENT = 1.15
"""Of the Pareto law of how much somebody says: about the busiest tenth says two thirds."""

QUESTIONS_PER_MEMBER_DAY = 0.03
WEEKDAYS = (1.15, 1.25, 1.2, 1.15, 1.0, 0.6, 0.65)
NEWCOMER_DAYS = 14
UNANSWERED = 0.15
ACCEPTED = 0.45
FORGOTTEN_AUTHORS = 0.01
"""Share of posts whose author's account is gone."""

QUESTION, ANSWER, COMMENT = "question", "answer", "comment"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who joins, takes part with some energy, and perhaps stops."""

    joined_at: datetime
    left_at: datetime
    energy: float


@dataclass(eq=False, slots=True)
class Said:
    """A question, an answer to one, or a comment on either; `author` is an index of the people."""

    kind: str
    at: datetime
    author: int | None
    parent: "Said | None" = None
    score: int = 0
    accepted: bool = False

    @property
    def question(self) -> "Said":
        """The question it belongs to."""
        return self if self.parent is None else self.parent.question


class Community(NamedTuple):
    """People in the order in which they joined, and what they said in the order in which they said it."""

    people: list[Person]
    said: list[Said]


def community(seed: int, members: int, days: int, start: datetime) -> Community:
    """The community of this seed and size, from `start` on for `days` days."""
    random = Random(f"guildhall {seed} {members} {days}")  # noqa: S311 - a simulation, no secret
    end = start + timedelta(days)
    people = _people(random, members, start, end)
    crowd = _Crowd(random, people)
    said: list[Said] = []
    for day in range(days):
        midnight = start + timedelta(day)
        expected = QUESTIONS_PER_MEMBER_DAY * WEEKDAYS[midnight.weekday()] * crowd.present(midnight)
        for _ in range(_poisson(random, expected)):
            said += _conversation(random, crowd, _time_of_day(random, midnight), end)
    said.sort(key=lambda each: each.at)
    return Community(people, said)


def _people(random: Random, members: int, start: datetime, end: datetime) -> list[Person]:
    span = end - start
    people = []
    for _ in range(members):
        # One in ten is there from the start; later more and more people come.
        arrival = timedelta(0) if random.random() < 0.1 else span * random.random() ** 0.7
        joined_at = min(_time_of_day(random, start + timedelta((arrival).days)), end - timedelta(seconds=1))
        energy = 0.0 if random.random() < LURKERS else min(random.paretovariate(ENERGY_EXPONENT), 300.0)
        soon = random.random() < 0.4
        stay = random.expovariate(1 / 4) if soon else random.lognormvariate(4.6, 1.2)
        left_at = end if energy > 12 else joined_at + timedelta(days=stay)
        people.append(Person(joined_at, left_at, energy))
    return sorted(people, key=lambda person: person.joined_at)


class _Crowd:
    """Answers who is there and who speaks next."""

    def __init__(self, random: Random, people: list[Person]) -> None:
        self.people = people
        self._random = random
        self._arrivals = [person.joined_at for person in people]
        self._departures = sorted(person.left_at for person in people)
        self._energies = list(accumulate(person.energy for person in people))

    def present(self, at: datetime) -> int:
        """How many are members at that time and still come."""
        return bisect(self._arrivals, at) - bisect(self._departures, at)

    def newcomer(self, at: datetime) -> int | None:
        """Somebody who joined lately and is still there."""
        first, last = bisect(self._arrivals, at - timedelta(NEWCOMER_DAYS)), bisect(self._arrivals, at)
        return self._one_of(lambda: self._random.randrange(first, last) if last > first else -1, at)

    def speaker(self, at: datetime, but: int | None = None) -> int | None:
        """Somebody who is there, by energy."""
        last = bisect(self._arrivals, at)
        total = self._energies[last - 1] if last else 0.0
        return self._one_of(lambda: bisect(self._energies, self._random.random() * total), at, but)

    def _one_of(self, draw: Callable[[], int], at: datetime, but: int | None = None) -> int | None:
        for _ in range(50):
            index = draw()
            if 0 <= index < len(self.people) and index != but:
                person = self.people[index]
                if person.energy and person.joined_at <= at < person.left_at:
                    return index
        return None


def _conversation(random: Random, crowd: _Crowd, at: datetime, end: datetime) -> list[Said]:
    asker = crowd.newcomer(at) if random.random() < 0.5 else None
    if asker is None:
        asker = crowd.speaker(at)
    if asker is None:
        return []
    question = Said(QUESTION, at, asker, score=_score(random))
    answers = []
    if random.random() >= UNANSWERED:
        for _ in range(1 + _geometric(random, 0.8)):
            when = _later(random, at, hours=3.0, spread=1.8)
            answers.append(Said(ANSWER, when, crowd.speaker(when, but=asker), question, _score(random)))
    answers = [answer for answer in answers if answer.author is not None and answer.at < end]
    if answers and random.random() < ACCEPTED:
        max(answers, key=lambda answer: answer.score).accepted = True
    comments = [
        comment
        for commented in (question, *answers)
        for comment in _comments(random, crowd, commented, asker)
        if comment.author is not None and comment.at < end
    ]
    said = [question, *answers, *comments]
    for each in said:
        if random.random() < FORGOTTEN_AUTHORS:
            each.author = None
    return said


def _comments(random: Random, crowd: _Crowd, commented: Said, asker: int) -> list[Said]:
    comments = []
    for _ in range(_geometric(random, 1.5)):
        when = _later(random, commented.at, hours=1.5, spread=1.6)
        still_there = when < crowd.people[asker].left_at
        author = asker if still_there and random.random() < 0.35 else crowd.speaker(when)
        comments.append(Said(COMMENT, when, author, commented, max(0, _score(random) - 3)))
    return comments


def _time_of_day(random: Random, midnight: datetime) -> datetime:
    return _to_milliseconds(midnight + timedelta(hours=random.triangular(5, 24, 15)))


def _later(random: Random, at: datetime, *, hours: float, spread: float) -> datetime:
    delay = min(hours * random.lognormvariate(0, spread), 24 * 365.0)
    return _to_milliseconds(at + timedelta(seconds=1, hours=delay))


def _to_milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _score(random: Random) -> int:
    return int(random.expovariate(1 / 3)) - (random.random() < 0.1) * 2


def _geometric(random: Random, mean: float) -> int:
    count = 0
    while random.random() < mean / (1 + mean):
        count += 1
    return count


def _poisson(random: Random, mean: float) -> int:
    """How many events of a unit rate happen within `mean`."""
    count, passed = 0, random.expovariate(1)
    while passed < mean:
        count += 1
        passed += random.expovariate(1)
    return count

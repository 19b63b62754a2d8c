"""A recurrence set: a start, one rule, further and excluded dates -> local times in order, or a refusal."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import lru_cache
from heapq import merge
from itertools import islice
from zoneinfo import ZoneInfo

from services.events.series import rrule as rules_read
from services.events.series.expand import STEPS, OutOfSteps, expand
from services.events.series.rrule import LARGEST_COUNT, normalised
from services.events.series.rules import Rule
from shared import zones
from shared.problems import Unprocessable

MOST_DATES = 500
FIRST_YEAR, LAST_YEAR = 1900, 2199


class UnknownZone(Unprocessable):
    """`allowed` says what a zone is named like."""

    title = "No such time zone"


class TimeNotUnderstood(Unprocessable):
    """`text` is no day, local time or moment between 1900 and 2200."""

    title = "Not a time"


class TooManyDates(Unprocessable):
    """So many single dates are no recurrence."""

    title = "Too many dates"


class NeverOccurs(Unprocessable):
    """No day of any year looked at is what the rule asks for."""

    title = "The rule has no occurrence"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A recurrence set over naive local times in one zone; without a rule the start is the first of it."""

    start: datetime
    rule: Rule | None
    rrule: str | None
    rdates: tuple[datetime, ...]
    exdates: tuple[datetime, ...]
    zone: ZoneInfo
    all_day: bool

    def occurrences(
        self,
        since: datetime | None = None,
        before: datetime | None = None,
        limit: int | None = None,
        steps: int = STEPS,
    ) -> Iterator[datetime]:
        """Those from `since` on and before `before`, each once, in order, at most `limit`.

        `OutOfSteps` when the next one is too far to be found.
        """
        return islice(self._each(since, before, steps), limit)

    def first(self, limit: int) -> tuple[list[datetime], bool]:
        """At most `limit` occurrences, and whether there are no more: False, too, where that is unknown."""
        found: list[datetime] = []
        following = self.occurrences(limit=limit + 1)
        try:
            while (at := next(following, None)) is not None:
                found.append(at)
        except OutOfSteps:
            return found[:limit], False
        return found[:limit], len(found) <= limit

    def _each(self, since: datetime | None, before: datetime | None, steps: int) -> Iterator[datetime]:
        ruled: Iterable[datetime] = [self.start]
        if self.rule is not None:
            ruled = expand(self.rule, self.start, since=since, before=before, steps=steps)
        excluded, last = set(self.exdates), None
        for at in merge(ruled, self.rdates):
            if before is not None and at >= before:
                return
            if at != last and at not in excluded and (since is None or at >= since):
                yield at
            last = at


def parse(
    start: str,
    zone_name: str,
    *,
    rrule: str | None = None,
    rdates: Sequence[str] = (),
    exdates: Sequence[str] = (),
    largest_count: int = LARGEST_COUNT,
) -> Recurrence:
    """The recurrence set these texts mean; a start that is a day makes one of whole days.

    A moment among the times counts as it is in the zone. Each refusal is a problem that says what is allowed.
    """
    zone = known_zone(zone_name)
    all_day = _is_day(start)
    begins = local(start, zone)
    for dates in (rdates, exdates):
        if len(dates) > MOST_DATES:
            raise TooManyDates(f"at most {MOST_DATES}", allowed={"dates": MOST_DATES})
    text = normalised(rrule) if rrule is not None else ""
    ruled = rrule is not None and not rrule.isspace() and rrule != ""
    rule = rules_read.read(text, zone, all_day=all_day, largest_count=largest_count) if ruled else None
    if rule is not None:
        require_possible(rule, begins)
    added, left_out = (
        tuple(sorted({_beside(begins, each, zone, all_day=all_day) for each in dates}))
        for dates in (rdates, exdates)
    )
    return Recurrence(begins, rule, text or None, added, left_out, zone, all_day)


def require_possible(rule: Rule, start: datetime) -> None:
    """Raise `NeverOccurs` when the rule, however long it went on, matched nothing."""
    try:
        found = next(expand(replace(rule, count=None, until=None), start), None)
    except OutOfSteps:
        found = None
    if found is None:
        raise NeverOccurs(allowed="a rule that names days there are")


@lru_cache(maxsize=1000)
def known_zone(name: str) -> ZoneInfo:
    """The zone of the IANA database; names that no system can look up are unknown, too."""
    try:
        return ZoneInfo(zones.zone_name(name))
    except (KeyError, ValueError, OSError):
        raise UnknownZone(allowed="a name of the IANA database, as Europe/Berlin") from None


_DAY = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}")
_CLOCK = r"[0-9]{2}:?[0-9]{2}(:?[0-9]{2}([.,][0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
_TIME = re.compile(rf"({_DAY.pattern})([T ]{_CLOCK})?")


def local(text: str, zone: ZoneInfo) -> datetime:
    """The local time a text means: a day its midnight, a time with an offset as it is in the zone."""
    found = text.strip().upper() if len(text) <= 40 else ""
    try:
        if not _TIME.fullmatch(found):
            raise ValueError
        at = datetime.fromisoformat(found)
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            raise ValueError
    except ValueError:
        allowed = ["2026-03-08T09:00:00", "20260308T090000", "2026-03-08T09:00:00Z", "2026-03-08"]
        raise TimeNotUnderstood(text=text[:40], allowed=allowed, years=[FIRST_YEAR, LAST_YEAR]) from None
    if at.tzinfo is not None:
        at = at.astimezone(zone)
    return at.replace(tzinfo=None, microsecond=0, fold=0)


def _beside(start: datetime, text: str, zone: ZoneInfo, *, all_day: bool) -> datetime:
    """A further or excluded date: a day alone means its occurrence, at the time of day of the start."""
    at = local(text, zone)
    if all_day:
        return datetime.combine(at.date(), time.min)
    return datetime.combine(at.date(), start.time()) if _is_day(text) else at


def _is_day(text: str) -> bool:
    return _DAY.fullmatch(text.strip()) is not None


def parsed_kept(
    start: str, zone: str, *, all_day: bool, rrule: str | None, rdates: Sequence[str], exdates: Sequence[str]
) -> Recurrence:
    """A set that was checked before it was kept, without looking again whether it is possible."""
    known = ZoneInfo(zone)
    rule = rules_read.read(rrule, known, all_day=all_day) if rrule is not None else None
    times = [tuple(map(datetime.fromisoformat, dates)) for dates in (rdates, exdates)]
    return Recurrence(datetime.fromisoformat(start), rule, rrule, times[0], times[1], known, all_day)

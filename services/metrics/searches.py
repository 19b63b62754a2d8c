"""Whether people find what they search for: search_success and zero_result_rate, from counts per day."""

from bisect import bisect_left

from services.metrics.growth import kinds
from services.metrics.periods import Period
from services.metrics.question import Point, Question
from services.metrics.rules import Searched, ratio


async def search_success(question: Question) -> list[Point]:
    """Searches of which something found was opened / searches."""
    return [_point(*counted, Searched.OPENED, "opened") for counted in await _searches(question)]


async def zero_result_rate(question: Question) -> list[Point]:
    """Searches that found nothing / searches."""
    return [_point(*counted, Searched.IN_VAIN, "in_vain") for counted in await _searches(question)]


def _point(period: Period, counts: dict[Searched, int], part: Searched, name: str) -> Point:
    searches = counts[Searched.PERFORMED]
    inputs = {name: counts[part], "searches": searches}
    return Point(period, ratio(counts[part], searches), searches, inputs, dict(inputs))


async def _searches(question: Question) -> list[tuple[Period, dict[Searched, int]]]:
    """How many searches there were in each period, and of which sort."""
    rows = await kinds(question, question.start, question.end)
    begins = [row.day for row in rows]
    found = []
    for period in question.periods():
        inside = rows[bisect_left(begins, period.start) : bisect_left(begins, period.end)]
        found.append(
            (period, {one: sum(row.nobody for row in inside if row.kind == one) for one in Searched})
        )
    return found

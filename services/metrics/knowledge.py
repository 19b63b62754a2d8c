"""Whether what is known can be trusted and helps: freshness, answers and deflection, from lives."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.metrics.lives import Life, Turn
from services.metrics.models import ArticleSpan, LifeTurn, QuestionOutcome, table
from services.metrics.periods import Period, Step, midnight
from services.metrics.question import Point, Question
from services.metrics.responses import horizon_of, survival
from services.metrics.rules import ratio
from shared.store import constant, scope


async def knowledge_freshness(question: Question) -> list[Point]:
    """Published articles that are fresh / published articles, at the end of the period."""
    return [
        Point(period, ratio(fresh, published), published, _articles(published, fresh), {"fresh": fresh})
        for period, published, fresh in await _stock(question)
    ]


async def stale_articles(question: Question) -> list[Point]:
    """Published articles that are not fresh, at the end of the period."""
    return [
        Point(period, published - fresh, published, _articles(published, fresh), {"published": published})
        for period, published, fresh in await _stock(question)
    ]


def _articles(published: int, fresh: int) -> dict[str, Any]:
    return {"published": published, "fresh": fresh}


async def _stock(question: Question) -> list[tuple[Period, int, int]]:
    """Published and fresh articles at the end of each period, or now while it is not over."""
    now = question.tx.now
    if question.asked.step is Step.ALL:
        [period] = question.periods()
        given = {"_at": min(midnight(period.end, question.zone), now)}
        counted: Any = await question.tx.one(_STOCK, given)
        return [(period, counted.published, counted.fresh)]
    rows: list[Any] = await question.tx.all(_SPANS, {"_at": midnight(question.end, question.zone)})
    begun = sorted(row.since for row in rows)
    over = sorted(row.until for row in rows if row.until is not None)
    expired = sorted(row.fresh_until for row in rows)
    stock = []
    for period in question.periods():
        at = min(midnight(period.end, question.zone), now)
        since = bisect_left(begun, at)
        stock.append((period, since - bisect_left(over, at), since - bisect_left(expired, at)))
    return stock


async def answer_rate(question: Question) -> list[Point]:
    """Questions that have an accepted answer / questions asked, closed and hidden ones left out."""
    points = []
    for period, asked in await _asked(question):
        accepted = sum(one.accepted for one in asked)
        inputs = {"accepted": accepted, "questions": len(asked)}
        points.append(Point(period, ratio(accepted, len(asked)), len(asked), inputs, dict(inputs)))
    return points


async def time_to_accepted(question: Question) -> list[Point]:
    """Seconds from a question to the first answer that was accepted, the median first.

    Without one it waits until the latest activity known, as in `first_response`."""
    horizon = await horizon_of(question)
    points = []
    for period, asked in await _asked(question):
        waits = [_wait(one.asked_at, one.first_accepted_at) for one in asked if one.first_accepted_at]
        waiting = [_wait(one.asked_at, horizon) for one in asked if one.first_accepted_at is None]
        points.append(survival(period, waits, waiting, "unaccepted_share"))
    return points


def _wait(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())


async def _asked(question: Question) -> list[tuple[Period, list[Any]]]:
    """What became of the questions asked in each period, closed and hidden ones left out."""
    asked: list[Any] = await question.tx.all(_QUESTIONS, _interval(question))
    times = [one.asked_at for one in asked]
    return [(period, asked[begin:end]) for period, begin, end in _inside(question, times)]


async def deflection(question: Question) -> list[Point]:
    """Inquiries an article answered / inquiries known, each on the day it was first heard of."""
    rows: list[Any] = await question.tx.all(_INQUIRIES, _interval(question))
    points = []
    for period, begin, end in _inside(question, [row.known_at for row in rows]):
        deflected = sum(row.deflected for row in rows[begin:end])
        inputs = {"deflected": deflected, "inquiries": end - begin}
        points.append(Point(period, ratio(deflected, end - begin), end - begin, inputs, dict(inputs)))
    return points


def _inside(question: Question, times: list[datetime]) -> Iterator[tuple[Period, int, int]]:
    """Which part of these ordered times lies in each period."""
    for period in question.periods():
        begin, end = (bisect_left(times, midnight(day, question.zone)) for day in (period.start, period.end))
        yield period, begin, end


def _interval(question: Question) -> dict[str, datetime]:
    return {
        "_start": midnight(question.start, question.zone),
        "_end": midnight(question.end, question.zone),
    }


_span, _outcome, _turn = table(ArticleSpan), table(QuestionOutcome), table(LifeTurn)
_MOMENT = _turn.c.at.type
_AT, _START, _END = (sa.bindparam(name, type_=_MOMENT) for name in ("_at", "_start", "_end"))
_STOCK = constant(
    sa.select(
        sa.func.count().label("published"),
        sa.func.count(sa.case((_span.c.fresh_until >= _AT, 1))).label("fresh"),
    ).where(scope(ArticleSpan), _span.c.since < _AT, sa.or_(_span.c.until.is_(None), _span.c.until >= _AT))
)
"""What happened just then has not happened before it; verified until just then is fresh."""
_SPANS = constant(
    sa.select(_span.c.since, _span.c.fresh_until, _span.c.until).where(
        scope(ArticleSpan), _span.c.since < _AT
    )
)
_QUESTIONS = constant(
    sa.select(_outcome.c.asked_at, _outcome.c.accepted, _outcome.c.first_accepted_at)
    .where(scope(QuestionOutcome), _outcome.c.asked_at >= _START, _outcome.c.asked_at < _END)
    .order_by(_outcome.c.asked_at)
)
_KNOWN_AT = sa.func.min(_turn.c.at, type_=_turn.c.at.type)
_INQUIRIES = constant(
    sa.select(
        _KNOWN_AT.label("known_at"),
        sa.func.max(sa.case((_turn.c.turn == Turn.DEFLECTED, 1), else_=0)).label("deflected"),
    )
    .where(scope(LifeTurn), _turn.c.life == Life.INQUIRY)
    .group_by(_turn.c.life_id)
    .having(sa.and_(_KNOWN_AT >= _START, _KNOWN_AT < _END))
    .order_by(sa.text("known_at"))
)

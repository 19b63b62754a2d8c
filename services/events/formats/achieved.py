"""What a format achieved: the evaluations of its events, summed (DOMAIN D10)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from services.events.evaluations.rules import Verdict, ratio
from services.events.models import Evaluation
from shared.route import View
from shared.store import Tx, constant, scope


class AchievedView(View):
    """What came of `events` evaluated events; a ratio is null while there is nothing to divide by.

    Seats: `attendance_rate` and `no_show_rate` are shares of `confirmed`, `fill` is confirmed seats of the
    capacity where there was one, `satisfaction` the share of `answered` who were satisfied.
    """

    events: int
    worked: int
    unclear: int
    did_not: int
    confirmed: int
    attended: int
    attendance_rate: float | None
    no_show_rate: float | None
    fill: float | None
    satisfaction: float | None
    answered: int


async def achieved_by(tx: Tx, format_ids: Sequence[UUID]) -> dict[UUID, AchievedView]:
    """What each of the formats achieved."""
    sums = {row.format_id: row for row in await tx.all(SUMS, {"ids": list(format_ids)})} if format_ids else {}
    return {format_id: _achieved(sums.get(format_id)) for format_id in format_ids}


def _achieved(sums: Any) -> AchievedView:
    given = {name: int(getattr(sums, name, None) or 0) for name in _SUMMED}
    return AchievedView(
        events=given["events"],
        worked=given["worked"],
        unclear=given["unclear"],
        did_not=given["did_not"],
        confirmed=given["confirmed"],
        attended=given["attended"],
        attendance_rate=ratio(given["attended"], given["confirmed"]),
        no_show_rate=ratio(given["confirmed"] - given["attended"], given["confirmed"]),
        fill=ratio(given["confirmed_of_capacity"], given["capacity"]),
        satisfaction=ratio(given["satisfied"], given["answered"]),
        answered=given["answered"],
    )


def _when(condition: Any, value: Any) -> Any:
    return sa.func.sum(sa.case((condition, value), else_=0))


_ROW: dict[str, Any] = {name: col(getattr(Evaluation, name)) for name in Evaluation.model_fields}
_SUMMED: dict[str, Any] = {
    "events": sa.func.count(),
    **{verdict.value: _when(_ROW["verdict"] == verdict, 1) for verdict in Verdict},
    **{name: sa.func.sum(_ROW[name]) for name in ("confirmed", "attended", "capacity")},
    "confirmed_of_capacity": _when(_ROW["capacity"].is_not(None), _ROW["confirmed"]),
    **{name: sa.func.sum(_ROW[name]) for name in ("satisfied", "answered")},
}
SUMS = constant(
    sa.select(_ROW["format_id"], *(value.label(name) for name, value in _SUMMED.items()))
    .where(scope(Evaluation), _ROW["format_id"].in_(sa.bindparam("ids", expanding=True)))
    .group_by(_ROW["format_id"])
)

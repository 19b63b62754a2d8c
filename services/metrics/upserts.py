"""Write roll-up rows: add to them, put them in place, drop those that have come down to nothing."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.metrics.footprint import COUNTERS, Deltas
from services.metrics.models import Cohort, Histogram, PeriodCount, WindowDelta, table
from shared.store import Tx, constant

Rows = Iterable[Mapping[str, Any]]


async def add(tx: Tx, model: type[Any], rollup: int, rows: Rows) -> None:
    """Add the rows' values to what is there."""
    statement = _upsert(tx.statements.dialect.name, table(model), adds=True)
    await tx.execute(statement, [{"rollup": rollup, **row} for row in rows])


async def put(tx: Tx, model: type[Any], rollup: int, rows: Rows) -> None:
    """Put the rows in the place of what is there."""
    statement = _upsert(tx.statements.dialect.name, table(model), adds=False)
    await tx.execute(statement, [{"rollup": rollup, **row} for row in rows])


async def drop(tx: Tx, model: type[Any], rollup: int, rows: Rows, *, empty: str | None = None) -> None:
    """Delete the rows with these keys; with `empty` only where that column has come down to nothing."""
    statement = _delete(table(model), empty)
    keys = [column.name for column in table(model).primary_key.columns]
    named = [{"rollup": rollup, **row} for row in rows]
    await tx.execute(statement, [{f"_{key}": row[key] for key in keys} for row in named])


async def add_deltas(tx: Tx, rollup: int, deltas: Deltas) -> None:
    """Add the differences of footprints to the roll-ups that count people."""
    await add(
        tx,
        PeriodCount,
        rollup,
        (
            {"step": step, "bucket": bucket, **dict(zip(COUNTERS, counts, strict=True))}
            for (step, bucket), counts in deltas.periods.items()
        ),
    )
    histogram: list[dict[str, Any]] = [
        {"step": step, "bucket": bucket, "measure": measure, "count": count, "people": people}
        for (step, bucket, measure, count), people in deltas.histogram.items()
        if people
    ]
    await add(tx, Histogram, rollup, histogram)
    # people who go on leave a trail of counts nobody has any more: without these rows reading stays short
    await drop(tx, Histogram, rollup, [row for row in histogram if row["people"] < 0], empty="people")
    await add(
        tx,
        Cohort,
        rollup,
        (
            {"step": step, "offset": offset, "first": first, "people": people}
            for (step, offset, first), people in deltas.cohort.items()
            if people
        ),
    )
    await add(
        tx,
        WindowDelta,
        rollup,
        (
            {"window": window, "day": day, "change": change}
            for (window, day), change in deltas.windows.items()
            if change
        ),
    )


@cache
def _upsert(dialect: str, into: sa.Table, *, adds: bool) -> sa.Insert:
    insert = postgresql.insert(into) if dialect == "postgresql" else sqlite.insert(into)
    values = [column for column in into.c if not column.primary_key]
    given = {column.name: insert.excluded[column.name] for column in values}
    return constant(
        insert.on_conflict_do_update(
            index_elements=list(into.primary_key.columns),
            set_={column.name: column + given[column.name] for column in values} if adds else given,
        )
    )


@cache
def _delete(of: sa.Table, empty: str | None) -> sa.Delete:
    keys = [key == sa.bindparam(f"_{key.name}", type_=key.type) for key in of.primary_key.columns]
    nothing = [] if empty is None else [of.c[empty] == sa.literal_column("0")]
    return constant(sa.delete(of).where(*keys, *nothing))

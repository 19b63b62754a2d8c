"""Keep what the newest fact about something says, in whatever order facts arrive."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.facts import Fact
from shared.store import Tx


async def keep_newest(
    tx: Tx, model: type[Any], fact: Fact, by: Sequence[str], row: Mapping[str, Any], newer: Mapping[str, Any]
) -> bool:
    """Insert `row` with `newer`, or write `newer` over the row with the same `by` that an older fact wrote.

    Whether anything was written: false for a fact that comes again, or after a newer one.
    """
    said = {**newer, "fact_version": fact.aggregate_version}
    put = tx.upsert(model).on_conflict_do_update(
        index_elements=list(by), set_=said, where=model.__table__.c.fact_version < fact.aggregate_version
    )
    return await tx.execute(put, {**row, **said}) > 0

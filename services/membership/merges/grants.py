"""Move what members hold, roles, functions and places in groups, and give it back.

A grant is known by the moment it was made. What went over returns as long as the survivor still has it by
that very grant: what was taken from the survivor meanwhile comes back to nobody, and what was granted to them
anew stays theirs. Where both held the same the survivor keeps their own, for the longer of the two times.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlmodel import col, select

from services.membership.merges import rules
from services.membership.merges.pairs import Pair
from services.membership.models import FunctionGrant, GroupMember, RoleGrant
from shared.store import Tx, constant, scope

Entries = list[dict[str, Any]]


@dataclass
class Turnover:
    """What two members got and lost, as rows."""

    survivor_got: list[Any] = field(default_factory=list)
    survivor_lost: list[Any] = field(default_factory=list)
    merged_got: list[Any] = field(default_factory=list)
    merged_lost: list[Any] = field(default_factory=list)


class Grants:
    """One table of grants: `what` is granted, `since` when, `until` when it ends if it can."""

    def __init__(self, model: type[Any], what: str, since: str, until: str | None) -> None:
        self.model, self.what, self.since, self.until = model, what, since, until
        member: Any = col(model.member_id) == sa.bindparam("member_id")
        order = getattr(model, what)
        one = sa.and_(member, order == sa.bindparam("what", type_=order.type))
        self._all = constant(select(model).where(scope(model), member).order_by(order))
        self._forget = constant(sa.delete(model).where(scope(model), one))
        self._columns = {name: TypeAdapter(each.annotation) for name, each in model.model_fields.items()}
        if until is not None:
            end = sa.bindparam("until", type_=getattr(model, until).type)
            self._extend = constant(sa.update(model).where(scope(model), one).values({until: end}))

    async def of(self, tx: Tx, member_id: UUID) -> dict[Any, Any]:
        """The member's grants by what is granted."""
        rows: list[Any] = await tx.all(self._all, {"member_id": member_id})
        return {getattr(row, self.what): row for row in rows}

    async def move(self, tx: Tx, pair: Pair) -> tuple[Entries, Turnover]:
        """Give the survivor what the merged member holds; one who can hold nothing gets nothing."""
        entries: Entries = []
        turnover = Turnover()
        mine = await self.of(tx, pair.survivor.id)
        for what, row in (await self.of(tx, pair.merged.id)).items():
            own = mine.get(what)
            await self._drop(tx, pair.merged.id, what)
            turnover.merged_lost.append(row)
            entry: dict[str, Any] = {"row": kept(row), "own": None, "held": None}
            if own is not None:
                entry |= {"own": kept(own), "held": kept(own)}
                await self._end(tx, pair.survivor.id, what, rules.later(self._until(own), self._until(row)))
            elif pair.survivor.state in rules.HOLDERS:
                entry["held"] = kept(row)
                await self.put(tx, pair.survivor.id, row)
                turnover.survivor_got.append(row)
            entries.append(entry)
        return entries, turnover

    async def give_back(self, tx: Tx, pair: Pair, entries: Entries) -> Turnover:
        """Undo `move` as far as what went over is still there."""
        turnover = Turnover()
        mine = await self.of(tx, pair.survivor.id)
        for entry in entries:
            row, own, held = (self._read(entry[name]) for name in ("row", "own", "held"))
            what = getattr(row, self.what)
            if held is not None:
                now = mine.get(what)
                if now is None or getattr(now, self.since) != getattr(held, self.since):
                    continue
                if own is None or rules.is_over(self._until(own), tx.now):
                    await self._drop(tx, pair.survivor.id, what)
                    turnover.survivor_lost.append(now)
                else:
                    await self._end(tx, pair.survivor.id, what, self._until(own))
            if not rules.is_over(self._until(row), tx.now):
                await self.put(tx, pair.merged.id, row)
                turnover.merged_got.append(row)
        return turnover

    async def put(self, tx: Tx, member_id: UUID, row: Any) -> None:
        """Grant the member what `row` says, by the grant it is."""
        columns = self.model.model_fields
        given = {name: getattr(row, name) for name in columns if name not in ("community_id", "member_id")}
        await tx.insert(self.model(**given, community_id=tx.community_id, member_id=member_id))

    def read(self, rows: Iterable[Any]) -> list[Any]:
        """Rows as they were kept."""
        return [self._read(row) for row in rows]

    def _until(self, row: Any) -> datetime | None:
        end: datetime | None = getattr(row, self.until) if self.until is not None else None
        return end

    async def _drop(self, tx: Tx, member_id: UUID, what: Any) -> None:
        await tx.execute(self._forget, {"member_id": member_id, "what": what})

    async def _end(self, tx: Tx, member_id: UUID, what: Any, until: datetime | None) -> None:
        if self.until is not None:
            await tx.execute(self._extend, {"member_id": member_id, "what": what, "until": until})

    def _read(self, kept: dict[str, Any] | None) -> Any:
        if kept is None:
            return None
        return self.model(
            **{name: self._columns[name].validate_python(value) for name, value in kept.items()}
        )


def kept(row: Any, *names: str) -> dict[str, Any]:
    """These columns of a row, or all, as JSON has them."""
    columns = row._asdict()
    values: dict[str, Any] = to_jsonable_python({name: columns[name] for name in names or columns})
    return values


ROLES = Grants(RoleGrant, "role", "granted_at", "expires_at")
FUNCTIONS = Grants(FunctionGrant, "function", "granted_at", "expires_at")
GROUPS = Grants(GroupMember, "group_id", "added_at", None)

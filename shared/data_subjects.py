"""Whose data is asked for, and how a service hands out the rows that are theirs, a piece at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from shared.store import Tx, scope

PIECE_ROWS = 200


@dataclass(frozen=True)
class DataSubject:
    """The person a request is about, by the ids services know them under in one community."""

    community_id: UUID
    member_ids: tuple[UUID, ...]
    identity_ids: tuple[UUID, ...]
    person_ids: tuple[UUID, ...]

    @property
    def ids(self) -> list[UUID]:
        """All of them together."""
        return [*self.member_ids, *self.identity_ids, *self.person_ids]


@dataclass(frozen=True)
class Piece:
    """A part of an export: rows by table, and where the next part begins."""

    items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    next: str | None = None


@dataclass(frozen=True)
class Holding:
    """Rows of `model` (keyed by `id`) that are a subject's: `whose` is true for them.

    `whose` may use the parameters `members`, `identities` and `persons`, all expanding lists.
    """

    model: type[Any]
    whose: sa.ColumnElement[bool]


async def piece_of(tx: Tx, subject: DataSubject, after: str | None, holdings: Sequence[Holding]) -> Piece:
    """The next rows of these tables, one table after the other: what most exports are."""
    number, _, last = (after or "0:").partition(":")
    for index in range(int(number), len(holdings)):
        model = holdings[index].model
        table: sa.Table = model.__table__
        wanted = sa.select(table).where(scope(model), holdings[index].whose)
        if last:
            wanted = wanted.where(table.c.id > UUID(last))
        rows = await tx.all(wanted.order_by(table.c.id).limit(PIECE_ROWS), parameters_of(subject))
        if rows:
            follows = f"{index}:{rows[-1].id}" if len(rows) == PIECE_ROWS else f"{index + 1}:"
            ends = len(rows) < PIECE_ROWS and index + 1 == len(holdings)
            return Piece({table.name: [row._asdict() for row in rows]}, None if ends else follows)
        last = ""
    return Piece()


def parameters_of(subject: DataSubject) -> dict[str, Any]:
    """The subject as parameters of a statement: `members`, `identities`, `persons`; never empty."""
    nobody = [UUID(int=0)]
    return {
        "members": list(subject.member_ids) or nobody,
        "identities": list(subject.identity_ids) or nobody,
        "persons": list(subject.person_ids) or nobody,
    }


def subject_of(community_id: UUID, given: Mapping[str, Any]) -> DataSubject:
    members, identities, persons = (
        tuple(UUID(str(each)) for each in given[name])
        for name in ("member_ids", "identity_ids", "person_ids")
    )
    return DataSubject(community_id, members, identities, persons)

"""What may be asked: GET /demographics/dimensions -> the fixed ones and the community's own; POST, DELETE."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.membership.demographics import rules
from services.membership.demographics.models import (
    DemographicAnswer,
    DemographicDimension,
    DemographicSnapshot,
)
from services.membership.models import HOLD_COMMUNITY
from shared.identity import Actor
from shared.problems import Conflict, NotFound
from shared.route import Command, Read, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["demographics"])

OWN_MAX = 20
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$", max_length=40)]
Option = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$", max_length=60)]


class AddDimension(Command):
    """A question of the community's own; `prefer-not-to-say` can always be answered."""

    key: Key
    label: Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
    options: Annotated[list[Option], Field(min_length=2, max_length=20)]


class DimensionView(View):
    """A question and its answers."""

    key: str
    label: str
    options: list[str]
    fixed: bool


class DimensionsView(View):
    items: list[DimensionView]


class DimensionExists(Conflict):
    title = "There is such a dimension already"


class TooManyDimensions(Conflict):
    title = "A community asks 20 questions of its own at most"


async def options_of(tx: Tx) -> dict[str, tuple[str, ...]]:
    """The answers of every dimension of the transaction's community."""
    fixed = {key: options for key, (_, options) in rules.DIMENSIONS.items()}
    return fixed | {row.key: tuple(row.options) for row in await tx.all(OWN)}


async def dimensions(tx: Tx, _actor: Actor) -> DimensionsView:
    """Fixed ones first."""
    items = [
        DimensionView(key=key, label=label, options=list(options), fixed=True)
        for key, (label, options) in rules.DIMENSIONS.items()
    ]
    items += [
        DimensionView(key=row.key, label=row.label, options=row.options, fixed=False)
        for row in await tx.all(OWN)
    ]
    return DimensionsView(items=items)


async def add(tx: Tx, _actor: Actor, community_id: UUID, command: AddDimension) -> DimensionView:
    """Add a question; its answers stay as they are, as figures told of them could be set against others."""
    await tx.one(HOLD_COMMUNITY)
    own = await tx.all(OWN)
    if command.key in rules.DIMENSIONS or command.key in {row.key for row in own}:
        raise DimensionExists
    if len(own) >= OWN_MAX:
        raise TooManyDimensions
    options = list(dict.fromkeys([*command.options, rules.UNSAID]))
    await tx.insert(
        DemographicDimension(
            community_id=community_id,
            key=command.key,
            label=command.label,
            options=options,
            created_at=tx.now,
        )
    )
    tx.audit("demographics.add", command.key)
    return DimensionView(key=command.key, label=command.label, options=options, fixed=False)


async def remove(tx: Tx, _actor: Actor, key: str) -> None:
    """Take a question of the community's own away, with every answer and figure."""
    await tx.one(HOLD_COMMUNITY)
    for statement in FORGET:
        count = await tx.execute(statement, {"key": key})
    if not count:
        raise NotFound
    tx.audit("demographics.remove", key)


_KEY: Any = sa.bindparam("key")
OWN = constant(
    select(DemographicDimension)
    .where(scope(DemographicDimension))
    .order_by(col(DemographicDimension.created_at), col(DemographicDimension.key))
)
_ITS_OWN = (
    select(DemographicDimension.key)
    .where(scope(DemographicDimension), col(DemographicDimension.key) == _KEY)
    .scalar_subquery()
)
"""None for a fixed dimension, which nobody can take away."""
FORGET = (
    constant(
        sa.delete(DemographicAnswer).where(
            scope(DemographicAnswer), col(DemographicAnswer.dimension) == _ITS_OWN
        )
    ),
    constant(
        sa.delete(DemographicSnapshot).where(
            scope(DemographicSnapshot), col(DemographicSnapshot.dimension) == _ITS_OWN
        )
    ),
    constant(
        sa.delete(DemographicDimension).where(
            scope(DemographicDimension), col(DemographicDimension.key) == _KEY
        )
    ),
)


@router.get("/v1/communities/{community_id}/demographics/dimensions", allows="demographics.write")
async def list_dimensions(community_id: UUID, read: Read) -> DimensionsView:  # noqa: ARG001 - the tenant of the read
    return await read(dimensions)


@router.post(
    "/v1/communities/{community_id}/demographics/dimensions", status_code=201, allows="demographics.manage"
)
async def post_dimension(community_id: UUID, command: AddDimension, write: Write) -> DimensionView:
    return await write(add, community_id, command)


@router.delete(
    "/v1/communities/{community_id}/demographics/dimensions/{key}",
    status_code=204,
    allows="demographics.manage",
)
async def delete_dimension(community_id: UUID, key: Key, write: Write) -> None:  # noqa: ARG001 - as above
    return await write(remove, key)

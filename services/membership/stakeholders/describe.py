"""Describe stakeholders: POST, PATCH /stakeholders, {id}/{verb} -> StakeholderAdded, StakeholderChanged."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.membership.models import THE_MEMBER, Stakeholder
from services.membership.stakeholders import rules
from services.membership.stakeholders.find import StakeholderView
from services.membership.stakeholders.rules import Side, StakeholderVerb
from shared.contracts.membership import StakeholderAdded, StakeholderChanged
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Command, Router, Whole, Write, left_out
from shared.store import Tx

router = Router(tags=["stakeholders"])

Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
Interest = Annotated[str, Field(min_length=1, max_length=1000)]
Influence = Annotated[int, Field(ge=1, le=5), Whole]


class AddStakeholder(Command):
    """Whose word counts, on which side, how much, and about what."""

    name: Name
    organisation: Name | None = None
    side: Side
    interest: Interest | None = None
    influence: Influence
    member_id: UUID | None = None


class ChangeStakeholder(Command):
    """What to change; what is left out stays, organisation, interest and member may be emptied with null."""

    name: Name = Field(default_factory=left_out)
    organisation: Name | None = None
    side: Side = Field(default_factory=left_out)
    interest: Interest | None = None
    influence: Influence = Field(default_factory=left_out)
    member_id: UUID | None = None


async def _require_member(tx: Tx, member_id: UUID | None) -> None:
    if member_id is not None:
        await tx.one(THE_MEMBER, {"member_id": member_id})


async def add(tx: Tx, _actor: Actor, community_id: UUID, command: AddStakeholder) -> Stakeholder:
    """Add a stakeholder; a member has to be one of this community."""
    await _require_member(tx, command.member_id)
    stakeholder = Stakeholder(
        **command.model_dump(), community_id=community_id, created_at=tx.now, updated_at=tx.now
    )
    await tx.insert(stakeholder)
    tx.publish(StakeholderAdded(community_id=community_id, stakeholder_id=stakeholder.id))
    tx.audit("stakeholder.add", stakeholder.id)
    return stakeholder


def _changed(stakeholder: Stakeholder) -> StakeholderChanged:
    return StakeholderChanged(
        community_id=stakeholder.community_id, stakeholder_id=stakeholder.id, state=stakeholder.state.value
    )


async def change(
    tx: Tx, _actor: Actor, _community_id: UUID, stakeholder_id: UUID, command: ChangeStakeholder
) -> Stakeholder:
    """Change what was given."""
    await _require_member(tx, command.member_id)
    stakeholder = await tx.lock(Stakeholder, stakeholder_id, **command.model_dump(exclude_unset=True))
    tx.publish(_changed(stakeholder))
    tx.audit("stakeholder.change", stakeholder_id)
    return stakeholder


async def run(
    tx: Tx, _actor: Actor, _community_id: UUID, stakeholder_id: UUID, verb: StakeholderVerb
) -> Stakeholder:
    """Take the stakeholder through `verb`."""
    before = await tx.lock(Stakeholder, stakeholder_id)
    allowed = rules.stakeholder_verbs(before.state)
    if verb not in allowed:
        raise InvalidTransition(state=before.state.value, allowed=[other.value for other in allowed])
    stakeholder = await tx.update(Stakeholder, stakeholder_id, state=rules.stakeholder_after(verb))
    tx.publish(_changed(stakeholder))
    tx.audit(f"stakeholder.{verb.value}", stakeholder_id)
    return stakeholder


@router.post("/v1/communities/{community_id}/stakeholders", status_code=201, allows="stakeholder.manage")
async def post_stakeholder(community_id: UUID, command: AddStakeholder, write: Write) -> StakeholderView:
    return await write(add, community_id, command)


@router.patch(
    "/v1/communities/{community_id}/stakeholders/{stakeholder_id}",
    allows="stakeholder.manage",
    versioned=True,
)
async def patch_stakeholder(
    community_id: UUID, stakeholder_id: UUID, command: ChangeStakeholder, write: Write
) -> StakeholderView:
    return await write(change, community_id, stakeholder_id, command)


@router.post(
    "/v1/communities/{community_id}/stakeholders/{stakeholder_id}/deactivate", allows="stakeholder.manage"
)
async def post_stakeholder_deactivate(
    community_id: UUID, stakeholder_id: UUID, write: Write
) -> StakeholderView:
    return await write(run, community_id, stakeholder_id, StakeholderVerb.DEACTIVATE)


@router.post(
    "/v1/communities/{community_id}/stakeholders/{stakeholder_id}/reactivate", allows="stakeholder.manage"
)
async def post_stakeholder_reactivate(
    community_id: UUID, stakeholder_id: UUID, write: Write
) -> StakeholderView:
    return await write(run, community_id, stakeholder_id, StakeholderVerb.REACTIVATE)

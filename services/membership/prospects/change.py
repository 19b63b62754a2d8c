"""Change what is known of a prospect: PATCH /prospects/{id} -> sealed anew -> ProspectChanged."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.membership.communities.sealing import sealer_of
from services.membership.models import Prospect
from services.membership.prospects import rules
from services.membership.prospects.agree import Agreement, agree
from services.membership.prospects.capture import (
    AlreadyProspect,
    Channel,
    Contact,
    Interests,
    Name,
    Notes,
    sealed,
)
from services.membership.prospects.find import SEALED, ProspectView, prospect_of
from shared.contracts.membership import ProspectChanged
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Command, Router, Write, left_out
from shared.store import ConstraintViolated, Tx

router = Router(tags=["prospects"])


class ChangeProspect(Command):
    """What to change; what is left out stays, name and notes may be emptied with null."""

    contact: Contact = Field(default_factory=left_out)
    source_channel: Channel = Field(default_factory=left_out)
    name: Name | None = None
    interests: Interests = Field(default_factory=left_out)
    notes: Notes | None = None
    consent: Agreement = Field(default_factory=left_out)


async def change(
    tx: Tx, actor: Actor, community_id: UUID, prospect_id: UUID, command: ChangeProspect
) -> ProspectView:
    """Change what was given; nobody is written about once they joined, withdrew or were forgotten."""
    before = await tx.lock(Prospect, prospect_id)
    if before.state not in rules.LIVING:
        raise InvalidTransition(state=before.state.value, allowed=[])
    given: dict[str, Any] = command.model_dump(exclude_unset=True, exclude={"consent"})
    texts = {field: given[field] for field in SEALED if field in given}
    if texts:
        vault = await sealer_of(tx)
        given |= sealed(vault, prospect_id, texts)
        if "contact" in texts:
            given["contact_digest"] = vault.digest(command.contact)
    if given:
        await _keep(tx, prospect_id, given)
    tx.publish(ProspectChanged(community_id=community_id, prospect_id=prospect_id))
    if "consent" in command.model_fields_set:
        await agree(tx, community_id, prospect_id, command.consent)
    tx.audit("prospect.change", prospect_id)
    return await prospect_of(tx, actor, prospect_id)


async def _keep(tx: Tx, prospect_id: UUID, changes: dict[str, Any]) -> None:
    try:
        await tx.update(Prospect, prospect_id, **changes)
    except ConstraintViolated as taken:
        raise AlreadyProspect from taken


@router.patch(
    "/v1/communities/{community_id}/prospects/{prospect_id}", allows="prospect.manage", versioned=True
)
async def patch_prospect(
    community_id: UUID, prospect_id: UUID, command: ChangeProspect, write: Write
) -> ProspectView:
    return await write(change, community_id, prospect_id, command)

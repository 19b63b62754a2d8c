"""Describe partners: POST, PATCH /partners -> contacts sealed -> PartnerIdentified, PartnerChanged."""

import json
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.membership.communities.sealing import sealer_of
from services.membership.models import Partner
from services.membership.partners.find import PartnerView, partner_of
from shared.contracts.membership import PartnerChanged, PartnerIdentified
from shared.identity import Actor
from shared.ids import uuid7
from shared.route import Command, Router, Write, left_out
from shared.store import Tx

router = Router(tags=["partners"])

Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
Words = Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=30)]
Channel = Annotated[str, Field(min_length=1, max_length=200)]


class Contact(Command):
    """Whom to speak to there, and how."""

    name: Name
    contact: Annotated[str, Field(min_length=3, max_length=320)]
    position: Annotated[str, Field(min_length=1, max_length=120)] | None = None


Contacts = Annotated[list[Contact], Field(max_length=20)]


class IdentifyPartner(Command):
    """An organisation with aligned interests or complementary expertise, and where it is spoken with."""

    name: Name
    interests: Words = Field(default_factory=list)
    expertise: Words = Field(default_factory=list)
    contacts: Contacts = Field(default_factory=list)
    channel: Channel | None = None


class ChangePartner(Command):
    """What to change; what is left out stays, the channel may be emptied with null."""

    name: Name = Field(default_factory=left_out)
    interests: Words = Field(default_factory=left_out)
    expertise: Words = Field(default_factory=left_out)
    contacts: Contacts = Field(default_factory=left_out)
    channel: Channel | None = None


async def _sealed(tx: Tx, partner_id: UUID, contacts: Sequence[Contact]) -> str | None:
    if not contacts:
        return None
    plain = json.dumps([each.model_dump() for each in contacts], ensure_ascii=False)
    return (await sealer_of(tx)).seal(plain, about=str(partner_id))


def changed(partner: Partner) -> PartnerChanged:
    """The fact that tells how it stands with a partner."""
    return PartnerChanged(community_id=partner.community_id, partner_id=partner.id, state=partner.state.value)


async def identify(tx: Tx, actor: Actor, community_id: UUID, command: IdentifyPartner) -> PartnerView:
    """Put an organisation on the list."""
    partner_id = uuid7()
    partner = Partner(
        **command.model_dump(exclude={"contacts"}),
        id=partner_id,
        community_id=community_id,
        contacts=await _sealed(tx, partner_id, command.contacts),
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(partner)
    tx.publish(PartnerIdentified(community_id=community_id, partner_id=partner_id))
    tx.audit("partner.identify", partner_id)
    return await partner_of(tx, actor, partner_id)


async def change(
    tx: Tx, actor: Actor, _community_id: UUID, partner_id: UUID, command: ChangePartner
) -> PartnerView:
    """Change what was given."""
    given: dict[str, Any] = command.model_dump(exclude_unset=True)
    if "contacts" in given:
        given["contacts"] = await _sealed(tx, partner_id, command.contacts)
    partner = await tx.lock(Partner, partner_id, **given)
    tx.publish(changed(partner))
    tx.audit("partner.change", partner_id)
    return await partner_of(tx, actor, partner_id)


@router.post("/v1/communities/{community_id}/partners", status_code=201, allows="partner.manage")
async def post_partner(community_id: UUID, command: IdentifyPartner, write: Write) -> PartnerView:
    return await write(identify, community_id, command)


@router.patch("/v1/communities/{community_id}/partners/{partner_id}", allows="partner.manage", versioned=True)
async def patch_partner(
    community_id: UUID, partner_id: UUID, command: ChangePartner, write: Write
) -> PartnerView:
    return await write(change, community_id, partner_id, command)

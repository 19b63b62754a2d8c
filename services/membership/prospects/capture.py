"""Capture prospects: POST /prospects -> one per contact, contact sealed -> ProspectCaptured, ConsentGiven."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.membership.communities.sealing import sealer_of
from services.membership.models import Prospect
from services.membership.prospects import rules
from services.membership.prospects.agree import Agreement, agree
from services.membership.prospects.find import ProspectView, about, prospect_of
from services.membership.prospects.rules import ProspectState
from shared.contracts.membership import ProspectCaptured
from shared.identity import Actor
from shared.ids import uuid7
from shared.problems import Conflict
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope
from shared.vault import Sealer

router = Router(tags=["prospects"])

Contact = Annotated[str, Field(min_length=3, max_length=320, pattern=r"^\S+( \S+)*$")]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
Notes = Annotated[str, Field(min_length=1, max_length=4000)]
Channel = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_-]{1,39}$")]
Interests = Annotated[list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=30)]
BY_CONTACT = constant(
    select(Prospect).where(scope(Prospect), col(Prospect.contact_digest) == sa.bindparam("digest"))
)


class CaptureProspect(Command):
    """Somebody who may come to belong, where they were found, and what they agreed to."""

    contact: Contact
    source_channel: Channel
    name: Name | None = None
    interests: Interests = Field(default_factory=list)
    notes: Notes | None = None
    consent: Agreement | None = None


class AlreadyProspect(Conflict):
    """One prospect per contact; `prospect_id` says which."""

    title = "Already a prospect"


class ProspectWithdrew(Conflict):
    """They asked to be left alone; they may come back by themselves."""

    title = "This person withdrew"


def sealed(vault: Sealer, prospect_id: UUID, given: dict[str, str | None]) -> dict[str, Any]:
    """The texts as they are kept."""
    return {
        field: None if text is None else vault.seal(text, about=about(prospect_id, field))
        for field, text in given.items()
    }


def prospect_from(tx: Tx, vault: Sealer, community_id: UUID, command: CaptureProspect) -> Prospect:
    """The row of a new prospect."""
    prospect_id = uuid7()
    texts = {"contact": command.contact, "name": command.name, "notes": command.notes}
    return Prospect(
        id=prospect_id,
        community_id=community_id,
        contact_digest=vault.digest(command.contact),
        source_channel=command.source_channel,
        interests=command.interests,
        forgotten_at=rules.forgotten_at(tx.now),
        created_at=tx.now,
        updated_at=tx.now,
        **sealed(vault, prospect_id, texts),
    )


async def capture(tx: Tx, actor: Actor, community_id: UUID, command: CaptureProspect) -> ProspectView:
    """Capture somebody nobody has captured yet."""
    vault = await sealer_of(tx)
    known = await tx.first(BY_CONTACT, {"digest": vault.digest(command.contact)})
    if known is not None:
        if known.state is ProspectState.WITHDRAWN:
            raise ProspectWithdrew
        raise AlreadyProspect(prospect_id=str(known.id))
    prospect = prospect_from(tx, vault, community_id, command)
    await tx.insert(prospect, conflicts={"contact": AlreadyProspect})
    tx.publish(ProspectCaptured(community_id=community_id, prospect_id=prospect.id))
    if command.consent is not None:
        await agree(tx, community_id, prospect.id, command.consent)
    tx.audit("prospect.capture", prospect.id)
    return await prospect_of(tx, actor, prospect.id)


@router.post("/v1/communities/{community_id}/prospects", status_code=201, allows="prospect.manage")
async def post_prospect(community_id: UUID, command: CaptureProspect, write: Write) -> ProspectView:
    return await write(capture, community_id, command)

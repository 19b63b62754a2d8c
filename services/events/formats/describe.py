"""Describe formats: POST, PATCH /formats -> one per key -> FormatProposed, FormatChanged."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.events.events.inputs import Minutes
from services.events.formats.find import FormatView, format_of
from services.events.formats.rules import Effort, Setting
from services.events.models import Format
from shared.contracts.events import FormatChanged, FormatProposed
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Command, Router, Write, left_out
from shared.store import Tx

router = Router(tags=["formats"])

Key = Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$")]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
Description = Annotated[str, Field(min_length=1, max_length=4000)]
Outcomes = Annotated[list[Annotated[str, Field(min_length=1, max_length=300)]], Field(max_length=20)]


class ProposeFormat(Command):
    """A way to meet, a candidate at first; its key stays for good."""

    key: Key
    name: Name
    description: Description | None = None
    default_minutes: Minutes = 60
    setting: Setting
    learning_outcomes: Outcomes = Field(default_factory=list)
    effort: Effort | None = None


class ChangeFormat(Command):
    """What to change; what is left out stays, what may be missing is emptied with null."""

    name: Name = Field(default_factory=left_out)
    description: Description | None = None
    default_minutes: Minutes = Field(default_factory=left_out)
    setting: Setting = Field(default_factory=left_out)
    learning_outcomes: Outcomes = Field(default_factory=left_out)
    effort: Effort | None = None


class FormatKeyTaken(Conflict):
    title = "Format key already taken"


async def propose(tx: Tx, actor: Actor, community_id: UUID, command: ProposeFormat) -> FormatView:
    """Add a format to the catalogue."""
    proposed = Format(**command.model_dump(), community_id=community_id, created_at=tx.now, updated_at=tx.now)
    await tx.insert(proposed, conflicts={"key": FormatKeyTaken})
    tx.publish(FormatProposed(community_id=community_id, format_id=proposed.id))
    tx.audit("format.propose", proposed.id)
    return await format_of(tx, actor, community_id, proposed.id)


async def change(
    tx: Tx, actor: Actor, community_id: UUID, format_id: UUID, command: ChangeFormat
) -> FormatView:
    """Change what was given; events that were made of it stay as they are."""
    given: dict[str, Any] = command.model_dump(exclude_unset=True)
    await tx.lock(Format, format_id, **given)
    tx.publish(FormatChanged(community_id=community_id, format_id=format_id))
    tx.audit("format.change", format_id)
    return await format_of(tx, actor, community_id, format_id)


@router.post("/v1/communities/{community_id}/formats", status_code=201, allows="format.manage")
async def post_format(community_id: UUID, command: ProposeFormat, write: Write) -> FormatView:
    return await write(propose, community_id, command)


@router.patch("/v1/communities/{community_id}/formats/{format_id}", allows="format.manage", versioned=True)
async def patch_format(
    community_id: UUID, format_id: UUID, command: ChangeFormat, write: Write
) -> FormatView:
    return await write(change, community_id, format_id, command)

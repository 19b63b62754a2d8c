"""Import prospects: POST /prospects/import -> one per contact, repeatable -> ProspectCaptured."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from services.membership.communities.sealing import sealer_of
from services.membership.models import HOLD_COMMUNITY, Prospect
from services.membership.prospects.agree import agree
from services.membership.prospects.capture import CaptureProspect, prospect_from
from services.membership.prospects.rules import ImportRefusal, ProspectState
from shared.contracts.membership import ProspectCaptured
from shared.identity import Actor
from shared.problems import Unavailable
from shared.route import Command, Router, View, Write
from shared.store import Tx, scope

router = Router(tags=["prospects"])

BODY_LIMIT_BYTES = 10_000_000


class ImportProspects(Command):
    """A batch; the same batch again changes nothing."""

    items: Annotated[list[CaptureProspect], Field(min_length=1, max_length=500)]


class ImportedProspectView(View):
    """What became of one item."""

    index: int
    prospect_id: UUID | None
    outcome: Literal["created", "unchanged", "refused"]
    reason: ImportRefusal | None


class ImportedProspects(View):
    items: list[ImportedProspectView]


class ImportCollided(Unavailable):
    """Somebody captured one of them meanwhile; nothing was imported, the same batch may be sent again."""

    title = "Somebody captured one of them meanwhile"


async def import_prospects(
    tx: Tx, _actor: Actor, community_id: UUID, command: ImportProspects
) -> ImportedProspects:
    """Capture whom nobody captured yet; known ones stay as they are, who withdrew is not brought back."""
    await tx.one(HOLD_COMMUNITY)
    vault = await sealer_of(tx)
    digests = [vault.digest(item.contact) for item in command.items]
    rows = await tx.all(
        select(Prospect).where(scope(Prospect), col(Prospect.contact_digest).in_(set(digests)))
    )
    known = {row.contact_digest: row for row in rows}
    made: dict[str, tuple[Prospect, CaptureProspect]] = {}
    items = []
    for index, (item, digest) in enumerate(zip(command.items, digests, strict=True)):
        outcome, reason, row = "unchanged", None, known.get(digest)
        if row is not None and row.state is ProspectState.WITHDRAWN:
            outcome, reason, row = "refused", ImportRefusal.WITHDRAWN, None
        elif row is None:
            if digest not in made:
                outcome = "created"
                made[digest] = (prospect_from(tx, vault, community_id, item), item)
            row = made[digest][0]
        items.append({"index": index, "prospect_id": row and row.id, "outcome": outcome, "reason": reason})
    await _record(tx, community_id, list(made.values()))
    return ImportedProspects.model_validate({"items": items})


async def _record(tx: Tx, community_id: UUID, made: list[tuple[Prospect, CaptureProspect]]) -> None:
    if not made:
        return
    await tx.insert([prospect for prospect, _ in made], conflicts={"contact": ImportCollided})
    for prospect, item in made:
        tx.publish(ProspectCaptured(community_id=community_id, prospect_id=prospect.id))
        if item.consent is not None:
            await agree(tx, community_id, prospect.id, item.consent)
    tx.audit("prospect.import", community_id)


@router.post(
    "/v1/communities/{community_id}/prospects/import",
    allows="prospect.manage",
    body_limit=BODY_LIMIT_BYTES,
)
async def post_prospects_import(
    community_id: UUID, command: ImportProspects, write: Write
) -> ImportedProspects:
    return await write(import_prospects, community_id, command)

"""Find and read speakers: GET /speakers -> whoever reads events; contacts for those who manage speakers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.events.models import THE_SPEAKER, Speaker
from services.events.sealing import known_sealer
from services.events.speakers.rules import SpeakerKind, SpeakerState
from shared.identity import Actor
from shared.route import Cursor, Limit, Page, Read, Router, View
from shared.store import Tx, constant, scope

router = Router(tags=["speakers"])

SPEAKERS = constant(select(Speaker).where(scope(Speaker)))


class SpeakerView(View):
    """A speaker; `contact` and `honorarium` are null for those who do not manage speakers."""

    id: UUID
    community_id: UUID
    kind: SpeakerKind
    member_id: UUID | None
    name: str
    topics: list[str]
    bio: str | None
    contact: str | None
    honorarium: str | None
    state: SpeakerState
    created_at: datetime
    updated_at: datetime
    version: int


def place_of_contact(speaker_id: UUID) -> str:
    """What a contact is sealed about."""
    return f"{speaker_id}:contact"


async def shown(tx: Tx, actor: Actor, speakers: Sequence[Speaker]) -> list[SpeakerView]:
    """The speakers as the caller may see them."""
    all_of_it = actor.may("speaker.manage", "events")
    vault = await known_sealer(tx) if all_of_it and any(each.contact for each in speakers) else None
    views = []
    for each in speakers:
        kept: dict[str, Any] = {name: getattr(each, name) for name in SpeakerView.model_fields}
        if not all_of_it:
            kept |= {"contact": None, "honorarium": None}
        elif vault is not None and each.contact is not None:
            kept["contact"] = vault.unseal(each.contact, about=place_of_contact(each.id))
        views.append(SpeakerView.model_validate(kept))
    return views


async def speakers(
    tx: Tx, actor: Actor, state: SpeakerState | None, kind: SpeakerKind | None, limit: int, cursor: str | None
) -> Page[Any]:
    """Speakers in the order they were listed."""
    statement = SPEAKERS
    if state is not None:
        statement = statement.where(col(Speaker.state) == state)
    if kind is not None:
        statement = statement.where(col(Speaker.kind) == kind)
    page = await tx.page(statement, by=(Speaker.created_at, Speaker.id), limit=limit, cursor=cursor)
    return Page(items=await shown(tx, actor, page.items), next_cursor=page.next_cursor)


async def speaker_of(tx: Tx, actor: Actor, speaker_id: UUID) -> SpeakerView:
    """The speaker."""
    (view,) = await shown(tx, actor, [await tx.one(THE_SPEAKER, {"speaker_id": speaker_id})])
    return view


@router.get("/v1/communities/{community_id}/speakers", allows="speaker.read")
async def list_speakers(
    community_id: UUID,  # noqa: ARG001 - the tenant of the read
    read: Read,
    state: SpeakerState | None = None,
    kind: SpeakerKind | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[SpeakerView]:
    return await read(speakers, state, kind, limit, cursor)


@router.get("/v1/communities/{community_id}/speakers/{speaker_id}", allows="speaker.read")
async def get_speaker(community_id: UUID, speaker_id: UUID, read: Read) -> SpeakerView:  # noqa: ARG001 - as above
    return await read(speaker_of, speaker_id)

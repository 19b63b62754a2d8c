"""Describe speakers: POST, PATCH /speakers -> contacts sealed -> SpeakerListed, SpeakerChanged."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.events.models import Speaker
from services.events.sealing import sealer_of
from services.events.speakers.find import SpeakerView, place_of_contact, speaker_of
from services.events.speakers.rules import SpeakerKind, SpeakerState
from shared.contracts.events import SpeakerChanged, SpeakerListed
from shared.identity import Actor
from shared.ids import uuid7
from shared.problems import InvalidTransition, Unprocessable
from shared.route import Command, Router, Write, left_out
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["speakers"])

Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
Topics = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=20)]
Bio = Annotated[str, Field(min_length=1, max_length=4000)]
Contact = Annotated[str, Field(min_length=3, max_length=320)]
Honorarium = Annotated[str, Field(min_length=1, max_length=200)]


class ListSpeaker(Command):
    """Somebody who may be asked to speak; `contact` and `honorarium` stay among those who manage speakers."""

    kind: SpeakerKind
    member_id: UUID | None = None
    name: Name
    topics: Topics = Field(default_factory=list)
    bio: Bio | None = None
    contact: Contact | None = None
    honorarium: Honorarium | None = None


class ChangeSpeaker(Command):
    """What to change; what is left out stays, and what may be missing is emptied with null."""

    name: Name = Field(default_factory=left_out)
    topics: Topics = Field(default_factory=left_out)
    bio: Bio | None = None
    contact: Contact | None = None
    honorarium: Honorarium | None = None


class MemberMissing(Unprocessable):
    """A speaker of the kind `member` is a member, a guest is none."""

    title = "Say which member it is; a guest is none"


async def _sealed(tx: Tx, speaker_id: UUID, contact: str | None) -> str | None:
    if contact is None:
        return None
    return (await sealer_of(tx)).seal(contact, about=place_of_contact(speaker_id))


async def enlist(tx: Tx, actor: Actor, community_id: UUID, command: ListSpeaker) -> SpeakerView:
    """Put somebody on the list."""
    is_member = command.member_id is not None
    if command.kind is not SpeakerKind.SME and is_member is not (command.kind is SpeakerKind.MEMBER):
        raise MemberMissing
    await refuse_erased(tx, command.member_id)
    speaker_id = uuid7()
    speaker = Speaker(
        **command.model_dump(exclude={"contact"}),
        id=speaker_id,
        community_id=community_id,
        contact=await _sealed(tx, speaker_id, command.contact),
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.insert(speaker)
    tx.publish(
        SpeakerListed(
            community_id=community_id,
            speaker_id=speaker_id,
            kind=speaker.kind.value,
            member_id=speaker.member_id,
        )
    )
    tx.audit("speaker.list", speaker_id)
    return await speaker_of(tx, actor, speaker_id)


async def change(
    tx: Tx, actor: Actor, community_id: UUID, speaker_id: UUID, command: ChangeSpeaker
) -> SpeakerView:
    """Change what was given; nobody writes down again who was erased."""
    given: dict[str, Any] = command.model_dump(exclude_unset=True)
    if "contact" in given:
        given["contact"] = await _sealed(tx, speaker_id, command.contact)
    speaker = await tx.lock(Speaker, speaker_id, **given)
    await refuse_erased(tx, speaker.member_id)
    tx.publish(SpeakerChanged(community_id=community_id, speaker_id=speaker_id))
    tx.audit("speaker.change", speaker_id)
    return await speaker_of(tx, actor, speaker_id)


async def turn(
    tx: Tx, actor: Actor, community_id: UUID, speaker_id: UUID, verb: str, state: SpeakerState
) -> SpeakerView:
    """No longer ask a speaker, or ask them again."""
    before = await tx.lock(Speaker, speaker_id, facts=0)
    if before.state is state:
        other = "relist" if verb == "deactivate" else "deactivate"
        raise InvalidTransition(state=before.state.value, allowed=[other])
    await tx.lock(Speaker, speaker_id, state=state)
    tx.publish(SpeakerChanged(community_id=community_id, speaker_id=speaker_id))
    tx.audit(f"speaker.{verb}", speaker_id)
    return await speaker_of(tx, actor, speaker_id)


@router.post("/v1/communities/{community_id}/speakers", status_code=201, allows="speaker.manage")
async def post_speaker(community_id: UUID, command: ListSpeaker, write: Write) -> SpeakerView:
    return await write(enlist, community_id, command)


@router.patch("/v1/communities/{community_id}/speakers/{speaker_id}", allows="speaker.manage", versioned=True)
async def patch_speaker(
    community_id: UUID, speaker_id: UUID, command: ChangeSpeaker, write: Write
) -> SpeakerView:
    return await write(change, community_id, speaker_id, command)


@router.post("/v1/communities/{community_id}/speakers/{speaker_id}/deactivate", allows="speaker.manage")
async def post_speaker_deactivate(community_id: UUID, speaker_id: UUID, write: Write) -> SpeakerView:
    return await write(turn, community_id, speaker_id, "deactivate", SpeakerState.INACTIVE)


@router.post("/v1/communities/{community_id}/speakers/{speaker_id}/relist", allows="speaker.manage")
async def post_speaker_relist(community_id: UUID, speaker_id: UUID, write: Write) -> SpeakerView:
    return await write(turn, community_id, speaker_id, "relist", SpeakerState.LISTED)

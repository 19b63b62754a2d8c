"""Import members: POST /members/import -> once per identity -> MemberJoined at its time, IdentityLinked."""

from collections import Counter
from typing import Annotated, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col, select

from services.membership import rules
from services.membership.identities import Provider, Subject, subject_key
from services.membership.models import HOLD_COMMUNITY, Identity, Member
from services.membership.rules import IdentityState
from shared.contracts.membership import IdentityLinked, MemberJoined
from shared.facts import ActorRef
from shared.identity import Actor
from shared.ids import identity_id
from shared.problems import Unavailable
from shared.route import Command, Instant, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["members"])

HANDLES_LIKE = constant(
    sa.select(col(Member.handle)).where(
        scope(Member), col(Member.handle) >= sa.bindparam("low"), col(Member.handle) < sa.bindparam("high")
    )
)


class ImportedMember(Command):
    """Somebody as another platform knows them; the handle is a wish."""

    handle: Annotated[str, Field(min_length=1, max_length=200)]
    display_name: Annotated[str, Field(min_length=1, max_length=80)]
    provider: Provider
    subject: Subject
    joined_at: Instant


class ImportMembers(Command):
    """A batch; the same batch again changes nothing."""

    items: Annotated[list[ImportedMember], Field(min_length=1, max_length=500)]


class ImportedView(View):
    """What became of one item."""

    index: int
    member_id: UUID | None
    identity_id: UUID
    outcome: Literal["created", "unchanged", "refused"]
    reason: Literal["identity-revoked", "joined-in-the-future", "joined-before-1970"] | None


class ImportedMembers(View):
    items: list[ImportedView]


class ImportCollided(Unavailable):
    """Somebody took one of the handles meanwhile; nothing was imported, the same batch may be sent again."""

    title = "Somebody joined meanwhile"


async def import_members(tx: Tx, actor: Actor, community_id: UUID, command: ImportMembers) -> ImportedMembers:
    """Make a member of every identity that is none yet, joined when it says; known ones stay as they are."""
    await tx.one(HOLD_COMMUNITY)
    key = await subject_key(tx)
    subjects = [rules.kept_subject(item.subject, key) for item in command.items]
    ids = [
        identity_id(community_id, item.provider, s) for item, s in zip(command.items, subjects, strict=True)
    ]
    known = {
        row.id: row
        for row in await tx.all(select(Identity).where(scope(Identity), col(Identity.id).in_(set(ids))))
    }
    wishes = [rules.handle_from(item.handle) for item in command.items]
    handles = await _handles(tx, [w for w, id_ in zip(wishes, ids, strict=True) if id_ not in known])
    made: dict[UUID, tuple[Member, Identity]] = {}
    outcomes = []
    for index, (item, subject, id_, wish) in enumerate(
        zip(command.items, subjects, ids, wishes, strict=True)
    ):
        member_id, outcome, reason = None, "refused", None
        if id_ in made:
            member_id, outcome = made[id_][0].id, "unchanged"
        elif id_ in known and known[id_].state is IdentityState.REVOKED:
            reason = "identity-revoked"
        elif id_ in known:
            member_id, outcome = known[id_].member_id, "unchanged"
        elif item.joined_at > tx.now:
            reason = "joined-in-the-future"
        elif item.joined_at < rules.EPOCH:
            reason = "joined-before-1970"
        else:
            made[id_] = _rows(tx, community_id, item, handles.give(wish), id_, subject)
            member_id, outcome = made[id_][0].id, "created"
        outcomes.append(
            {"index": index, "member_id": member_id, "identity_id": id_, "outcome": outcome, "reason": reason}
        )
    await _record(tx, actor, list(made.values()))
    return ImportedMembers.model_validate({"items": outcomes})


def _rows(
    tx: Tx, community_id: UUID, item: ImportedMember, handle: str, id_: UUID, subject: str
) -> tuple[Member, Identity]:
    member = Member(
        community_id=community_id,
        handle=handle,
        display_name=item.display_name,
        name_key=rules.search_key(item.display_name),
        joined_at=item.joined_at,
        updated_at=tx.now,
    )
    identity = Identity(
        id=id_,
        community_id=community_id,
        member_id=member.id,
        provider=item.provider,
        subject=subject,
        linked_at=tx.now,
    )
    return member, identity


async def _handles(tx: Tx, wishes: list[str]) -> rules.Handles:
    """What is taken among the wishes, and beside it what is taken where a suffix will be needed."""
    wished = Counter(wishes)
    rows = await tx.all(sa.select(col(Member.handle)).where(scope(Member), col(Member.handle).in_(wished)))
    taken = {row.handle for row in rows}
    for stem in {rules.stem(handle) for handle, times in wished.items() if times > 1 or handle in taken}:
        low, high = rules.handle_range(stem)
        taken |= {row.handle for row in await tx.all(HANDLES_LIKE, {"low": low, "high": high})}
    return rules.Handles(taken)


async def _record(tx: Tx, actor: Actor, made: list[tuple[Member, Identity]]) -> None:
    if not made:
        return
    await tx.insert([member for member, _ in made], conflicts={"handle": ImportCollided})
    await tx.insert([identity for _, identity in made], conflicts={"pkey": ImportCollided})
    importer = ActorRef(kind="import", id=actor.id)
    for member, identity in made:
        joined = MemberJoined(
            community_id=member.community_id,
            member_id=member.id,
            source="imported",
            occurred_at=member.joined_at,
            actor=importer,
        )
        linked = IdentityLinked(
            community_id=member.community_id,
            member_id=member.id,
            identity_id=identity.id,
            provider=identity.provider,
            actor=importer,
        )
        tx.publish(joined)
        tx.publish(linked)
    tx.audit("member.import", made[0][0].community_id)


@router.post("/v1/communities/{community_id}/members/import", allows="member.import")
async def post_members_import(community_id: UUID, command: ImportMembers, write: Write) -> ImportedMembers:
    return await write(import_members, community_id, command)

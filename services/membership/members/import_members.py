"""Import members: POST /members/import -> once per identity -> MemberJoined at its time, IdentityLinked."""

from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from services.membership.communities import rules as community_rules
from services.membership.identities.link import Provider, Subject
from services.membership.identities.models import identity_as
from services.membership.members import names, rules
from services.membership.members.handles import free_handles
from services.membership.members.join import CommunityClosed
from services.membership.members.rules import Refusal
from services.membership.models import HOLD_COMMUNITY, Identity, Member
from shared.contracts.membership import IdentityLinked, MemberJoined
from shared.facts import ActorRef
from shared.identity import Actor
from shared.problems import Unavailable
from shared.route import Command, Instant, Router, View, Write
from shared.store import Tx, scope
from shared.subjects import identity_of

router = Router(tags=["members"])


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
    reason: Refusal | None


class ImportedMembers(View):
    items: list[ImportedView]


class ImportCollided(Unavailable):
    """Somebody took one of the handles meanwhile; nothing was imported, the same batch may be sent again."""

    title = "Somebody joined meanwhile"


class _Newcomer(NamedTuple):
    """An item, and the identity it speaks of."""

    item: ImportedMember
    identity_id: UUID
    wish: str


async def import_members(tx: Tx, actor: Actor, community_id: UUID, command: ImportMembers) -> ImportedMembers:
    """Make a member of every identity that is none yet, joined when it says; known ones stay as they are."""
    community = await tx.one(HOLD_COMMUNITY)
    if not community_rules.takes_members(community.state):
        raise CommunityClosed(state=community.state.value)
    newcomers = [_newcomer(community_id, item) for item in command.items]
    ids = {each.identity_id for each in newcomers}
    rows = await tx.all(select(Identity).where(scope(Identity), col(Identity.id).in_(ids)))
    known = {row.id: row for row in rows}
    handles = await free_handles(tx, [each.wish for each in newcomers if each.identity_id not in known])
    made: dict[UUID, tuple[Member, Identity]] = {}
    items = []
    for index, each in enumerate(newcomers):
        id_ = each.identity_id
        reason = rules.refusal(known[id_].state if id_ in known else None, each.item.joined_at, tx.now)
        outcome = "refused" if reason else "unchanged"
        if not reason and id_ not in known and id_ not in made:
            outcome = "created"
            made[id_] = _rows(tx, community_id, each, handles.give(each.wish))
        linked = made[id_][1] if id_ in made else known.get(id_)
        member_id = linked.member_id if linked and not reason else None
        done = {"member_id": member_id, "identity_id": id_, "outcome": outcome, "reason": reason}
        items.append({"index": index, **done})
    await _record(tx, actor, list(made.values()))
    return ImportedMembers.model_validate({"items": items})


def _newcomer(community_id: UUID, item: ImportedMember) -> _Newcomer:
    id_ = identity_of(community_id, item.provider, item.subject)
    return _Newcomer(item, id_, names.handle_from(item.handle))


def _rows(tx: Tx, community_id: UUID, newcomer: _Newcomer, handle: str) -> tuple[Member, Identity]:
    item = newcomer.item
    member = Member(
        community_id=community_id,
        handle=handle,
        display_name=item.display_name,
        name_key=names.search_key(item.display_name),
        joined_at=item.joined_at,
        updated_at=tx.now,
    )
    return member, identity_as(community_id, member.id, item.provider, item.subject, tx.now)


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

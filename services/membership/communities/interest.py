"""Say that one wants a community: PUT, DELETE /demand/interest -> people only, with consent -> counted."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import col

from services.membership.communities import rules
from services.membership.communities.demand import DemandView, settle
from services.membership.communities.rules import CommunityState, InterestSource
from services.membership.communities.wishes import PARTIES_OF
from services.membership.members.rules import MemberState
from services.membership.models import HOLD_COMMUNITY, THE_MEMBER, Interest
from shared.identity import Actor
from shared.problems import Conflict, Forbidden
from shared.route import Command, Router, Write
from shared.store import Tx, constant, scope
from shared.tombstones import refuse_erased

router = Router(tags=["communities"])

PolicyVersion = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]


class ExpressInterest(Command):
    """Wanting the community, and agreeing to be counted under this version of the policy."""

    policy_version: PolicyVersion


class OnlyPeople(Forbidden):
    title = "Only people want a community"


class NotCounted(Conflict):
    """Who left comes back first; who was suspended or banned waits for its end."""

    title = "Your membership does not count at present"


class CommunityEnded(Conflict):
    title = "The community was archived"


_COLUMNS: Any = Interest.__table__.c  # type: ignore[attr-defined]
WITHDRAW = constant(
    sa.update(Interest)
    .where(
        scope(Interest),
        col(Interest.withdrawn_at).is_(None),
        col(Interest.party_id).in_(sa.bindparam("parties", type_=_COLUMNS.party_id.type, expanding=True)),
    )
    .values(withdrawn_at=sa.bindparam("now", type_=_COLUMNS.withdrawn_at.type))
)


def party_of(actor: Actor) -> UUID:
    """Under which id the caller's interest is kept: their member's, else their person's."""
    party = actor.member_id or actor.person_id
    if party is None:
        raise OnlyPeople
    return party


async def remember(
    tx: Tx,
    community_id: UUID,
    party_id: UUID,
    policy_version: str,
    *,
    source: InterestSource = InterestSource.EXPLICIT,
    given_at: datetime | None = None,
) -> None:
    """Count the party from now on; a survey replaces nobody's own word and undoes no later withdrawal."""
    given = {
        "source": source,
        "policy_version": policy_version,
        "given_at": given_at or tx.now,
        "withdrawn_at": None,
    }
    insert = tx.upsert(Interest).values(community_id=community_id, party_id=party_id, **given)
    later = None if source is InterestSource.EXPLICIT else col(Interest.withdrawn_at) < given["given_at"]
    await tx.execute(
        insert.on_conflict_do_update(
            index_elements=["community_id", "party_id"],
            set_={n: insert.excluded[n] for n in given},
            where=later,
        )
    )


async def express(tx: Tx, actor: Actor, community_id: UUID, command: ExpressInterest) -> DemandView:
    """Want the community; saying so again changes nothing but the version of the policy."""
    party = party_of(actor)
    community = await tx.one(HOLD_COMMUNITY)
    await refuse_erased(tx, actor.member_id, actor.person_id)  # held, so that nobody is erased meanwhile
    if community.state is CommunityState.ARCHIVED:
        raise CommunityEnded
    if actor.member_id is not None:
        member = await tx.one(THE_MEMBER, {"member_id": actor.member_id})
        if member.state not in (*rules.COUNTED_MEMBERS, MemberState.MERGED):
            raise NotCounted(state=member.state.value)
    await settle(tx, community_id)
    await remember(tx, community_id, party, command.policy_version)
    return await settle(tx, community_id)


async def withdraw(tx: Tx, actor: Actor, community_id: UUID) -> None:
    """Want it no more, in whatever way one had said so."""
    party = party_of(actor)
    await settle(tx, community_id)
    known = await tx.all(PARTIES_OF, {"who": party})
    parties = {party, *(row.party_id for row in known)}
    await tx.execute(WITHDRAW, {"parties": list(parties), "now": tx.now})
    await settle(tx, community_id)


@router.put("/v1/communities/{community_id}/demand/interest", allows="interest.express")
async def put_interest(community_id: UUID, command: ExpressInterest, write: Write) -> DemandView:
    return await write(express, community_id, command)


@router.delete("/v1/communities/{community_id}/demand/interest", status_code=204, allows="interest.express")
async def delete_interest(community_id: UUID, write: Write) -> None:
    return await write(withdraw, community_id)

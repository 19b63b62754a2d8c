"""Create a community: POST /communities -> its creator becomes owner -> CommunityCreated, MemberJoined."""

from uuid import UUID

from pydantic import Field

from services.membership.communities.charter import Charter, Points, Text
from services.membership.communities.describe import (
    CommunityView,
    Locale,
    Name,
    Purpose,
    Slug,
    Threshold,
)
from services.membership.communities.rules import DEMAND_THRESHOLD, CommunityKind, JoinPolicy, Visibility
from services.membership.members import names
from services.membership.members.persons import living
from services.membership.models import Community, CommunityKey, Member, RoleGrant
from services.membership.roles.rules import Role
from shared.contracts.membership import CommunityCreated, MemberJoined, RoleGranted
from shared.identity import Actor
from shared.problems import Conflict
from shared.route import Command, Router, Write, Zone
from shared.store import Tx

router = Router(tags=["communities"])


class CreateCommunity(Command):
    """A new community; its slug and kind stay for good."""

    slug: Slug
    name: Name
    kind: CommunityKind
    purpose: Purpose | None = None
    objectives: Points = Field(default_factory=list)
    target_audience: Text | None = None
    key_outcomes: Points = Field(default_factory=list)
    charter: Charter = Field(default_factory=Charter)
    value_proposition: Text | None = None
    demand_threshold: Threshold = DEMAND_THRESHOLD
    timezone: Zone = "UTC"
    locale: Locale = "en"
    visibility: Visibility = Visibility.PUBLIC
    join_policy: JoinPolicy = JoinPolicy.OPEN


class SlugTaken(Conflict):
    title = "Slug already taken"


async def create(tx: Tx, actor: Actor, command: CreateCommunity) -> Community:
    """Create the community; a person who creates one is its first member and its owner."""
    community = Community(**command.model_dump(), created_at=tx.now, updated_at=tx.now)
    await tx.insert(community, conflicts={"slug": SlugTaken})
    tx.within(community.id)
    await tx.insert(CommunityKey(community_id=community.id))
    tx.publish(
        CommunityCreated(
            community_id=community.id,
            slug=community.slug,
            name=community.name,
            kind=community.kind.value,
            timezone=community.timezone,
        )
    )
    if actor.person_id is not None:
        await _make_owner(tx, community.id, actor.person_id)
    tx.audit("community.create", community.id)
    return community


async def _make_owner(tx: Tx, community_id: UUID, person_id: UUID) -> None:
    person = await living(tx, person_id)
    handle = names.handle_from(person.subject)
    owner = Member(
        community_id=community_id,
        person_id=person_id,
        handle=handle,
        display_name=handle,
        name_key=names.search_key(handle),
        roles=[Role.OWNER.value],
        joined_at=tx.now,
        updated_at=tx.now,
        version=2,
    )
    await tx.insert(owner)
    grant = RoleGrant(
        community_id=community_id,
        member_id=owner.id,
        role=Role.OWNER,
        granted_by=tx.actor.id,
        granted_at=tx.now,
    )
    await tx.insert(grant)
    tx.publish(MemberJoined(community_id=community_id, member_id=owner.id, source="founded"))
    tx.publish(RoleGranted(community_id=community_id, member_id=owner.id, role="owner"))


@router.post("/v1/communities", status_code=201, allows="community.create")
async def post_community(command: CreateCommunity, write: Write) -> CommunityView:
    return await write(create, command)

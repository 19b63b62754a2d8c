"""Find, read and describe communities: GET, PATCH /communities -> who may see what -> CommunityChanged."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field
from sqlmodel import col, or_, select

from services.membership.communities.charter import Charter, KeptCharter, Points, Text
from services.membership.communities.demand import settle
from services.membership.communities.rules import CommunityKind, CommunityState, JoinPolicy, Visibility
from services.membership.members.persons import belongs_through_others
from services.membership.members.rules import MemberState
from services.membership.models import THE_COMMUNITY, Community, Member
from shared.contracts.membership import CommunityChanged
from shared.identity import Actor
from shared.route import Command, Cursor, Limit, Page, Read, Router, View, Whole, Write, Zone, left_out
from shared.store import Tx, across

router = Router(tags=["communities"])

Slug = Annotated[str, Field(min_length=2, max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
Purpose = Annotated[str, Field(min_length=1, max_length=2000)]
Threshold = Annotated[int, Field(ge=1, le=1000), Whole]
Locale = Annotated[str, Field(max_length=35, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]


class ChangeCommunity(Command):
    """What to change; what is left out stays, texts may be emptied with null, a charter is given whole."""

    name: Name = Field(default_factory=left_out)
    purpose: Purpose | None = None
    objectives: Points = Field(default_factory=left_out)
    target_audience: Text | None = None
    key_outcomes: Points = Field(default_factory=left_out)
    charter: Charter = Field(default_factory=left_out)
    value_proposition: Text | None = None
    demand_threshold: Threshold = Field(default_factory=left_out)
    timezone: Zone = Field(default_factory=left_out)
    locale: Locale = Field(default_factory=left_out)
    visibility: Visibility = Field(default_factory=left_out)
    join_policy: JoinPolicy = Field(default_factory=left_out)


class OverrideView(View):
    """The decision a community of interest was started by, without enough demand."""

    decision_ref: str
    reason: str
    decided_by: str
    decided_at: datetime


class CommunityView(View):
    """A community as its members and, when it is public, everybody signed in see it."""

    id: UUID
    slug: str
    name: str
    kind: CommunityKind
    state: CommunityState
    purpose: str | None
    objectives: list[str]
    target_audience: str | None
    key_outcomes: list[str]
    charter: KeptCharter
    value_proposition: str | None
    demand_threshold: int
    activation_override: OverrideView | None
    timezone: str
    locale: str
    visibility: Visibility
    join_policy: JoinPolicy
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    version: int


async def visible_communities(
    tx: Tx, actor: Actor, slug: str | None, limit: int, cursor: str | None
) -> Page[Any]:
    """The public communities and those the caller belongs to; all of them for the owner key."""
    statement = across(select(Community), why="lists the communities a caller may know of")
    if slug is not None:
        statement = statement.where(col(Community.slug) == slug)
    if not actor.is_owner_key:
        own = select(Member.community_id).where(
            col(Member.person_id) == actor.person_id, col(Member.state) == MemberState.ACTIVE
        )
        conditions = [col(Community.visibility) == Visibility.PUBLIC]
        if actor.person_id is not None:
            conditions.append(col(Community.id).in_(own))
            if merged := await belongs_through_others(tx, actor.person_id):
                conditions.append(col(Community.id).in_(merged))
        statement = statement.where(or_(*conditions))
    return await tx.page(statement, by=(Community.created_at, Community.id), limit=limit, cursor=cursor)


async def community_of(tx: Tx, _actor: Actor) -> Community:
    """The community of the request."""
    return await tx.one(THE_COMMUNITY)


async def change(tx: Tx, _actor: Actor, community_id: UUID, command: ChangeCommunity) -> Community:
    """Change what was given; one fact tells how it is now."""
    given = command.model_dump(exclude_unset=True)
    if command.charter is not None and "charter" in given:
        given["charter"] = command.charter.model_dump()
    community = await tx.lock(Community, community_id, **given)
    tx.publish(
        CommunityChanged(
            community_id=community_id,
            name=community.name,
            timezone=community.timezone,
            visibility=community.visibility.value,
        )
    )
    tx.audit("community.change", community_id)
    if "demand_threshold" in given:
        await settle(tx, community_id)
    return await tx.one(THE_COMMUNITY)


@router.get("/v1/communities", allows="community.list")
async def list_communities(
    read: Read, slug: Annotated[Slug | None, Query()] = None, limit: Limit = 20, cursor: Cursor = None
) -> Page[CommunityView]:
    return await read(visible_communities, slug, limit, cursor)


@router.get("/v1/communities/{community_id}", allows="community.read")
async def get_community(community_id: UUID, read: Read) -> CommunityView:  # noqa: ARG001 - the tenant of the read
    return await read(community_of)


@router.patch("/v1/communities/{community_id}", allows="community.change", versioned=True)
async def patch_community(community_id: UUID, command: ChangeCommunity, write: Write) -> CommunityView:
    return await write(change, community_id, command)

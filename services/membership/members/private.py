"""Read what is not for everybody: GET /members/{id}/profile, /onboarding -> oneself and the team.

What hurts or drives somebody is told to be helped, not to be looked up by anybody who signs in, and a stage
such as "lurker" is our judgement, not theirs: so neither is in the view others get.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.membership.members import onboarding
from services.membership.members.find import is_team
from services.membership.members.profile import is_oneself, may_manage
from services.membership.members.rules import MemberState, Stage, Step
from services.membership.models import THE_MEMBER, Member
from shared.identity import Actor
from shared.problems import Forbidden
from shared.route import Read, Router, View
from shared.store import Tx

router = Router(tags=["members"])


class ProfileView(View):
    """Everything a member told about themselves, and where they stand on their journey.

    `decline_reason` is shown to those who decide about requests only.
    """

    id: UUID
    handle: str
    display_name: str
    headline: str | None
    bio: str | None
    organisation: str | None
    location: str | None
    interests: list[str]
    goals: list[str]
    motivations: list[str]
    pain_points: list[str]
    custom: dict[str, Any]
    source: dict[str, str]
    is_bot: bool
    state: MemberState
    stage: Stage | None
    stage_since: datetime | None
    declined_at: datetime | None
    decline_reason: str | None
    version: int


class StepView(View):
    step: Step
    done_at: datetime | None


class OnboardingView(View):
    """The steps the community asks for, and when all of those asked for were done."""

    steps: list[StepView]
    completed_at: datetime | None


async def _own(tx: Tx, actor: Actor, member_id: UUID) -> Member:
    member = await tx.one(THE_MEMBER, {"member_id": member_id})
    if not is_team(actor) and not is_oneself(actor, member):
        raise Forbidden
    return member


async def profile_of(tx: Tx, actor: Actor, member_id: UUID) -> ProfileView:
    """The whole profile."""
    member = await _own(tx, actor, member_id)
    shown = {name: getattr(member, name) for name in ProfileView.model_fields}
    if not may_manage(actor, member):
        shown["decline_reason"] = None
    return ProfileView.model_validate(shown)


async def welcome_of(tx: Tx, actor: Actor, member_id: UUID) -> OnboardingView:
    """How far the welcome has come; who joined before there was one has joined nevertheless."""
    member = await _own(tx, actor, member_id)
    done: dict[str, Any] = {Step.JOINED.value: member.joined_at, **member.onboarding}
    steps = [{"step": step, "done_at": done.get(step)} for step in await onboarding.asked(tx)]
    return OnboardingView.model_validate({"steps": steps, "completed_at": done.get(onboarding.COMPLETED)})


@router.get("/v1/communities/{community_id}/members/{member_id}/profile", allows="profile.read")
async def get_profile(community_id: UUID, member_id: UUID, read: Read) -> ProfileView:  # noqa: ARG001 - the tenant of the read
    return await read(profile_of, member_id)


@router.get("/v1/communities/{community_id}/members/{member_id}/onboarding", allows="profile.read")
async def get_onboarding(community_id: UUID, member_id: UUID, read: Read) -> OnboardingView:  # noqa: ARG001 - as above
    return await read(welcome_of, member_id)

"""Welcome newcomers: what they do first -> the community's steps -> MemberOnboardingCompleted."""

from collections import defaultdict
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlmodel import col, select

from services.membership.members import rules
from services.membership.members.rules import MemberState, Step
from services.membership.models import HOLD_COMMUNITY, HOLD_MEMBER, THE_COMMUNITY, Member, OnboardingPlan
from shared.consumers import Consumers
from shared.contracts.engagement import PostCreated, TopicCreated
from shared.contracts.events import RegistrationCheckedIn
from shared.contracts.knowledge import ArticlePublished
from shared.contracts.membership import MemberOnboardingCompleted
from shared.identity import Actor
from shared.route import Command, Read, Router, View, Write
from shared.store import Tx, constant, scope

router = Router(tags=["members"])
consumers = Consumers()

COMPLETED = "completed"
"""When every step asked for was done; kept among the steps so that it is told once."""

THE_PLAN = constant(select(OnboardingPlan).where(scope(OnboardingPlan)))


class PutOnboarding(Command):
    """The steps the community's welcome asks for from now on, in their order."""

    steps: Annotated[list[Step], Field(max_length=len(Step))]


class OnboardingPlanView(View):
    steps: list[Step]


async def asked(tx: Tx) -> list[str]:
    """The steps the community asks for."""
    plan = await tx.first(THE_PLAN)
    return plan.steps if plan is not None else [step.value for step in rules.FIRST_PLAN]


async def arrival(tx: Tx, *steps: Step) -> dict[str, str]:
    """What somebody has done who joins right now, `COMPLETED` included when nothing else is asked for."""
    moment = tx.now.isoformat()
    done = {step.value: moment for step in (Step.JOINED, *steps)}
    return done | ({COMPLETED: moment} if rules.is_welcomed(await asked(tx), done) else {})


async def progress(tx: Tx, member: Member, *steps: Step) -> Member:
    """Note what a member has done; the caller holds the row. A later change of the plan completes nobody."""
    fresh = {step.value: tx.now.isoformat() for step in steps if step not in member.onboarding}
    if not fresh:
        return member
    done = {**member.onboarding, **fresh}
    welcome = COMPLETED not in done and member.state is MemberState.ACTIVE
    if not welcome or not rules.is_welcomed(await asked(tx), done):
        return await tx.update(Member, member.id, onboarding=done)
    done[COMPLETED] = tx.now.isoformat()
    welcomed = await tx.lock(Member, member.id, onboarding=done)
    tx.publish(MemberOnboardingCompleted(community_id=member.community_id, member_id=member.id))
    return welcomed


async def plan_of(tx: Tx, _actor: Actor) -> OnboardingPlanView:
    """The steps in force."""
    await tx.one(THE_COMMUNITY)
    return OnboardingPlanView.model_validate({"steps": await asked(tx)})


async def put(tx: Tx, _actor: Actor, community_id: UUID, command: PutOnboarding) -> OnboardingPlanView:
    """Ask for these steps; who has completed the welcome stays welcomed."""
    await tx.one(HOLD_COMMUNITY)
    steps = [step.value for step in dict.fromkeys(command.steps)]
    told = {"steps": steps, "updated_at": tx.now}
    put_ = tx.upsert(OnboardingPlan).on_conflict_do_update(index_elements=["community_id"], set_=told)
    await tx.execute(put_, {"community_id": community_id} | told)
    tx.audit("onboarding.put", community_id)
    return OnboardingPlanView.model_validate({"steps": steps})


async def _done(tx: Tx, member_id: UUID, step: Step) -> None:
    member = await tx.first(HOLD_MEMBER, {"member_id": member_id})
    if member is not None and member.state is not MemberState.ERASED:
        await progress(tx, member, step)


@consumers.on_many(TopicCreated, PostCreated)
async def introduce(tx: Tx, facts: list[TopicCreated | PostCreated]) -> None:
    """Who said something here for the first time has introduced themselves; imported authors are nobody's."""
    authors: dict[UUID | None, set[UUID]] = defaultdict(set)
    for fact in facts:
        if fact.member_id is not None:
            authors[fact.community_id].add(fact.member_id)
    for community_id, ids in authors.items():
        tx.within(community_id)
        rows: list[Any] = await tx.all(select(Member).where(scope(Member), col(Member.id).in_(sorted(ids))))
        for member in rows:
            if Step.INTRODUCED not in member.onboarding:
                await _done(tx, member.id, Step.INTRODUCED)


@consumers.on(RegistrationCheckedIn)
async def attend(tx: Tx, fact: RegistrationCheckedIn) -> None:
    if fact.member_id is not None:
        await _done(tx, fact.member_id, Step.EVENT_ATTENDED)


@consumers.on(ArticlePublished)
async def write(tx: Tx, fact: ArticlePublished) -> None:
    if fact.author_id is not None:
        await _done(tx, fact.author_id, Step.ARTICLE_PUBLISHED)


@router.get("/v1/communities/{community_id}/onboarding", allows="community.read")
async def get_onboarding_plan(community_id: UUID, read: Read) -> OnboardingPlanView:  # noqa: ARG001 - the tenant of the read
    return await read(plan_of)


@router.put("/v1/communities/{community_id}/onboarding", allows="field.manage")
async def put_onboarding_plan(community_id: UUID, command: PutOnboarding, write: Write) -> OnboardingPlanView:
    return await write(put, community_id, command)

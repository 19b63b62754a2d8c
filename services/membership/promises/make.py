"""Make a promise: POST /promises -> a time to come or a fact to wait for -> PromiseMade."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.membership import rules as moments
from services.membership.members.rules import MemberState
from services.membership.models import THE_MEMBER
from services.membership.partners.find import THE_PARTNER
from services.membership.promises import rules
from services.membership.promises.enter import enter
from services.membership.promises.evidence import EvidenceGiven, Evidences, with_more
from services.membership.promises.find import PromiseView, shown
from services.membership.promises.rules import Occasion, PromiseVisibility, RecipientKind
from services.membership.prospects.find import THE_PROSPECT
from services.membership.prospects.rules import GONE
from shared.identity import Actor
from shared.problems import Unprocessable
from shared.route import Command, Instant, Router, Whole, Write
from shared.store import Tx
from shared.tombstones import refuse_erased

router = Router(tags=["promises"])

Until = Annotated[Instant, AfterValidator(moments.moment)]


class Recipient(Command):
    """Whom it is promised, or what it is about; ids of other services are taken at their word."""

    kind: RecipientKind
    id: UUID


class Due(Command):
    """When it is to be kept: at a time, when a fact happens (to `about`, if given), or whichever is first.

    An answer promised to an inquiry is about that inquiry; so with feedback and the community.
    """

    at: Until | None = None
    on_event: Occasion | None = None
    about: UUID | None = None


class MakePromise(Command):
    """What is promised; without an owner the caller answers for it."""

    to: Recipient
    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
    due: Due
    grace_hours: Annotated[int, Field(ge=0, le=rules.GRACE_HOURS_MAX), Whole] = 0
    owner_member_id: UUID | None = None
    visibility: PromiseVisibility = PromiseVisibility.RECIPIENT
    evidence: Evidences = Field(default_factory=list[EvidenceGiven])


class RecipientUnknown(Unprocessable):
    title = "Nobody to promise it to"


class OwnerUnknown(Unprocessable):
    title = "Only an active member answers for a promise"


async def make(tx: Tx, actor: Actor, community_id: UUID, command: MakePromise) -> PromiseView:
    """Write a promise into the ledger."""
    await _require_recipient(tx, community_id, command.to)
    owner = command.owner_member_id or actor.member_id
    if owner is not None:
        await require_owner(tx, owner)
    promise = await enter(
        tx,
        community_id=community_id,
        to_kind=command.to.kind,
        to_id=command.to.id,
        text=command.text,
        due_at=command.due.at,
        on_event=command.due.on_event,
        about_id=command.due.about,
        grace_hours=command.grace_hours,
        owner_member_id=owner,
        visibility=command.visibility,
        evidence=with_more([], command.evidence, tx.now),
        made_by=actor.id,
        made_at=tx.now,
    )
    return shown(promise)


async def require_owner(tx: Tx, member_id: UUID) -> None:
    """Raise unless it is an active member who would answer for it."""
    member = await tx.one(THE_MEMBER, {"member_id": member_id}, otherwise=OwnerUnknown)
    if member.state is not MemberState.ACTIVE:
        raise OwnerUnknown


async def _require_recipient(tx: Tx, community_id: UUID, to: Recipient) -> None:
    await refuse_erased(tx, to.id)
    if to.kind is RecipientKind.MEMBER:
        await tx.one(THE_MEMBER, {"member_id": to.id}, otherwise=RecipientUnknown)
    if to.kind is RecipientKind.PARTNER:
        await tx.one(THE_PARTNER, {"partner_id": to.id}, otherwise=RecipientUnknown)
    if to.kind is RecipientKind.PROSPECT:
        prospect = await tx.one(THE_PROSPECT, {"prospect_id": to.id}, otherwise=RecipientUnknown)
        if prospect.state in GONE:
            raise RecipientUnknown
    if to.kind is RecipientKind.COMMUNITY and to.id != community_id:
        raise RecipientUnknown


@router.post("/v1/communities/{community_id}/promises", status_code=201, allows="promise.manage")
async def post_promise(community_id: UUID, command: MakePromise, write: Write) -> PromiseView:
    return await write(make, community_id, command)

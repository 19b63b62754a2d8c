"""Release a promise: POST /promises/{id}/release -> its recipient asks no more -> PromiseReleased."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.membership.members.rules import MemberState
from services.membership.models import THE_MEMBER, Promise
from services.membership.promises import rules
from services.membership.promises.find import PromiseView, may_see, shown
from services.membership.promises.rules import RecipientKind, Step
from services.membership.promises.steps import go, held
from shared.identity import Actor
from shared.problems import Forbidden, NotFound
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["promises"])

Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class ReleasePromise(Command):
    """Why it is no longer asked for; the team says so for those who cannot sign in here."""

    reason: Reason


class NotTheRecipient(Forbidden):
    """A member alone releases what was promised to them."""

    title = "Not yours to release"


async def release(
    tx: Tx, actor: Actor, _community_id: UUID, promise_id: UUID, command: ReleasePromise
) -> PromiseView:
    """Let whoever made the promise off, while it can still be kept."""
    promise = await held(tx, promise_id)
    if not may_see(actor, promise):
        raise NotFound
    of_team = actor.may("promise.manage", "membership")
    reachable = not of_team or await _is_reachable(tx, promise)
    if not rules.may_release(
        promise.to_kind, promise.to_id, actor.member_id, of_team=of_team, reachable=reachable
    ):
        raise NotTheRecipient
    released = await go(tx, promise, Step.RELEASE, tx.now, reason=command.reason)
    if actor.member_id is None or promise.to_id != actor.member_id:
        tx.audit("promise.release", promise_id)
    return shown(released)


async def _is_reachable(tx: Tx, promise: Promise) -> bool:
    """Whether the member it was made to can sign in and decide; a suspension passes."""
    if promise.to_kind is not RecipientKind.MEMBER:
        return False
    member = await tx.first(THE_MEMBER, {"member_id": promise.to_id})
    stays = (MemberState.ACTIVE, MemberState.SUSPENDED)
    return member is not None and member.person_id is not None and member.state in stays


@router.post("/v1/communities/{community_id}/promises/{promise_id}/release", allows="promise.release")
async def post_release(
    community_id: UUID, promise_id: UUID, command: ReleasePromise, write: Write
) -> PromiseView:
    return await write(release, community_id, promise_id, command)

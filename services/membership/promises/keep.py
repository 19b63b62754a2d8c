"""Keep a promise: POST /promises/{id}/keep -> in time or late, with evidence -> PromiseKept, -KeptLate."""

from uuid import UUID

from pydantic import Field

from services.membership.models import Promise
from services.membership.promises.evidence import EvidenceGiven, Evidences, with_more
from services.membership.promises.find import PromiseView, may_see, shown
from services.membership.promises.rules import Step
from services.membership.promises.steps import go, held
from shared.identity import Actor
from shared.problems import NotFound
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["promises"])


class KeepPromise(Command):
    """What shows that it was kept, beside what is there."""

    evidence: Evidences = Field(default_factory=list[EvidenceGiven])


async def keep(
    tx: Tx, actor: Actor, _community_id: UUID, promise_id: UUID, command: KeepPromise
) -> PromiseView:
    """Say that a promise was kept: the team, or the member who answers for it."""
    promise = await held(tx, promise_id)
    _require_answerable(actor, promise)
    evidence = with_more(promise.evidence, command.evidence, tx.now)
    kept = await go(tx, promise, Step.KEEP, tx.now, evidence=evidence, telling={"evidence_fact_id": None})
    return shown(kept)


def _require_answerable(actor: Actor, promise: Promise) -> None:
    if not may_see(actor, promise):
        raise NotFound
    owns = actor.member_id is not None and promise.owner_member_id == actor.member_id
    if not owns:
        actor.require("promise.manage", "membership")


@router.post("/v1/communities/{community_id}/promises/{promise_id}/keep", allows="promise.keep")
async def post_keep(
    community_id: UUID, promise_id: UUID, write: Write, command: KeepPromise | None = None
) -> PromiseView:
    return await write(keep, community_id, promise_id, command or KeepPromise())

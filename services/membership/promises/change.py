"""Change who answers for a promise or sees it: PATCH /promises/{id} -> its words stay -> PromiseChanged."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.membership.models import Promise
from services.membership.promises import rules
from services.membership.promises.evidence import Evidences, with_more
from services.membership.promises.find import PromiseView, shown
from services.membership.promises.make import require_owner
from services.membership.promises.rules import PromiseVisibility
from shared.contracts.membership import PromiseChanged
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Command, Router, Write, left_out
from shared.store import Tx

router = Router(tags=["promises"])


class ChangePromise(Command):
    """What to change; what is left out stays, and `evidence` is added to what there is.

    What was promised and until when never changes: another promise supersedes this one.
    """

    owner_member_id: UUID | None = None
    visibility: PromiseVisibility = Field(default_factory=left_out)
    evidence: Evidences = Field(default_factory=left_out)


async def change(
    tx: Tx, _actor: Actor, community_id: UUID, promise_id: UUID, command: ChangePromise
) -> PromiseView:
    """Change what was given, while the promise can still be kept."""
    given: dict[str, Any] = command.model_dump(exclude_unset=True)
    if given.get("owner_member_id") is not None:
        await require_owner(tx, given["owner_member_id"])
    promise = await tx.lock(Promise, promise_id)
    standing = rules.standing(promise.state, promise.due_at, promise.breaks_at, tx.now)
    if standing not in rules.PENDING:
        raise InvalidTransition(state=standing.value, allowed=rules.verbs(standing))
    if "evidence" in given:
        given["evidence"] = with_more(promise.evidence, command.evidence, tx.now)
    changed = await tx.update(Promise, promise_id, **given) if given else promise
    tx.publish(
        PromiseChanged(
            community_id=community_id,
            promise_id=promise_id,
            to_kind=promise.to_kind.value,
            to_id=promise.to_id,
        )
    )
    tx.audit("promise.change", promise_id)
    return shown(changed)


@router.patch("/v1/communities/{community_id}/promises/{promise_id}", allows="promise.manage", versioned=True)
async def patch_promise(
    community_id: UUID, promise_id: UUID, command: ChangePromise, write: Write
) -> PromiseView:
    return await write(change, community_id, promise_id, command)

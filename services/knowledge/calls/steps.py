"""One step of a call: who may take it, and where it leads."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime

from services.knowledge.calls import rules
from services.knowledge.calls.models import HOLD_CALL, ContributionCall
from services.knowledge.calls.rules import CallState, CallVerb
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import View
from shared.store import Tx


class CallView(View):
    """A topic somebody is wanted to write about; `claimed_by` will, `article_id` is what came of it."""

    id: UUID
    community_id: UUID
    topic: str
    description: str | None
    for_whom: str | None
    reward: str | None
    deadline: AwareDatetime | None
    event_id: UUID | None
    state: CallState
    opened_by: UUID | None
    claimed_by: UUID | None
    claimed_at: AwareDatetime | None
    article_id: UUID | None
    fulfilled_by: UUID | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int


def is_manager(actor: Actor) -> bool:
    """Whether the caller decides about calls."""
    return actor.may("call.manage", "knowledge")


async def held_call(tx: Tx, call_id: UUID) -> ContributionCall:
    """The call, nobody else's to change until commit."""
    return await tx.one(HOLD_CALL, {"call_id": call_id})


async def take(tx: Tx, call: ContributionCall, verb: CallVerb, **changes: Any) -> ContributionCall:
    """The call the caller holds, after `verb`; `InvalidTransition` names what is possible instead."""
    state = rules.standing(call.state, call.clock_at, tx.now)
    moves = rules.MOVES.get(state, {})
    if verb not in moves:
        raise InvalidTransition(state=state.value, allowed=rules.verbs(state))
    return await tx.lock(ContributionCall, call.id, state=moves[verb], **changes)

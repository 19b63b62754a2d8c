"""Own up to a broken promise: POST /promises/{id}/apologise -> words of regret, once -> PromiseApologised."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.membership.promises.find import PromiseView, shown
from services.membership.promises.rules import Step
from services.membership.promises.steps import go, held
from shared.identity import Actor
from shared.route import Command, Router, Write
from shared.store import Tx

router = Router(tags=["promises"])


class Apologise(Command):
    """What is said to whom it was promised."""

    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


async def apologise(
    tx: Tx, _actor: Actor, _community_id: UUID, promise_id: UUID, command: Apologise
) -> PromiseView:
    """Own up to a broken promise; once. It stays a broken one in every count."""
    promise = await held(tx, promise_id)
    apologised = await go(tx, promise, Step.APOLOGISE, tx.now, apology=command.text, apologised_at=tx.now)
    tx.audit("promise.apologise", promise_id)
    return shown(apologised)


@router.post("/v1/communities/{community_id}/promises/{promise_id}/apologise", allows="promise.manage")
async def post_apologise(
    community_id: UUID, promise_id: UUID, command: Apologise, write: Write
) -> PromiseView:
    return await write(apologise, community_id, promise_id, command)

"""Promises made elsewhere: PromiseRequested -> state here, words where they were said -> PromiseMade."""

from services.membership import rules as moments
from services.membership.promises.enter import enter
from services.membership.promises.rules import Occasion, PromiseSource, PromiseVisibility, RecipientKind
from shared.consumers import Consumers
from shared.contracts.announced import PromiseRequested
from shared.store import Tx
from shared.tombstones import erased_among

consumers = Consumers()


@consumers.on(PromiseRequested)
async def request(tx: Tx, fact: PromiseRequested) -> None:
    """Open the promise as of the moment it was made; one to somebody who was erased is no more.

    What our own callers would be refused (no due, one in the past, an unknown event) is set aside.
    """
    owner = fact.owner_member_id
    gone = await erased_among(tx, [fact.to_id, *([] if owner is None else [owner])])
    if fact.to_id in gone:
        return
    await enter(
        tx,
        id=fact.promise_id,
        community_id=fact.community_id,
        to_kind=RecipientKind(fact.to_kind),
        to_id=fact.to_id,
        source=PromiseSource(fact.owner),
        due_at=None if fact.due_at is None else moments.moment(fact.due_at),
        on_event=None if fact.on_event is None else Occasion(fact.on_event),
        grace_hours=fact.grace_hours,
        owner_member_id=None if owner in gone else owner,
        visibility=PromiseVisibility.RECIPIENT,
        made_by=fact.owner,
        made_at=fact.occurred_at,
    )

"""Look at links: the clock, or POST /resources/{id}/check -> where each leads -> ResourceBroken or Mended.

The network is called between two transactions: one takes a resource for this run alone, the other writes
what was found. A run that died between them is made up for when its lease is over.
"""

from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from services.knowledge.models import HOLD_RESOURCE, Resource
from services.knowledge.resources import rules
from services.knowledge.resources.access import own_resource
from services.knowledge.resources.call import where_it_leads
from services.knowledge.resources.entries import entry_of
from services.knowledge.resources.find import ResourceView
from services.knowledge.resources.rules import Finding, ResourceState
from services.knowledge.search import index
from shared.contracts.knowledge import ResourceBroken, ResourceMended
from shared.crash import crashpoint
from shared.egress import configured_client
from shared.identity import Actor, service_actor
from shared.jobs import Jobs
from shared.route import Router, Write
from shared.settings import settings
from shared.store import Context, Store, Tx, across, constant

router = Router(tags=["resources"])
jobs = Jobs()

AT_ONCE = 5
"""Links looked at side by side: a slow server keeps only one of these waiting."""

_DUE = (
    select(Resource)
    .where(
        col(Resource.look_at).is_not(None),
        col(Resource.look_at) <= sa.bindparam("now", type_=Resource.__table__.c.look_at.type),  # type: ignore[attr-defined]
    )
    .order_by(col(Resource.look_at))
    .limit(1)
)
IS_DUE = constant(across(_DUE, why="links of every community"))
TAKE_DUE = constant(
    across(_DUE.with_for_update(skip_locked=True, key_share=True), why="links of every community")
)


async def look_at_due(store: Store) -> None:
    """Look at one after the other while there are any; idle it costs a look into an index."""
    if not await store.read(_is_due, Context()):
        return
    context = Context(actor=service_actor("knowledge"))
    async with configured_client(settings(), deadline_seconds=rules.CHECK_SECONDS, body_limit=None) as client:
        while (resource := await store.write(_take, context)) is not None:
            finding = await where_it_leads(client, resource.url)
            crashpoint("mid_link_check")
            within = Context(actor=context.actor, community_id=resource.community_id)
            await store.write(partial(note, resource=resource, finding=finding), within)


for _ in range(AT_ONCE):
    jobs.every(seconds=1.0)(look_at_due)


async def _is_due(tx: Tx) -> bool:
    return await tx.first(IS_DUE, {"now": tx.now}) is not None


async def _take(tx: Tx) -> Resource | None:
    """A resource for this run alone."""
    row = await tx.first(TAKE_DUE, {"now": tx.now})
    if row is None:
        return None
    tx.within(row.community_id)
    return await tx.update(Resource, row.id, look_at=tx.now + rules.LEASE)


async def note(tx: Tx, resource: Resource, finding: Finding) -> None:
    """Write down what was found, unless it has another link by now, or is retired."""
    row = await tx.first(HOLD_RESOURCE, {"resource_id": resource.id})
    if row is None or row.look_at is None or row.url != resource.url:
        return
    failures, broken = rules.judged(row.failures, row.state, finding, row.finding)
    state = ResourceState.BROKEN if broken else ResourceState.ACTIVE
    changes: dict[str, Any] = {
        "failures": failures,
        "finding": finding,
        "last_checked_at": tx.now,
        "look_at": tx.now + rules.pause(failures, broken, row.id),
    }
    if state is row.state:
        await tx.update(Resource, row.id, **changes)
        return
    after = await tx.lock(Resource, row.id, state=state, **changes)
    of: dict[str, Any] = {"community_id": row.community_id, "resource_id": row.id}
    tx.publish(ResourceBroken(**of, finding=finding) if broken else ResourceMended(**of))
    await index.put(tx, entry_of(after))


async def check(tx: Tx, actor: Actor, _community_id: UUID, resource_id: UUID) -> Resource:
    """Look at it as soon as possible."""
    resource = await own_resource(tx, actor, resource_id)
    tx.require_version(resource.version)
    return await tx.update(Resource, resource_id, look_at=tx.now)


@router.post("/v1/communities/{community_id}/resources/{resource_id}/check", allows="resource.manage")
async def post_resource_check(community_id: UUID, resource_id: UUID, write: Write) -> ResourceView:
    return await write(check, community_id, resource_id)

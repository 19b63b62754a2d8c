"""Run a community: POST /communities/{id}/{verb} -> rules.community_verbs -> the fact of that verb.

Starting one takes more: `activate.py`.
"""

from datetime import datetime
from uuid import UUID

from services.membership.communities import rules
from services.membership.communities.describe import CommunityView
from services.membership.communities.rules import CommunityState, CommunityVerb
from services.membership.models import Community
from shared.contracts.membership import (
    CommunityActivated,
    CommunityArchived,
    CommunityGatheringOpened,
    CommunityPaused,
    CommunityRestored,
    CommunityResumed,
)
from shared.facts import Fact
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["communities"])

FACTS: dict[CommunityVerb, type[Fact]] = {
    CommunityVerb.OPEN_GATHERING: CommunityGatheringOpened,
    CommunityVerb.ACTIVATE: CommunityActivated,
    CommunityVerb.PAUSE: CommunityPaused,
    CommunityVerb.RESUME: CommunityResumed,
    CommunityVerb.ARCHIVE: CommunityArchived,
    CommunityVerb.RESTORE: CommunityRestored,
}


def require(verb: CommunityVerb, community: Community, now: datetime) -> None:
    """Raise `InvalidTransition`, naming the verbs that are possible instead, unless `verb` is."""
    archived_for = now - community.archived_at if community.archived_at is not None else None
    allowed = rules.community_verbs(community.state, community.kind, archived_for)
    if verb not in allowed:
        raise InvalidTransition(state=community.state.value, allowed=[other.value for other in allowed])


async def run(tx: Tx, _actor: Actor, community_id: UUID, verb: CommunityVerb) -> Community:
    """Take the community through `verb`."""
    before = await tx.lock(Community, community_id)
    require(verb, before, tx.now)
    state = rules.community_after(verb)
    archived_at: datetime | None = tx.now if state is CommunityState.ARCHIVED else None
    community = await tx.update(Community, community_id, state=state, archived_at=archived_at)
    tx.publish(FACTS[verb](community_id=community_id))
    tx.audit(f"community.{verb.value}", community_id)
    return community


@router.post("/v1/communities/{community_id}/open-gathering", allows="community.run")
async def post_open_gathering(community_id: UUID, write: Write) -> CommunityView:
    return await write(run, community_id, CommunityVerb.OPEN_GATHERING)


@router.post("/v1/communities/{community_id}/pause", allows="community.run")
async def post_pause(community_id: UUID, write: Write) -> CommunityView:
    return await write(run, community_id, CommunityVerb.PAUSE)


@router.post("/v1/communities/{community_id}/resume", allows="community.run")
async def post_resume(community_id: UUID, write: Write) -> CommunityView:
    return await write(run, community_id, CommunityVerb.RESUME)


@router.post("/v1/communities/{community_id}/archive", allows="community.archive")
async def post_archive(community_id: UUID, write: Write) -> CommunityView:
    return await write(run, community_id, CommunityVerb.ARCHIVE)


@router.post("/v1/communities/{community_id}/restore", allows="community.archive")
async def post_restore(community_id: UUID, write: Write) -> CommunityView:
    return await write(run, community_id, CommunityVerb.RESTORE)

"""Bring formats into use: POST /formats/{id}/{verb} -> rules.verbs -> FormatTried, -Empowered, -Retired."""

from collections.abc import Callable
from uuid import UUID

from services.events.formats import rules
from services.events.formats.find import FormatView, format_of
from services.events.formats.rules import FormatVerb
from services.events.models import Format
from shared.contracts.events import FormatEmpowered, FormatRetired, FormatTried
from shared.facts import Fact
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Router, Write
from shared.store import Tx

router = Router(tags=["formats"])

_FACTS: dict[FormatVerb, Callable[..., Fact]] = {
    FormatVerb.TRIAL: FormatTried,
    FormatVerb.EMPOWER: FormatEmpowered,
    FormatVerb.RETIRE: FormatRetired,
}


async def run(tx: Tx, actor: Actor, community_id: UUID, format_id: UUID, verb: FormatVerb) -> FormatView:
    """Take the format through `verb`; a retired one is kept for what it achieved, for nothing new."""
    before = await tx.lock(Format, format_id)
    allowed = rules.verbs(before.state)
    if verb not in allowed:
        raise InvalidTransition(state=before.state.value, allowed=[other.value for other in allowed])
    await tx.update(Format, format_id, state=rules.after(verb))
    tx.publish(_FACTS[verb](community_id=community_id, format_id=format_id))
    tx.audit(f"format.{verb.value}", format_id)
    return await format_of(tx, actor, community_id, format_id)


@router.post("/v1/communities/{community_id}/formats/{format_id}/trial", allows="format.manage")
async def post_format_trial(community_id: UUID, format_id: UUID, write: Write) -> FormatView:
    return await write(run, community_id, format_id, FormatVerb.TRIAL)


@router.post("/v1/communities/{community_id}/formats/{format_id}/empower", allows="format.manage")
async def post_format_empower(community_id: UUID, format_id: UUID, write: Write) -> FormatView:
    return await write(run, community_id, format_id, FormatVerb.EMPOWER)


@router.post("/v1/communities/{community_id}/formats/{format_id}/retire", allows="format.manage")
async def post_format_retire(community_id: UUID, format_id: UUID, write: Write) -> FormatView:
    return await write(run, community_id, format_id, FormatVerb.RETIRE)

"""Offer and answer: POST /propositions/{n}/{verb} -> rules.proposition_verbs -> the fact of that verb."""

from uuid import UUID

from pydantic import Field

from services.membership.models import Proposition
from services.membership.partners import rules
from services.membership.partners.become import become
from services.membership.partners.propose import Items, Until, ValidUntilPassed, draft, hold_partner
from services.membership.partners.propositions import THE_PROPOSITION, Number, PropositionView
from services.membership.partners.rules import PropositionState, PropositionVerb
from shared.identity import Actor
from shared.problems import InvalidTransition
from shared.route import Command, Router, Write, left_out
from shared.store import Tx

router = Router(tags=["partners"])


class Counter(Command):
    """What the partner wants instead; what is left out stays as it was."""

    gives: Items = Field(default_factory=left_out)
    asks: Items = Field(default_factory=left_out)
    valid_until: Until = Field(default_factory=left_out)


UNSAID = Counter()


async def run(
    tx: Tx, _actor: Actor, _community_id: UUID, partner_id: UUID, number: int, verb: PropositionVerb
) -> Proposition:
    """Take a version through `verb`; one whose time is over has expired, written down or not."""
    if verb not in (PropositionVerb.DECLINE, PropositionVerb.WITHDRAW):
        await hold_partner(tx, partner_id)
    known = await tx.one(THE_PROPOSITION, {"partner_id": partner_id, "number": number})
    before = await tx.lock(Proposition, known.id)
    standing = rules.standing(before.state, before.valid_until, tx.now)
    allowed = rules.proposition_verbs(standing)
    if verb not in allowed:
        raise InvalidTransition(state=standing.value, allowed=[other.value for other in allowed])
    tx.audit(f"proposition.{verb.value}", before.id)
    if verb is not PropositionVerb.OFFER:
        return await become(tx, before, rules.proposition_after(verb))
    if before.valid_until <= tx.now:
        raise ValidUntilPassed
    return await become(tx, before, PropositionState.OFFERED, offered_at=tx.now)


async def counter(
    tx: Tx, actor: Actor, community_id: UUID, partner_id: UUID, number: int, command: Counter
) -> Proposition:
    """Close this version; the next one, with what the partner wants, is a draft."""
    countered = await run(tx, actor, community_id, partner_id, number, PropositionVerb.COUNTER)
    before = {name: getattr(countered, name) for name in Counter.model_fields}
    content = before | command.model_dump(exclude_unset=True)
    return await draft(tx, community_id, partner_id, number + 1, content)


_PATH = "/v1/communities/{community_id}/partners/{partner_id}/propositions/{number}"


@router.post(f"{_PATH}/offer", allows="partner.manage")
async def post_proposition_offer(
    community_id: UUID, partner_id: UUID, number: Number, write: Write
) -> PropositionView:
    return await write(run, community_id, partner_id, number, PropositionVerb.OFFER)


@router.post(f"{_PATH}/accept", allows="partner.manage")
async def post_proposition_accept(
    community_id: UUID, partner_id: UUID, number: Number, write: Write
) -> PropositionView:
    return await write(run, community_id, partner_id, number, PropositionVerb.ACCEPT)


@router.post(f"{_PATH}/decline", allows="partner.manage")
async def post_proposition_decline(
    community_id: UUID, partner_id: UUID, number: Number, write: Write
) -> PropositionView:
    return await write(run, community_id, partner_id, number, PropositionVerb.DECLINE)


@router.post(f"{_PATH}/counter", status_code=201, allows="partner.manage")
async def post_proposition_counter(
    community_id: UUID, partner_id: UUID, number: Number, write: Write, command: Counter = UNSAID
) -> PropositionView:
    return await write(counter, community_id, partner_id, number, command)


@router.post(f"{_PATH}/withdraw", allows="partner.manage")
async def post_proposition_withdraw(
    community_id: UUID, partner_id: UUID, number: Number, write: Write
) -> PropositionView:
    return await write(run, community_id, partner_id, number, PropositionVerb.WITHDRAW)

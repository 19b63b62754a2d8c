"""One step of an application: the row held, the state allowed, the fact told."""

from typing import Any
from uuid import UUID

from services.membership.leaders import rules
from services.membership.leaders.find import takes_part
from services.membership.leaders.rules import LeaderVerb
from services.membership.models import LeaderApplication
from shared.contracts.membership import (
    LeaderApplicationAccepted,
    LeaderApplicationDeclined,
    LeaderApplicationGraduated,
    LeaderApplicationReviewed,
    LeaderApplicationSponsored,
    LeaderApplicationWithdrawn,
)
from shared.identity import Actor
from shared.problems import InvalidTransition, NotFound
from shared.store import Tx

FACTS: dict[LeaderVerb, Any] = {
    LeaderVerb.SPONSOR: LeaderApplicationSponsored,
    LeaderVerb.REVIEW: LeaderApplicationReviewed,
    LeaderVerb.ACCEPT: LeaderApplicationAccepted,
    LeaderVerb.DECLINE: LeaderApplicationDeclined,
    LeaderVerb.WITHDRAW: LeaderApplicationWithdrawn,
    LeaderVerb.GRADUATE: LeaderApplicationGraduated,
}


async def held(tx: Tx, actor: Actor, application_id: UUID) -> LeaderApplication:
    """The application, nobody else's to change until commit; missing for whom it does not concern."""
    application = await tx.lock(LeaderApplication, application_id)
    if not takes_part(actor, application):
        raise NotFound
    return application


async def go(tx: Tx, application: LeaderApplication, verb: LeaderVerb, **changes: Any) -> LeaderApplication:
    """Take a held application one step further."""
    following = rules.after(application.state, verb)
    if following is None:
        raise InvalidTransition(state=application.state.value, allowed=rules.verbs(application.state))
    after = await tx.update(LeaderApplication, application.id, state=following, **changes)
    tx.publish(
        FACTS[verb](
            community_id=application.community_id,
            application_id=application.id,
            member_id=application.member_id,
        )
    )
    return after

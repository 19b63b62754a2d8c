"""An identity as it is shown."""

from datetime import datetime
from uuid import UUID

from services.membership.identities import rules
from services.membership.identities.rules import Method, Standing
from services.membership.models import Identity
from shared.route import View


class IdentityView(View):
    """An identity; `subject` is a keyed hash when it was an e-mail address.

    `confidence`, from 0 to 1, says how sure it is that the identity is the member's, `method` how they
    showed it.
    """

    id: UUID
    member_id: UUID
    provider: str
    subject: str
    state: Standing
    confidence: float
    method: Method | None
    verified_at: datetime | None
    linked_at: datetime
    version: int


def view_of(identity: Identity) -> IdentityView:
    return IdentityView(
        id=identity.id,
        member_id=identity.member_id,
        provider=identity.provider,
        subject=identity.subject,
        state=rules.standing(identity.state, identity.verified_at),
        confidence=rules.confidence(identity.method),
        method=identity.method,
        verified_at=identity.verified_at,
        linked_at=identity.linked_at,
        version=identity.version,
    )

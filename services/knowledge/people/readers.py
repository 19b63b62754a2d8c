"""Who reads: what somebody may see of what the community knows."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, or_

from services.knowledge.people.models import Entitlement
from services.knowledge.rules import LEVEL_OF, Visibility
from shared.identity import Actor
from shared.store import Tx, constant, scope

TEAM_LEVEL = LEVEL_OF[Visibility.TEAM]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody's level (see Visibility), and the resources they are entitled to at this moment.

    The team (editors and above, API keys that may manage) reads everything, whatever it requires.
    """

    level: int
    held: frozenset[str] = frozenset()

    @property
    def is_team(self) -> bool:
        return self.level >= TEAM_LEVEL

    def may_read(self, visibility: Visibility, requires: str | None) -> bool:
        """Whether what is visible to these, and requires all of this, may be read.

        `requires` is what one must be entitled to: resources with spaces between, or nothing.
        """
        return self.is_team or (
            self.level >= LEVEL_OF[visibility]
            and (requires is None or self.held.issuperset(requires.split()))
        )


async def reader_of(tx: Tx, actor: Actor) -> Reader:
    """Who the caller is as a reader."""
    if is_editor(actor):
        return Reader(TEAM_LEVEL)
    if actor.scopes is not None:
        return Reader(LEVEL_OF[Visibility.MEMBERS])
    if actor.member_id is None or not actor.roles:
        return Reader(LEVEL_OF[Visibility.PUBLIC])
    rows = await tx.all(HELD, {"member_id": actor.member_id, "now": tx.now})
    level = min(actor.level, TEAM_LEVEL)
    return Reader(level, frozenset(row.resource for row in rows))


def is_editor(actor: Actor) -> bool:
    """Whether the caller looks after all of it: editors, admins, keys with the scope knowledge:admin."""
    return actor.may("article.manage", "knowledge")


def member_of(actor: Actor) -> UUID | None:
    """The member who acts; None where a key or a service does, which writes for nobody in particular."""
    return actor.member_id if actor.kind == "member" else None


_MOMENT = Entitlement.__table__.c.until.type  # type: ignore[attr-defined]
HELD = constant(
    sa.select(col(Entitlement.resource))
    .where(
        scope(Entitlement),
        col(Entitlement.member_id) == sa.bindparam("member_id"),
        col(Entitlement.ended).is_(False),
        or_(col(Entitlement.until).is_(None), col(Entitlement.until) > sa.bindparam("now", type_=_MOMENT)),
    )
    .limit(500)
)

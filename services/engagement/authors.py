"""Who speaks: the member who asks, or the member an admin speaks for."""

from uuid import UUID

from shared.identity import Actor
from shared.problems import Forbidden


class MembersOnly(Forbidden):
    title = "Only members of the community can do this"


def member_of(actor: Actor) -> UUID:
    """The member who asks; `MembersOnly` for keys and for people who do not belong to the community."""
    if actor.member_id is None:
        raise MembersOnly
    return actor.member_id


def author_of(actor: Actor, on_behalf_of: UUID | None) -> UUID | None:
    """The member who asks, or the one an admin or admin key names; null for a key that names none."""
    if on_behalf_of is not None and on_behalf_of != actor.member_id:
        actor.require("content.import", "engagement")
        return on_behalf_of
    return None if actor.kind == "key" else member_of(actor)
